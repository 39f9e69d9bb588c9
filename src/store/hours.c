/* SPDX-License-Identifier: MIT */
/*
 * Computes with time zones for the rules of notices and for dates in mails. Knows neither mails nor people. Called by notice.c
 * and mailrender.c.
 */
#include "store/hours.h"

#include <stdbool.h>

#include "base/zone.h"
#include "store/policy.h"

#define MINUTES_OF_DAY 1440
#define MINUTE_S 60

int32_t
store_hours_offset_s(struct view time_zone, uint64_t wall_ms)
{
	struct zone *zone;
	int32_t offset_s;

	if (zone_open(ZONE_DIR, time_zone, &zone) != 0)
		return 0;
	offset_s = zone_offset_s(zone, (int64_t)(wall_ms / 1000));
	zone_free(&zone);
	return offset_s;
}

/* What clocks there show, in minutes since midnight. */
static unsigned
minute_of_day(uint64_t wall_ms, int32_t offset_s)
{
	int64_t s = (int64_t)(wall_ms / 1000) + offset_s;

	return (unsigned)(s / MINUTE_S % MINUTES_OF_DAY);
}

uint64_t
store_hours_quiet_until_ms(const struct store_hours *h, uint64_t now_ms)
{
	if (h->start == h->end)
		return 0;
	int32_t offset_s = store_hours_offset_s(h->time_zone, now_ms);
	unsigned now = minute_of_day(now_ms, offset_s);
	bool is_quiet = h->start < h->end ? now >= h->start && now < h->end : now >= h->start || now < h->end;
	if (!is_quiet)
		return 0;
	uint64_t minutes = (h->end + MINUTES_OF_DAY - now) % MINUTES_OF_DAY;
	uint64_t until_ms = (now_ms / STORE_MINUTE_MS + minutes) * STORE_MINUTE_MS;
	int64_t change_ms = ((int64_t)offset_s - store_hours_offset_s(h->time_zone, until_ms)) * 1000;
	until_ms = (uint64_t)((int64_t)until_ms + change_ms);
	return until_ms > now_ms ? until_ms : 0;
}
