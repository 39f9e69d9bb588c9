/* SPDX-License-Identifier: MIT */
/*
 * Builds what a role is told. The grants of the table are applied here and nowhere else.
 */
#include "provisiond/settings.h"

#include "base/fatal.h"

static ProtobufCBinaryData
granted(const struct role_row *row, const struct context *context, enum role_secret which)
{
	const struct secret *s = context->material.secrets[which];
	if (s == NULL || (row->secrets & 1u << which) == 0)
		return (ProtobufCBinaryData){ 0, NULL };
	return (ProtobufCBinaryData){ secret_len(s), (uint8_t *)(uintptr_t)secret_view(s).data };
}

void
settings_init(struct settings *s, const struct role_row *row, const struct context *context, bool is_first)
{
	buf_init(&s->config, CONF_RECORD_MAX);
	int err = conf_encode(context->conf, row->conf_mask, &s->config);
	require(err == ERR_OK);
	provision__settings__init(&s->message);
	s->message.config = (ProtobufCBinaryData){ s->config.len, s->config.data };
	s->message.certificate = granted(row, context, ROLE_SECRET_CERTIFICATE);
	s->message.certificate_key = granted(row, context, ROLE_SECRET_CERTIFICATE_KEY);
	s->message.ticket_key = granted(row, context, ROLE_SECRET_TICKET_KEY);
	s->message.relay_password = granted(row, context, ROLE_SECRET_RELAY_PASSWORD);
	if (is_first) {
		s->message.master_key = granted(row, context, ROLE_SECRET_MASTER_KEY);
		s->message.next_master_key = granted(row, context, ROLE_SECRET_NEXT_MASTER_KEY);
	}
}

void
settings_deinit(struct settings *s)
{
	buf_deinit(&s->config);
}

Provision__Settings *
settings_message(struct settings *s)
{
	return &s->message;
}
