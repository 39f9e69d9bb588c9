/* SPDX-License-Identifier: MIT */
/*
 * Reads time zone files and answers from them. Owns nothing but one zone's rules. Must not know clocks or people.
 * Called by the store for quiet hours and dates in mails.
 *
 *   file   = header block64 header block64 LF rule LF      the first block, with 32-bit times, is skipped
 *   header = "TZif" version[1] reserved[15] isut isstd leap times types chars        counts, 32 bit each
 *   block  = time[8] * times, type[1] * times, (offset[4] is_dst[1] name[1]) * types, name bytes, leap[12] * leap,
 *            flags; in the first block times have 4 bytes and leaps 8
 *   rule   = name offset [ name [ offset ] "," day "," day ]       POSIX TZ, for what is behind the last time
 *   day    = ( "M" month "." week "." weekday / "J" 1..365 / 0..365 ) [ "/" time ]
 */
#include "base/zone.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/mem.h"

#define FILE_MAX ((size_t)64 * 1024)
#define TIMES_MAX 2000U
#define TYPES_MAX 256U
#define DAY_S 86400

enum day_kind { DAY_MONTH, DAY_JULIAN, DAY_PLAIN };

struct day {
	enum day_kind kind;
	int month, week, weekday;     /* 1..12, 1..5 (5: the last), 0..6 from Sunday */
	int number;
	int time_s;                   /* of local time, perhaps negative */
};

struct zone {
	size_t time_count;
	int64_t *times;               /* ascending */
	int32_t *offsets;             /* from times[i] on */
	int32_t first;                /* before all of them */
	/* behind the last */
	bool has_rule, has_dst;
	int32_t standard, summer;
	struct day begin, end;        /* of summer time */
};

static bool
is_name(struct view v)
{
	bool is_start = true;

	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.data[i];
		bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
		    c == '_';
		if (!is_word && (c != '/' || is_start))
			return false;
		is_start = c == '/';
	}
	return v.len > 0 && v.len <= ZONE_NAME_MAX && !is_start;
}

/* ---- the rule: a cursor over text */

static int
peek(const struct cursor *c)
{
	return c->rest.len == 0 ? -1 : c->rest.data[0];
}

static bool
take(struct cursor *c, char what)
{
	if (peek(c) != what)
		return false;
	cursor_u8(c);
	return true;
}

static int
take_number(struct cursor *c, int max)
{
	int n = 0;

	if (peek(c) < '0' || peek(c) > '9')
		cursor_fail(c);
	while (c->err == 0 && peek(c) >= '0' && peek(c) <= '9') {
		n = n * 10 + cursor_u8(c) - '0';
		if (n > max)
			cursor_fail(c);
	}
	return n;
}

/* [+|-]h[:m[:s]], at most so many hours. */
static int32_t
take_time(struct cursor *c, int hours_max)
{
	bool is_negative = take(c, '-');

	if (!is_negative)
		take(c, '+');
	int32_t s = take_number(c, hours_max) * 3600;
	if (take(c, ':'))
		s += take_number(c, 59) * 60;
	if (take(c, ':'))
		s += take_number(c, 59);
	return is_negative ? -s : s;
}

static void
skip_zone_name(struct cursor *c)
{
	size_t n = 0;

	if (take(c, '<')) {
		while (c->err == 0 && !take(c, '>'))
			cursor_u8(c);
		return;
	}
	for (; (peek(c) >= 'a' && peek(c) <= 'z') || (peek(c) >= 'A' && peek(c) <= 'Z'); n++)
		cursor_u8(c);
	if (n < 3)
		cursor_fail(c);
}

static struct day
take_day(struct cursor *c)
{
	struct day d = { .kind = DAY_PLAIN, .time_s = 2 * 3600 };

	if (!take(c, ','))
		cursor_fail(c);
	if (take(c, 'M')) {
		d.kind = DAY_MONTH;
		d.month = take_number(c, 12);
		if (!take(c, '.'))
			cursor_fail(c);
		d.week = take_number(c, 5);
		if (!take(c, '.'))
			cursor_fail(c);
		d.weekday = take_number(c, 6);
		if (d.month < 1 || d.week < 1)
			cursor_fail(c);
	} else {
		d.kind = take(c, 'J') ? DAY_JULIAN : DAY_PLAIN;
		d.number = take_number(c, 365);
	}
	if (take(c, '/'))
		d.time_s = take_time(c, 167);
	return d;
}

/* POSIX counts offsets to the west. */
static int
parse_rule(struct view text, struct zone *z)
{
	struct cursor c = cursor_of(text);

	if (text.len == 0)
		return 0;
	skip_zone_name(&c);
	z->standard = -take_time(&c, 23);
	z->has_rule = true;
	if (!cursor_is_empty(&c) && c.err == 0) {
		skip_zone_name(&c);
		z->summer = peek(&c) == ',' ? z->standard + 3600 : -take_time(&c, 23);
		z->has_dst = true;
		z->begin = take_day(&c);
		z->end = take_day(&c);
	}
	return cursor_end(&c);
}

/* ---- the file */

struct header {
	uint32_t isut, isstd, leap, times, types, chars;
};

static struct header
read_header(struct cursor *c)
{
	struct header h;

	cursor_expect(c, VIEW_LIT("TZif"));
	if (cursor_u8(c) < '2')
		cursor_fail(c);
	cursor_bytes(c, 15);
	h.isut = cursor_u32(c);
	h.isstd = cursor_u32(c);
	h.leap = cursor_u32(c);
	h.times = cursor_u32(c);
	h.types = cursor_u32(c);
	h.chars = cursor_u32(c);
	if (h.times > TIMES_MAX || h.types > TYPES_MAX || h.types == 0 || h.leap > TIMES_MAX || h.chars > TIMES_MAX ||
	    h.isut > TYPES_MAX || h.isstd > TYPES_MAX)
		cursor_fail(c);
	return h;
}

