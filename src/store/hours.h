/* SPDX-License-Identifier: MIT */
/*
 * Clocks of time zones, and hours in which nobody wants mail. Reads a zone's file each time: a small one.
 */
#ifndef STORE_HOURS_H
#define STORE_HOURS_H

#include <stdint.h>

#include "base/view.h"

/* Companies, and the operator, have none of their own. */
#define STORE_HOURS_SERVICE_ZONE "Europe/Berlin"

/* Hours of quiet, in minutes of the day there; start and end the same: none. Borrows the zone. */
struct store_hours {
	struct view time_zone;
	uint32_t start, end;
};

/* How many seconds east of UTC the clocks of a time zone stand; 0 for one that is not known here. */
int32_t store_hours_offset_s(struct view time_zone, uint64_t wall_ms);
/* When the quiet hours under way end, 0: there are none now. A change of clocks in between counts. */
uint64_t store_hours_quiet_until_ms(const struct store_hours *h, uint64_t now_ms);

#endif
