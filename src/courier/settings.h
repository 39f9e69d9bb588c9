/* SPDX-License-Identifier: MIT */
/*
 * What the courier takes from the configuration, copied, so that a batch in its thread keeps what it began
 * with while a reload replaces the rest.
 */
#ifndef COURIER_SETTINGS_H
#define COURIER_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "event/tls.h"
#include "mail/address.h"

#define SETTINGS_RELAYS_MAX 8

struct settings {
	struct mail_address from;
	char service_name[256];
	char helo[256];              /* our name: the mail domain */
	struct settings_relay {
		char host[256];
		char name[256];      /* for its certificate */
		uint16_t port;
	} relays[SETTINGS_RELAYS_MAX];   /* in the order in which they are tried */
	size_t relay_count;
	char relay_user[256];        /* "": none */
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
