/* SPDX-License-Identifier: MIT */
/*
 * One SMTP connection to a relay of the operator's, over which mails go one by one,
 * each to one recipient: what is needed before a mail may be sent, and what each answer means for it. Blocks.
 */
#ifndef COURIER_RELAY_H
#define COURIER_RELAY_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "conf/conf.h"
#include "courier/reply.h"
#include "event/tls.h"
#include "mail/address.h"

struct relay;

/* Everything borrowed until relay_close(). */
struct relay_options {
	const char *host;                /* name or numeric address */
	uint16_t port;
	enum conf_security security;     /* plain: loopback addresses only; starttls: nothing is said without it */
	const char *certificate_name;    /* what the certificate must be for */
	struct event_tls_credentials *credentials;   /* NULL only with plain */
	const char *helo;                /* our name */
	struct view user;                /* empty: no login; else only over TLS */
	struct view password;
	uint32_t time_percent;           /* 100; less only in tests */
	uint64_t end_ms;                 /* monotonic: when everything has to be over */
	uint32_t open_ms;                /* how long the opening may take, 0: as long as its steps */
};

enum relay_outcome {
	RELAY_SENT = 1,     /* 2xx after the whole mail */
	RELAY_RETRY,        /* 4xx; no usable answer; whatever is wrong with us, and not with this recipient */
	RELAY_FAILED        /* 5xx to this recipient or this mail */
};

struct relay_result {
	enum relay_outcome outcome;
	struct reply reply;
};

/*
 * Connects, greets, goes over to TLS, logs in. On an error *why_r says what to tell of every mail (RELAY_RETRY) and
 * *r_r is NULL. ERR_NOT_FOUND, ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_CLOSED, ERR_IO: not reached or lost; ERR_TRUST:
 * certificate; ERR_SYNTAX: not SMTP, or bytes behind STARTTLS; ERR_LIMIT: a reply that is too long; ERR_LOGIN;
 * ERR_DENIED: the relay, or our own rules (plain to a foreign host, no STARTTLS, login without TLS) refuse.
 */
int relay_open(const struct relay_options *o, struct relay **r_r, struct relay_result *why_r) ERR_CHECK;
/*
 * Sends one mail; from NULL is the empty reverse path. *result_r is always set. 0: the connection can take the next;
 * else it is of no use any more (close it), and what was not tried yet shares the reason.
 * A 5xx to MAIL is RELAY_RETRY: the sender is ours, so that is a matter of configuration.
 */
int relay_send(struct relay *r, const struct mail_address *from, const struct mail_address *to, struct view message,
    struct relay_result *result_r) ERR_CHECK;
/* QUIT where it is still heard. Takes *r, accepts NULL. */
void relay_close(struct relay **r);

#endif
