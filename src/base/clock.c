/* SPDX-License-Identifier: MIT */
/*
 * The only file that asks the system for the time. Calendar arithmetic is done here: gmtime_r() would
 * load the time zone database, which a jailed role cannot open. Everybody who needs a time calls it.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/timex.h>
#include <time.h>

#include "base/fatal.h"

#define SECOND_MS 1000ULL
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
/* 9999-12-31T23:59:59.999Z, the last moment that four digits of a year can name. */
#define LAST_MS 253402300799999ULL

static _Atomic int64_t offset_of_tests_ms;

static uint64_t
read_clock_ms(clockid_t which)
{
	struct timespec now;
	if (clock_gettime(which, &now) != 0)
		panic("clock_gettime(%d)", (int)which);
	return (uint64_t)now.tv_sec * SECOND_MS + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t
clock_wall_ms(void)
{
	int64_t wall_ms;
	if (__builtin_add_overflow((int64_t)read_clock_ms(CLOCK_REALTIME), atomic_load(&offset_of_tests_ms), &wall_ms))
		return INT64_MAX;
	return wall_ms < 0 ? 0 : (uint64_t)wall_ms;
}

uint64_t
clock_mono_ms(void)
{
	return read_clock_ms(CLOCK_MONOTONIC);
}

uint64_t
clock_mono_us(void)
{
	struct timespec t;
	require(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void
clock_sleep_ms(uint32_t duration_ms)
{
	struct timespec t = { .tv_sec = duration_ms / SECOND_MS, .tv_nsec = (long)(duration_ms % SECOND_MS) * 1000000 };
	nanosleep(&t, NULL);
}

uint64_t
clock_boot_ms(void)
{
	return read_clock_ms(CLOCK_BOOTTIME);
}

bool
clock_is_synchronised(void)
{
	struct timex state = { .modes = 0 };
	int rc = adjtimex(&state);
	return rc != -1 && rc != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

void
clock_set_offset_ms(int64_t offset_ms)
{
	atomic_store(&offset_of_tests_ms, offset_ms);
}

uint32_t
clock_day(uint64_t wall_ms)
{
	uint64_t day = wall_ms / CLOCK_DAY_MS;
	return day > UINT32_MAX ? UINT32_MAX : (uint32_t)day;
}

/* A date of the Gregorian calendar; month and day count from 1. */
struct date {
	uint32_t year, month, day;
};

static bool
is_leap(uint32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint32_t
days_in_month(uint32_t year, uint32_t month)
{
	static const uint8_t DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return DAYS[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

/* Days from 0001-01-01 to the first of January of this year (year >= 1). */
static uint32_t
days_before_year(uint32_t year)
{
	uint32_t y = year - 1;
	return y * 365 + y / 4 - y / 100 + y / 400;
}

static uint32_t
days_of(const struct date *d)
{
	uint32_t days = days_before_year(d->year) - days_before_year(1970) + d->day - 1;
	for (uint32_t m = 1; m < d->month; m++)
		days += days_in_month(d->year, m);
	return days;
}

static struct date
date_of(uint32_t days)
{
	struct date d = { .year = 1970 + days / 366, .month = 1 };
	while (days_before_year(d.year + 1) - days_before_year(1970) <= days)
		d.year++;
	days -= days_before_year(d.year) - days_before_year(1970);
	while (days >= days_in_month(d.year, d.month))
		days -= days_in_month(d.year, d.month++);
	d.day = days + 1;
	return d;
}

void
clock_rfc3339(uint64_t wall_ms, char *out)
{
	if (wall_ms > LAST_MS)
		wall_ms = LAST_MS;
	struct date d = date_of(clock_day(wall_ms));
	uint32_t ms = (uint32_t)(wall_ms % CLOCK_DAY_MS);
	(void)snprintf(out, CLOCK_RFC3339_LEN + 1, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", d.year % 10000, d.month % 100,
	    d.day % 100, ms / 3600000 % 100, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

/* n decimal digits from the front of *v. */
static int
take_digits(struct view *v, size_t n, uint32_t *value_r)
{
	uint32_t value = 0;
	if (v->len < n)
		return ERR_SYNTAX;
	for (size_t i = 0; i < n; i++) {
		if (v->data[i] < '0' || v->data[i] > '9')
			return ERR_SYNTAX;
		value = value * 10 + (uint32_t)(v->data[i] - '0');
	}
	*v = view_slice(*v, n, v->len);
	*value_r = value;
	return 0;
}

static bool
take_char(struct view *v, char c)
{
	if (v->len == 0 || v->data[0] != (uint8_t)c)
		return false;
	*v = view_slice(*v, 1, v->len);
	return true;
}

/* Numbers of the given widths, each followed by its separator (NUL: none). */
static int
take_numbers(struct view *v, const char *widths, const char *separators, uint32_t *values)
{
	for (size_t i = 0; widths[i] != '\0'; i++) {
		if (take_digits(v, (size_t)(widths[i] - '0'), &values[i]) != 0)
			return ERR_SYNTAX;
		if (separators[i] != ' ' && !take_char(v, separators[i]))
			return ERR_SYNTAX;
	}
	return 0;
}

/* "." and 1 to 9 digits, of which the first three count; absent: 0. */
static int
take_fraction(struct view *v, uint32_t *ms_r)
{
	uint32_t ms = 0, digit;
	size_t n = 0;
	*ms_r = 0;
	if (!take_char(v, '.'))
		return 0;
	for (; n < 9 && take_digits(v, 1, &digit) == 0; n++)
		if (n < 3)
			ms = ms * 10 + digit;
	for (size_t i = n; i < 3; i++)
		ms *= 10;
	*ms_r = ms;
	return n == 0 ? ERR_SYNTAX : 0;
}

/* "Z" or "+hh:mm" or "-hh:mm": what is to be subtracted to get UTC. */
static int
take_zone(struct view *v, int64_t *offset_ms_r)
{
	uint32_t hm[2];
	*offset_ms_r = 0;
	if (take_char(v, 'Z'))
		return 0;
	bool is_west = take_char(v, '-');
	if (!is_west && !take_char(v, '+'))
		return ERR_SYNTAX;
	if (take_numbers(v, "22", ": ", hm) != 0 || hm[0] > 23 || hm[1] > 59)
		return ERR_SYNTAX;
	int64_t offset_ms = (int64_t)(hm[0] * HOUR_MS + hm[1] * MINUTE_MS);
	*offset_ms_r = is_west ? -offset_ms : offset_ms;
	return 0;
}

int
clock_parse_rfc3339(struct view text, uint64_t *wall_ms_r)
{
	uint32_t date[3], time[3], ms;
	int64_t offset_ms;
	if (take_numbers(&text, "422", "--T", date) != 0 || take_numbers(&text, "222", ":: ", time) != 0 ||
	    take_fraction(&text, &ms) != 0 || take_zone(&text, &offset_ms) != 0 || text.len != 0)
		return ERR_SYNTAX;
	struct date d = { date[0], date[1], date[2] };
	if (d.year < 1970 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > days_in_month(d.year, d.month))
		return ERR_SYNTAX;
	if (time[0] > 23 || time[1] > 59 || time[2] > 59)
		return ERR_SYNTAX;
	int64_t wall_ms = (int64_t)(days_of(&d) * CLOCK_DAY_MS + time[0] * HOUR_MS + time[1] * MINUTE_MS +
	    time[2] * SECOND_MS + ms) - offset_ms;
	if (wall_ms < 0 || (uint64_t)wall_ms > LAST_MS)
		return ERR_SYNTAX;
	*wall_ms_r = (uint64_t)wall_ms;
	return 0;
}
