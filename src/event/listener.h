/* SPDX-License-Identifier: MIT */
/*
 * A listening socket that was bound elsewhere and handed over. Accepts in bounded steps, refuses what the
 * limiter refuses (the connection is closed at once), and rests for a while when the process or the machine
 * is out of descriptors or memory.
 */
#ifndef EVENT_LISTENER_H
#define EVENT_LISTENER_H

#include <stdint.h>

#include "event/address.h"
#include "event/limiter.h"
#include "event/loop.h"

struct event_listener;

struct event_listener_counts {
	uint64_t accepted;
	uint64_t refused;     /* by the limiter */
	uint64_t rested;      /* times out of descriptors */
};

/*
 * Borrows fd (made nonblocking) and limiter (may be NULL: no limit). fn takes the accepted descriptor
 * (nonblocking, close-on-exec) and has already entered the limiter: give the limiter to the connection
 * (event/connection.h), which leaves it when freed, or call event_limiter_leave().
 */
struct event_listener *event_listener_start(struct event_loop *loop, int fd, struct event_limiter *limiter,
    void (*fn)(void *arg, int fd, const struct event_address *peer), void *arg);
/* Stops accepting (drain); what exists stays. */
void event_listener_pause(struct event_listener *l);
void event_listener_resume(struct event_listener *l);
struct event_listener_counts event_listener_counts(const struct event_listener *l);
/* No callback comes afterwards. Does not close the descriptor. */
void event_listener_cancel(struct event_listener **l);

#endif
