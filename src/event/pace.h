/* SPDX-License-Identifier: MIT */
/*
 * Inside event/ only: when a connection has been too slow. Pure arithmetic on given times (monotonic ms):
 * the caller reports progress and waiting, asks when to look again, and looks.
 */
#ifndef EVENT_PACE_H
#define EVENT_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define EVENT_PACE_NEVER UINT64_MAX

struct event_pace {
	uint64_t deadline;       /* absolute; 0: none */
	uint64_t idle_ms;        /* 0: none */
	uint64_t active;         /* when a byte last moved */
	uint32_t rate;           /* bytes a second; 0: none */
	uint32_t window_ms;
	uint64_t window_start;
	uint64_t window_bytes;
	bool is_waiting;         /* for the peer: the window runs */
};

/* n bytes have moved. */
void event_pace_progress(struct event_pace *p, uint64_t now, uint64_t n);
/* We wait, or no longer wait, for the peer. Beginning to wait begins a window. */
void event_pace_wait(struct event_pace *p, uint64_t now, bool is_waiting);
/* 0 or ERR_TIMEOUT; a window that has passed begins anew. */
int event_pace_check(struct event_pace *p, uint64_t now) ERR_CHECK;
/* The next time at which event_pace_check() can fail; EVENT_PACE_NEVER. */
uint64_t event_pace_next(const struct event_pace *p);

#endif
