/* SPDX-License-Identifier: MIT */
/*
 * Inside event/ only: a nonblocking socket with or without TLS on it. One set of results for both: 0 done,
 * a positive enum event_link_want (call again with the same arguments when the socket is ready), or an error:
 * ERR_CLOSED the peer's orderly end, ERR_IO broken, ERR_TRUST certificate, ERR_SYNTAX not proper TLS.
 */
#ifndef EVENT_LINK_H
#define EVENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "event/tls.h"

enum event_link_want { EVENT_LINK_WANT_READ = 1, EVENT_LINK_WANT_WRITE = 2 };

struct event_link;

/* Takes fd (nonblocking). */
struct event_link *event_link_new(int fd);
/* Closes the descriptor at once; takes *l, accepts NULL. */
void event_link_free(struct event_link **l);
/* Closing will throw away what the kernel still holds of our bytes, and reset the connection. */
void event_link_cut(struct event_link *l);
int event_link_fd(const struct event_link *l);
/* From here on TLS: event_link_handshake() until it is done. host NULL: server. Takes a reference. */
void event_link_start_tls(struct event_link *l, struct event_tls_credentials *c, const char *host);
bool event_link_is_tls(const struct event_link *l);
/* A record is half sent: event_link_send() goes on with it and looks at no new bytes. */
bool event_link_is_sending(const struct event_link *l);
bool event_link_is_resumed(const struct event_link *l);
int event_link_handshake(struct event_link *l) ERR_CHECK;
/* At least one byte, at most n. */
int event_link_recv(struct event_link *l, void *p, size_t n, size_t *n_r) ERR_CHECK;
/* Decrypted bytes wait inside TLS, where poll() does not see them. */
bool event_link_has_pending(const struct event_link *l);
/* At most one TLS record. After a want, call again (the bytes may have moved, not changed). */
int event_link_send(struct event_link *l, struct view v, size_t *n_r) ERR_CHECK;
/* TLS bye (not awaited) and end of sending. */
int event_link_end(struct event_link *l) ERR_CHECK;
/* Why the peer's certificate was refused. */
const char *event_link_reason(const struct event_link *l);

#endif
