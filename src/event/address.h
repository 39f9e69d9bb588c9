/* SPDX-License-Identifier: MIT */
/*
 * The address of a peer: an IP address and a port as a plain value. IPv4 is kept as ::ffff:a.b.c.d, so
 * that there is one form only. Nothing here asks a resolver or blocks.
 */
#ifndef EVENT_ADDRESS_H
#define EVENT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/view.h"

#define EVENT_ADDRESS_TEXT_LEN 45   /* the longest IPv6 text; IPv4 is written dotted */

struct event_address {
	uint8_t ip[16];    /* network order */
	uint16_t port;     /* host order */
};

struct event_address_text {
	char s[EVENT_ADDRESS_TEXT_LEN + 1];
};

/* From the kernel's form. A local (AF_UNIX) peer becomes the unspecified address :: with port 0. */
struct event_address event_address_from_sockaddr(const struct sockaddr *sa, socklen_t len);
/* Fills *ss (AF_INET for mapped addresses, else AF_INET6) and returns its length. */
socklen_t event_address_to_sockaddr(const struct event_address *a, struct sockaddr_storage *ss);
/* The address without the port: "192.0.2.1" or "2001:db8::1". */
struct event_address_text event_address_text(const struct event_address *a);
/* Numeric IPv4 or IPv6 text, no brackets, no zone, no name; ::ffff:a.b.c.d is IPv4. ERR_SYNTAX else. */
int event_address_parse(struct view text, uint16_t port, struct event_address *a_r) ERR_CHECK;
bool event_address_equal(const struct event_address *a, const struct event_address *b);
bool event_address_is_ipv4(const struct event_address *a);
/* Unspecified, loopback, link-local, private, shared (100.64/10), multicast or reserved: not a host of the public network. */
bool event_address_is_special(const struct event_address *a);
bool event_address_is_loopback(const struct event_address *a);
/* What one party can be expected to hold: the whole address for IPv4, the /64 for IPv6; the port is 0. */
struct event_address event_address_prefix(const struct event_address *a);

#endif
