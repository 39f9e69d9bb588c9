/* SPDX-License-Identifier: MIT */
/*
 * How many connections there may be, in all and for each address prefix (IPv4 /32, IPv6 /64). One limiter
 * may serve several listeners of a process. Memory follows the connections that exist. AF_UNIX peers
 * (address ::) count only in the total.
 */
#ifndef EVENT_LIMITER_H
#define EVENT_LIMITER_H

#include <stdint.h>

#include "base/err.h"
#include "base/network.h"
#include "event/address.h"

struct event_limiter;

/* Both at least 1. */
struct event_limiter *event_limiter_new(uint32_t total_max, uint32_t prefix_max);
/* Takes *l, accepts NULL; every connection has left. */
void event_limiter_free(struct event_limiter **l);
/* New maxima (reload); connections that exist stay. */
void event_limiter_set(struct event_limiter *l, uint32_t total_max, uint32_t prefix_max);
/* Peers in these networks count only in the total: proxies, behind which are many. Borrowed while l lives; before anybody
 * enters. */
void event_limiter_exempt(struct event_limiter *l, const struct network_list *networks);
/* Counts one more connection of this peer. ERR_BUSY: total reached. ERR_LIMIT: prefix reached. */
int event_limiter_enter(struct event_limiter *l, const struct event_address *peer) ERR_CHECK;
/* One connection of this peer is gone (it must have entered). */
void event_limiter_leave(struct event_limiter *l, const struct event_address *peer);
uint32_t event_limiter_count(const struct event_limiter *l);

#endif