static void
skip_block(struct cursor *c, const struct header *h)
{
	if (c->err == 0)
		cursor_bytes(c, (size_t)h->times * 5 + (size_t)h->types * 6 + h->chars + (size_t)h->leap * 8 + h->isstd + h->isut);
}

static void
read_block(struct cursor *c, const struct header *h, struct zone *z)
{
	int32_t offsets[TYPES_MAX];

	z->time_count = h->times;
	z->times = mem_array(h->times + 1, sizeof(z->times[0]));
	z->offsets = mem_array(h->times + 1, sizeof(z->offsets[0]));
	for (size_t i = 0; i < h->times; i++) {
		z->times[i] = (int64_t)cursor_u64(c);
		if (i > 0 && z->times[i] <= z->times[i - 1])
			cursor_fail(c);
	}
	struct view types = cursor_bytes(c, h->times);
	for (size_t i = 0; i < h->types; i++) {
		offsets[i] = (int32_t)cursor_u32(c);
		cursor_bytes(c, 2);
		if (offsets[i] <= -DAY_S || offsets[i] >= DAY_S)
			cursor_fail(c);
	}
	for (size_t i = 0; i < types.len && c->err == 0; i++) {
		if (types.data[i] >= h->types)
			cursor_fail(c);
		else
			z->offsets[i] = offsets[types.data[i]];
	}
	z->first = offsets[0];
	cursor_bytes(c, h->chars + (size_t)h->leap * 12 + h->isstd + h->isut);
}

static int
parse(struct view file, struct zone *z)
{
	struct cursor c = cursor_of(file);
	struct header h = read_header(&c);

	skip_block(&c, &h);
	h = read_header(&c);
	if (c.err == 0)
		read_block(&c, &h, z);
	cursor_expect(&c, VIEW_LIT("\n"));
	struct view rule = view_slice(c.rest, 0, view_find(c.rest, '\n'));
	cursor_bytes(&c, rule.len + 1);
	int err = cursor_end(&c);
	return err == 0 ? parse_rule(rule, z) : err;
}

int
zone_open(const char *dir, struct view name, struct zone **z_r)
{
	char path[4096];
	struct buf file;
	int n = snprintf(path, sizeof(path), "%s/%.*s", dir, (int)name.len, (const char *)name.data);

	*z_r = NULL;
	if (!is_name(name) || n < 0 || (size_t)n >= sizeof(path))
		return ERR_SYNTAX;
	buf_init(&file, FILE_MAX);
	int err = file_read(AT_FDCWD, path, &file);
	struct zone *z = mem_alloc(sizeof(*z));
	if (err == 0)
		err = parse(buf_view(&file), z);
	buf_deinit(&file);
	if (err != 0)
		zone_free(&z);
	*z_r = z;
	return err;
}

void
zone_free(struct zone **z)
{
	if (*z == NULL)
		return;
	mem_free(&(*z)->times);
	mem_free(&(*z)->offsets);
	mem_free(z);
}

/* ---- answers */

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to the first of January, for years from 1970 on. */
static int64_t
days_before_year(int64_t year)
{
	int64_t y = year - 1;

	return (year - 1970) * 365 + (y / 4 - 1969 / 4) - (y / 100 - 1969 / 100) + (y / 400 - 1969 / 400);
}

static int64_t
year_of(int64_t local_s)
{
	int64_t year = 1970 + local_s / DAY_S / 366;

	while (days_before_year(year + 1) <= local_s / DAY_S)
		year++;
	return year;
}

/* The day of the year, from 0. */
static int
day_of_year(const struct day *d, int64_t year)
{
	static const int lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int first = 0;

	if (d->kind == DAY_PLAIN)
		return d->number;
	if (d->kind == DAY_JULIAN)
		return d->number - 1 + (is_leap(year) && d->number >= 60);
	for (int m = 1; m < d->month; m++)
		first += lengths[m - 1] + (m == 2 && is_leap(year));
	int length = lengths[d->month - 1] + (d->month == 2 && is_leap(year));
	/* 1970-01-01 was a Thursday */
	int weekday = (int)((days_before_year(year) + first + 4) % 7);
	int day = (d->weekday - weekday + 7) % 7 + (d->week - 1) * 7;
	return first + (day >= length ? day - 7 : day);
}

static int32_t
offset_by_rule(const struct zone *z, int64_t utc_s)
{
	int64_t local_s = utc_s + z->standard;

	if (!z->has_dst || local_s < 0)
		return z->standard;
	int64_t year = year_of(local_s), new_year = days_before_year(year) * DAY_S;
	int64_t begin = new_year + (int64_t)day_of_year(&z->begin, year) * DAY_S + z->begin.time_s - z->standard;
	int64_t end = new_year + (int64_t)day_of_year(&z->end, year) * DAY_S + z->end.time_s - z->summer;
	bool is_summer = begin < end ? utc_s >= begin && utc_s < end : utc_s >= begin || utc_s < end;
	return is_summer ? z->summer : z->standard;
}

int32_t
zone_offset_s(const struct zone *z, int64_t utc_s)
{
	size_t low = 0, high = z->time_count;

	if (high == 0 || utc_s >= z->times[high - 1])
		return z->has_rule ? offset_by_rule(z, utc_s) : high == 0 ? z->first : z->offsets[high - 1];
	if (utc_s < z->times[0])
		return z->first;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (z->times[middle] <= utc_s)
			low = middle;
		else
			high = middle;
	}
	return z->offsets[low];
}
