/* SPDX-License-Identifier: MIT */
/*
 * Copies the courier's part of the configuration and reads the authorities. Must not know batches. Called at
 * start and at a reload.
 */
#include "courier/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"

/* Debian's bundle has a quarter of a MiB. */
#define CA_MAX ((size_t)8 * 1024 * 1024)

static void
copy(const char *from, char *to, size_t size)
{
	int n = snprintf(to, size, "%s", from == NULL ? "" : from);
	require(n >= 0 && (size_t)n < size);
}

static int
read_authorities(const char *path, struct event_tls_credentials **c_r)
{
	struct buf pem;
	buf_init(&pem, CA_MAX);
	int err = file_read(AT_FDCWD, path, &pem);
	if (err == 0 && event_tls_credentials_new_client(buf_view(&pem), c_r) != 0)
		err = ERR_CONFIG;
	if (err != 0)
		log_event(LOG_ERROR, "authorities", LOG_S("file", path), LOG_ERR(err));
	buf_deinit(&pem);
	return err;
}

static void
add_relay(struct settings *s, struct view host, const char *name, uint16_t port)
{
	require(s->relay_count < SETTINGS_RELAYS_MAX && host.len < sizeof(s->relays[0].host));
	struct settings_relay *r = &s->relays[s->relay_count++];
	memcpy(r->host, host.data, host.len);
	r->host[host.len] = '\0';
	copy(name == NULL ? r->host : name, r->name, sizeof(r->name));
	r->port = port;
}

static void
read_relays(const struct conf *conf, struct settings *s)
{
	struct view rest = view_str(conf->relay_fallback == NULL ? "" : conf->relay_fallback), host;
	uint16_t port;
	add_relay(s, view_str(conf->relay_host), conf->relay_name, conf->relay_port);
	while (conf_relay_next(&rest, &host, &port))
		add_relay(s, host, NULL, port == 0 ? conf->relay_port : port);
}

int
settings_read(const struct conf *conf, struct settings *s_r)
{
	struct settings s = { .security = conf->relay_security };
	*s_r = (struct settings){ .relay_count = 0 };
	if (mail_address_parse(view_str(conf->mail_from), &s.from) != 0) {
		log_event(LOG_ERROR, "sender", LOG_S("why", "mail_from is not a full e-mail address"));
		return ERR_CONFIG;
	}
	copy(conf->service_name, s.service_name, sizeof(s.service_name));
	copy(conf->mail_domain, s.helo, sizeof(s.helo));
	read_relays(conf, &s);
	copy(conf->relay_user, s.relay_user, sizeof(s.relay_user));
	if (s.security != CONF_SECURITY_PLAIN) {
		int err = read_authorities(conf->ca_file, &s.credentials);
		if (err != 0)
			return err;
	}
	*s_r = s;
	return 0;
}

struct settings
settings_copy(const struct settings *s)
{
	struct settings copied = *s;
	if (s->credentials != NULL)
		copied.credentials = event_tls_credentials_ref(s->credentials);
	return copied;
}

void
settings_deinit(struct settings *s)
{
	event_tls_credentials_free(&s->credentials);
}
