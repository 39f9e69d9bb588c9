/* SPDX-License-Identifier: MIT */
/*
 * The PROXY protocol, version 2: what a trusted proxy says in front of a connection about who is behind it. Source: the
 * specification "The PROXY protocol" (haproxy), section 2.2. Version 1 is not spoken. What is read is not one byte
 * more than the header, so that TLS begins behind it.
 */
#ifndef EVENT_PROXY_H
#define EVENT_PROXY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "event/address.h"
#include "event/loop.h"

#define EVENT_PROXY_START 16       /* bytes that say how long the header is */
#define EVENT_PROXY_MAX 2048       /* bytes of a header; proxies send some 30 to 600 */

/* The length of the whole header that begins with these EVENT_PROXY_START bytes. ERR_SYNTAX: no header of version 2.
 * ERR_LIMIT: over EVENT_PROXY_MAX. */
int event_proxy_length(struct view start, size_t *length_r) ERR_CHECK;
/*
 * Who is behind the proxy, from a whole header. The proxy's own connections (LOCAL) and those that it knows no IP address
 * of (UNSPEC, UNIX) are peer's. ERR_SYNTAX: malformed, no stream, or an address that is nobody's.
 */
int event_proxy_parse(struct view header, const struct event_address *peer, struct event_address *address_r) ERR_CHECK;

struct event_proxy;

/*
 * Reads the header from an accepted, nonblocking socket. Takes fd; fn is called once, from the loop, and then takes it:
 * err 0 and the address. With an error (ERR_SYNTAX, ERR_LIMIT, ERR_CLOSED, ERR_IO, ERR_TIMEOUT) fd is closed and -1. The
 * handle ends with the callback.
 */
struct event_proxy *event_proxy_start(struct event_loop *loop, int fd, const struct event_address *peer,
    uint32_t timeout_ms, void (*fn)(void *arg, int fd, int err, const struct event_address *address), void *arg);
/* No callback comes; closes fd. Accepts NULL. */
void event_proxy_cancel(struct event_proxy **p);

#endif
