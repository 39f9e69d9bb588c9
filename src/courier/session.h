/* SPDX-License-Identifier: MIT */
/*
 * The client's side of one SMTP session (RFC 5321, 3207, 4954, 6531), command by command, strictly one after
 * the other. Every command blocks, for at most its time-out, and returns 0 when there was an answer that
 * leaves the session in order (whatever it says: look at session_code()). After an error the session is of no use.
 *
 * Errors of every command: ERR_TIMEOUT; ERR_CLOSED (also after an answer 421); ERR_IO; ERR_LIMIT: the answer is too
 * long; ERR_SYNTAX: it is none.
 *
 * Time-outs are a fifth of RFC 5321 4.5.3.2, since the relay is one hop that the operator chose; only the answer to
 * the whole mail is waited for as long as written there, because giving up then means a second copy.
 */
#ifndef COURIER_SESSION_H
#define COURIER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "courier/driver.h"
#include "event/tls.h"
#include "mail/address.h"

struct session;

/* What the relay said it can do, since the last EHLO. */
enum session_offer {
	SESSION_STARTTLS = 1,
	SESSION_SMTPUTF8 = 2,
	SESSION_8BITMIME = 4,
	SESSION_AUTH_PLAIN = 8,
	SESSION_AUTH_LOGIN = 16
};

/* Takes driver. time_percent: of the time-outs; 100, less only in tests. */
struct session *session_new(struct driver *driver, uint32_t time_percent);
/* QUIT where it is still heard, then the connection ends. Takes *s, accepts NULL. */
void session_free(struct session **s);

/* Code of the last answer (200..599), 0: there is none. Its first digit. */
int session_code(const struct session *s);
int session_class(const struct session *s);
/* The words of all its lines, LF between them; borrowed until the next command. */
struct view session_words(const struct session *s);
unsigned session_offers(const struct session *s);
/* True when the connection itself failed, not only the answer. */
bool session_is_broken(const struct session *s);
/* Why the certificate was refused, or "". */
const char *session_reason(const struct session *s);

/* TLS without a command. Also ERR_TRUST: certificate; ERR_STATE: the relay has said something before. */
int session_start_tls(struct session *s, struct event_tls_credentials *credentials, const char *name) ERR_CHECK;
/* Reads the greeting; once, first. Wanted: 220. */
int session_greet(struct session *s) ERR_CHECK;
/* EHLO; what was offered before is forgotten. Wanted: 250. */
int session_hello(struct session *s, const char *name) ERR_CHECK;
/* STARTTLS and, after 220, TLS. Errors as session_start_tls(); ERR_STATE: bytes stood behind the answer. */
int session_upgrade(struct session *s, struct event_tls_credentials *credentials, const char *name) ERR_CHECK;
/* AUTH PLAIN, or LOGIN where only that is offered. Wanted: 235. Wiped from all buffers here. */
int session_log_in(struct session *s, struct view user, struct view password) ERR_CHECK;
/* from NULL: the empty reverse path. is_utf8: with BODY=8BITMIME SMTPUTF8. Wanted: 250. */
int session_mail(struct session *s, const struct mail_address *from, bool is_utf8) ERR_CHECK;
/* Wanted: 250, 251. */
int session_rcpt(struct session *s, const struct mail_address *to) ERR_CHECK;
/* Wanted: 354. */
int session_data(struct session *s) ERR_CHECK;
/* The mail (as gate_message() wants it), dots stuffed, and the final dot. Wanted: 250. */
int session_text(struct session *s, struct view message) ERR_CHECK;
/* RSET. Wanted: 250. */
int session_reset(struct session *s) ERR_CHECK;

#endif
