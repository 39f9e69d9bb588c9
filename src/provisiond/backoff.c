/* SPDX-License-Identifier: MIT */
/*
 * The waits between restarts: none for an accident, doubling for what dies again and again. Used by process.c.
 */
#include "provisiond/backoff.h"

uint32_t
backoff_after(struct backoff *b, const struct role_timing *t, uint64_t lived_ms)
{
	if (lived_ms >= t->healthy_ms)
		b->early = 0;
	if (lived_ms >= t->early_ms)
		return 0;
	b->early++;
	if (b->early < t->early_max)
		return 0;
	unsigned doublings = b->early - t->early_max;
	uint64_t wait_ms = doublings > 20 ? t->backoff_max_ms : (uint64_t)t->backoff_first_ms << doublings;
	return wait_ms < t->backoff_max_ms ? (uint32_t)wait_ms : t->backoff_max_ms;
}
