/* SPDX-License-Identifier: MIT */
/*
 * IMF-fixdate from wall time: calendar arithmetic of our own, since the C library's would open the time zone
 * database, which a jailed role cannot. Answers call it.
 */
#include "http/date.h"

#include <stdio.h>

#include "base/clock.h"

/* Days since 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March. */
static void
civil(uint32_t days, unsigned *year, unsigned *month, unsigned *day)
{
	uint32_t z = days + 719468;              /* since 0000-03-01 */
	uint32_t era = z / 146097;
	uint32_t doe = z % 146097;
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t mp = (5 * doy + 2) / 153;
	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2 ? 1 : 0);
}

void
http_date(uint64_t wall_ms, char *out)
{
	static const char WEEKDAYS[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char MONTHS[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	uint32_t days = clock_day(wall_ms);
	unsigned second = (unsigned)(wall_ms / 1000 % 86400);
	unsigned year, month, day;
	char text[64];
	civil(days, &year, &month, &day);
	snprintf(text, sizeof(text), "%s, %02u %s %04u %02u:%02u:%02u GMT", WEEKDAYS[days % 7], day, MONTHS[month - 1],
	    year % 10000, second / 3600, second / 60 % 60, second % 60);
	snprintf(out, HTTP_DATE_LEN + 1, "%.*s", HTTP_DATE_LEN, text);
}
