/* SPDX-License-Identifier: MIT */
/*
 * Deadline, idle time-out and minimum rate of one connection. An idle time-out alone lets slow clients in: the
 * rate is judged over windows, which run only while we wait for the peer. connection.c calls it.
 */
#include "event/pace.h"

void
event_pace_progress(struct event_pace *p, uint64_t now, uint64_t n)
{
	if (n == 0)
		return;
	p->active = now;
	p->window_bytes += n;
}

void
event_pace_wait(struct event_pace *p, uint64_t now, bool is_waiting)
{
	if (is_waiting && !p->is_waiting) {
		p->window_start = now;
		p->window_bytes = 0;
	}
	p->is_waiting = is_waiting;
}

static bool
has_rate(const struct event_pace *p)
{
	return p->is_waiting && p->rate != 0 && p->window_ms != 0;
}

int
event_pace_check(struct event_pace *p, uint64_t now)
{
	if (p->deadline != 0 && now >= p->deadline)
		return ERR_TIMEOUT;
	if (p->idle_ms != 0 && now >= p->active + p->idle_ms)
		return ERR_TIMEOUT;
	if (!has_rate(p) || now < p->window_start + p->window_ms)
		return 0;
	uint64_t least = (uint64_t)p->rate * (now - p->window_start) / 1000;
	if (p->window_bytes < least)
		return ERR_TIMEOUT;
	p->window_start = now;
	p->window_bytes = 0;
	return 0;
}

uint64_t
event_pace_next(const struct event_pace *p)
{
	uint64_t next = EVENT_PACE_NEVER;
	if (p->deadline != 0)
		next = p->deadline;
	if (p->idle_ms != 0 && p->active + p->idle_ms < next)
		next = p->active + p->idle_ms;
	if (has_rate(p) && p->window_start + p->window_ms < next)
		next = p->window_start + p->window_ms;
	return next;
}
