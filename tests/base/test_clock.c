/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "base/clock.h"

static const struct {
	const char *text;
	uint64_t wall_ms;
	const char *written;    /* NULL: as text */
} GOOD[] = {
	{ "1970-01-01T00:00:00.000Z", 0, NULL },
	{ "2000-02-29T12:00:00.500Z", 951825600500, NULL },
	{ "2024-02-29T23:59:59.999Z", 1709251199999, NULL },
	{ "2026-01-31T23:59:59.123Z", 1769903999123, NULL },
	{ "2100-03-01T00:00:00.000Z", 4107542400000, NULL },
	{ "9999-12-31T23:59:59.999Z", 253402300799999, NULL },
	{ "2026-01-31T23:59:59Z", 1769903999000, "2026-01-31T23:59:59.000Z" },
	{ "2026-01-31T23:59:59.1Z", 1769903999100, "2026-01-31T23:59:59.100Z" },
	{ "2026-01-31T23:59:59.123999999Z", 1769903999123, "2026-01-31T23:59:59.123Z" },
	{ "2026-02-01T01:29:59+01:30", 1769903999000, "2026-01-31T23:59:59.000Z" },
	{ "2026-01-31T20:59:59-03:00", 1769903999000, "2026-01-31T23:59:59.000Z" },
	{ "1970-01-01T01:00:00+01:00", 0, "1970-01-01T00:00:00.000Z" },
};

static const char *const BAD[] = {
	"", "2026", "2026-01-31", "2026-01-31T23:59:59", "2026-01-31 23:59:59Z", "2026-01-31t23:59:59z",
	"2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z",
	"2026-13-10T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
	"2026-01-01T00:60:00Z", "2016-12-31T23:59:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z",
	"2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00+01",
	"2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "2026-1-01T00:00:00Z", "+026-01-01T00:00:00Z",
	"2026-01-01T00:00:-1Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z",
	"9999-12-31T23:59:59-00:01", "2026-01-01T00:00:00ZZ", "12026-01-01T00:00:00Z",
};

static void
good_times_are_read_and_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		uint64_t wall_ms = 1;
		char out[CLOCK_RFC3339_LEN + 1];
		assert_int_equal(clock_parse_rfc3339(view_str(GOOD[i].text), &wall_ms), 0);
		assert_int_equal(wall_ms, GOOD[i].wall_ms);
		clock_rfc3339(wall_ms, out);
		assert_string_equal(out, GOOD[i].written == NULL ? GOOD[i].text : GOOD[i].written);
	}
}

static void
sleep_lasts_as_long_as_asked(void **state)
{
	(void)state;
	uint64_t start_ms = clock_mono_ms();
	clock_sleep_ms(20);
	assert_in_range(clock_mono_ms() - start_ms, 19, 2000);
}

static void
bad_times_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		uint64_t wall_ms = 77;
		if (clock_parse_rfc3339(view_str(BAD[i]), &wall_ms) != ERR_SYNTAX)
			fail_msg("accepted: %s", BAD[i]);
		assert_int_equal(wall_ms, 77);
	}
	uint64_t wall_ms;
	assert_int_equal(clock_parse_rfc3339(view_of("2026-01-01T00:00:00Z\0", 21), &wall_ms), ERR_SYNTAX);
}

static void
every_day_agrees_with_the_c_library(void **state)
{
	(void)state;
	for (uint32_t day = 0; day < 400 * 366; day += 1) {
		char out[CLOCK_RFC3339_LEN + 1], expected[32];
		time_t t = (time_t)day * 86400;
		struct tm tm;
		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000Z", &tm), CLOCK_RFC3339_LEN);
		clock_rfc3339(day * CLOCK_DAY_MS, out);
		assert_string_equal(out, expected);
		assert_int_equal(clock_day(day * CLOCK_DAY_MS + CLOCK_DAY_MS - 1), day);
	}
}

static void
beyond_the_year_9999_is_clamped(void **state)
{
	(void)state;
	char out[CLOCK_RFC3339_LEN + 1];
	clock_rfc3339(UINT64_MAX, out);
	assert_string_equal(out, "9999-12-31T23:59:59.999Z");
	assert_int_equal(clock_day(UINT64_MAX), UINT32_MAX);
}

static void
offset_moves_wall_time_only(void **state)
{
	(void)state;
	uint64_t wall_ms = clock_wall_ms(), mono_ms = clock_mono_ms(), boot_ms = clock_boot_ms();
	clock_set_offset_ms(365LL * 86400 * 1000);
	assert_in_range(clock_wall_ms(), wall_ms + 365 * CLOCK_DAY_MS, wall_ms + 365 * CLOCK_DAY_MS + 60000);
	assert_in_range(clock_mono_ms(), mono_ms, mono_ms + 60000);
	assert_in_range(clock_boot_ms(), boot_ms, boot_ms + 60000);
	clock_set_offset_ms(-86400LL * 1000);
	assert_in_range(clock_wall_ms(), wall_ms - CLOCK_DAY_MS, wall_ms - CLOCK_DAY_MS + 60000);
	clock_set_offset_ms(INT64_MIN);
	assert_int_equal(clock_wall_ms(), 0);
	clock_set_offset_ms(0);
	assert_in_range(clock_wall_ms(), wall_ms, wall_ms + 60000);
}

static void
synchronisation_is_what_the_kernel_says(void **state)
{
	(void)state;
	struct timex t = { .modes = 0 };
	int rc = adjtimex(&t);
	assert_int_equal(clock_is_synchronised(), rc >= 0 && rc != TIME_ERROR && (t.status & STA_UNSYNC) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_times_are_read_and_written),
		cmocka_unit_test(sleep_lasts_as_long_as_asked),
		cmocka_unit_test(bad_times_are_refused),
		cmocka_unit_test(every_day_agrees_with_the_c_library),
		cmocka_unit_test(beyond_the_year_9999_is_clamped),
		cmocka_unit_test(offset_moves_wall_time_only),
		cmocka_unit_test(synchronisation_is_what_the_kernel_says),
	};
	return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
