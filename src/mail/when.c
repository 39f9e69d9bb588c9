/* SPDX-License-Identifier: MIT */
/*
 * Writes dates. Owns the names of months. Must not know time zones' rules (base/zone.h). Called by the composer and
 * the courier.
 */
#include "mail/when.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

static const char *const months[MAIL_LOCALE_COUNT][12] = {
	[MAIL_LOCALE_DE] = { "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
	    "November", "Dezember" },
	[MAIL_LOCALE_EN] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
	    "November", "December" },
};

/* The time that clocks there show, as if it were UTC; its parts as text. */
struct local {
	uint64_t ms;
	char iso[CLOCK_RFC3339_LEN + 1];   /* 2026-01-31T23:59:59.123Z */
	unsigned day, month;               /* 1.., 0.. */
};

static struct local
local_of(uint64_t wall_ms, int32_t zone_s)
{
	int64_t ms = (int64_t)wall_ms + (int64_t)zone_s * 1000;
	struct local l = { .ms = ms > 0 ? (uint64_t)ms : 0 };

	clock_rfc3339(l.ms, l.iso);
	l.day = (unsigned)((l.iso[8] - '0') * 10 + l.iso[9] - '0');
	l.month = (unsigned)((l.iso[5] - '0') * 10 + l.iso[6] - '0' - 1) % 12;
	return l;
}

struct mail_when_text
mail_when_date(uint64_t wall_ms, int32_t zone_s)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	int32_t minutes = zone_s / 60 % (24 * 60);
	struct local l = local_of(wall_ms, minutes * 60);
	unsigned off = (unsigned)abs(minutes);
	struct mail_when_text t;

	/* 1970-01-01 was a Thursday. */
	snprintf(t.s, sizeof(t.s), "%s, %02u %.3s %.4s %.8s %c%02u%02u", days[(clock_day(l.ms) + 4) % 7], l.day,
	    months[MAIL_LOCALE_EN][l.month], l.iso, l.iso + 11, minutes < 0 ? '-' : '+', off / 60, off % 60);
	return t;
}

struct mail_when_text
mail_when_day(uint64_t wall_ms, int32_t zone_s, enum mail_locale locale)
{
	struct local l = local_of(wall_ms, zone_s);
	struct mail_when_text t;

	snprintf(t.s, sizeof(t.s), "%u%s %s %.4s", l.day, locale == MAIL_LOCALE_DE ? "." : "", months[locale][l.month], l.iso);
	return t;
}

struct mail_when_text
mail_when_minute(uint64_t wall_ms, int32_t zone_s, enum mail_locale locale)
{
	struct mail_when_text day = mail_when_day(wall_ms, zone_s, locale), t;
	struct local l = local_of(wall_ms, zone_s);

	snprintf(t.s, sizeof(t.s), "%.*s, %.5s", MAIL_WHEN_LEN - 7, day.s, l.iso + 11);
	return t;
}
