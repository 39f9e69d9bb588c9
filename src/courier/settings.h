/* SPDX-License-Identifier: MIT */
/*
 * What the courier takes from the configuration, copied, so that a batch in its thread keeps what it began
 * with while a reload replaces the rest.
 */
#ifndef COURIER_SETTINGS_H
#define COURIER_SETTINGS_H

#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "event/tls.h"
#include "mail/address.h"

struct settings {
	struct mail_address from;
	char service_name[256];
	char helo[256];              /* our name: the mail domain */
	char relay_host[256];
	char relay_name[256];        /* for its certificate */
	char relay_user[256];        /* "": none */
	uint16_t relay_port;
	enum conf_security security;
	struct event_tls_credentials *credentials;   /* one reference; NULL with plain */
};

/*
 * Reads conf's ca_file where TLS is used. ERR_CONFIG: mail_from is no address of ours to write from, or the file holds no
 * certificate; ERR_DENIED, ERR_NOT_FOUND, ERR_LIMIT, ERR_IO: the file cannot be read. Logged; *s_r is empty then.
 */
int settings_read(const struct conf *conf, struct settings *s_r) ERR_CHECK;
/* With a reference of its own. */
struct settings settings_copy(const struct settings *s);
void settings_deinit(struct settings *s);

#endif
