/* SPDX-License-Identifier: MIT */
/*
 * Settings message to configuration and secrets. Called by role.c for Configure and Reload.
 */
#include "role/settings.h"

#include "conf/conf.h"
#include "record/control.pb-c.h"

static void
take_secret(struct role_settings *s, enum role_secret which, const ProtobufCBinaryData *b)
{
	if (b->len != 0)
		s->secrets[which] = secret_from_view(view_of(b->data, b->len));
}

int
role_settings_init(struct role_settings *s, const struct Provision__Settings *m)
{
	*s = (struct role_settings){ .conf = NULL };
	int err = m->config.len == 0 ? ERR_OK : conf_decode(view_of(m->config.data, m->config.len), &s->conf);
	if (err != ERR_OK)
		return err;
	take_secret(s, ROLE_SECRET_CERTIFICATE, &m->certificate);
	take_secret(s, ROLE_SECRET_CERTIFICATE_KEY, &m->certificate_key);
	take_secret(s, ROLE_SECRET_TICKET_KEY, &m->ticket_key);
	take_secret(s, ROLE_SECRET_MASTER_KEY, &m->master_key);
	take_secret(s, ROLE_SECRET_NEXT_MASTER_KEY, &m->next_master_key);
	take_secret(s, ROLE_SECRET_RELAY_PASSWORD, &m->relay_password);
	return ERR_OK;
}

void
role_settings_deinit(struct role_settings *s)
{
	conf_free(&s->conf);
	for (size_t i = 0; i < ROLE_SECRET_COUNT; i++)
		secret_free(&s->secrets[i]);
}
