/* SPDX-License-Identifier: MIT */
/*
 * More than a year, day by day, over a leap day, and clocks that jump (E1, E6): nothing goes a day too early, nothing stays a day
 * too long, counted from when the clock is believed again, and nothing hangs. The whole store runs on the clocks of rig.h:
 * processes get a fixed environment from provisiond, so nothing could be put between the real one and its clocks.
 */
#include "store/talk.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "record/janitor.pb-c.h"
#include "store/retention.h"

/* From January 2027 over the 29th of February 2028. */
#define DAYS 420U
#define PACKAGE_EVERY 28U
#define HISTORY 365U
#define PROVENANCE 30U
#define MINUTE 60000ULL
#define HOUR (60 * MINUTE)

/* What was written on which day since the beginning. */
struct diary {
	struct cast *c;
	uint64_t first_day;
	unsigned noted;             /* of these, on the first day, without an origin: that the company accepted */
	unsigned written[DAYS];     /* entries */
	unsigned packages[DAYS];
};

static uint64_t
now(const struct diary *d)
{
	return desk_now(d->c->d);
}

static unsigned
today(const struct diary *d)
{
	return (unsigned)(clock_day(now(d)) - d->first_day);
}

/* Of the last days, this one included. */
static unsigned
sum(const unsigned *counts, unsigned day, unsigned days)
{
	unsigned n = 0;
	for (unsigned i = day + 1 > days ? day + 1 - days : 0; i <= day && i < DAYS; i++)
		n += counts[i];
	return n;
}

/* Exactly what the rules leave on this day. */
static void
check(const struct diary *d)
{
	struct desk *desk = d->c->d;
	unsigned day = today(d), packages = sum(d->packages, day, HISTORY), entries = sum(d->written, day, HISTORY);
	if (desk_rows(desk, STORE_TABLE_ENTRY) != entries)
		fail_msg("day %u: %u entries instead of %u", day, desk_rows(desk, STORE_TABLE_ENTRY), entries);
	if (desk_rows(desk, STORE_TABLE_PACKAGE) != packages || desk_rows(desk, STORE_TABLE_HEADER) != packages)
		fail_msg("day %u: %u packages instead of %u", day, desk_rows(desk, STORE_TABLE_PACKAGE), packages);
	unsigned origins = sum(d->written, day, PROVENANCE) - (day < PROVENANCE ? d->noted : 0);
	if (desk_rows(desk, STORE_TABLE_PROVENANCE) != origins)
		fail_msg("day %u: %u origins instead of %u", day, desk_rows(desk, STORE_TABLE_PROVENANCE), origins);
}

static void
write_day(struct diary *d)
{
	unsigned day = today(d);
	struct desk_parcel p;
	assert_int_equal(desk_login(d->c->d, &d->c->anna), 0);
	assert_int_equal(say(d->c, &d->c->anna, false, "Guten Tag"), 0);
	d->written[day]++;
	if (day % PACKAGE_EVERY != 0)
		return;
	to_company(d->c, &p);
	desk_parcel_send(d->c->d, &p);
	desk_parcel_deinit(&p);
	d->written[day]++;
	d->packages[day]++;
}

static void
begin(struct diary *d, struct cast *c)
{
	*d = (struct diary){ .c = c, .first_day = clock_day(desk_now(c->d)) };
	d->written[0] = d->noted = desk_rows(c->d, STORE_TABLE_ENTRY);
}

/* To so many minutes after midnight of a day. */
static void
go_to(struct diary *d, unsigned day, uint64_t minutes)
{
	uint64_t at_ms = (d->first_day + day) * CLOCK_DAY_MS + minutes * MINUTE;
	desk_pass(d->c->d, at_ms - now(d));
}

static void
test_day_by_day(void **state)
{
	struct diary d;
	begin(&d, *state);
	/* local time has nothing to do with days */
	assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
	tzset();
	for (unsigned day = 0; day < DAYS; day++) {
		write_day(&d);
		check(&d);
		go_to(&d, day, 24 * 60 - 1);
		check(&d);
		go_to(&d, day + 1, 2);
		if (day + 1 < DAYS)
			check(&d);
	}
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), HISTORY - 1 + sum(d.packages, DAYS - 1, HISTORY - 1));
}

/* ---- jumps ---- */

static void
tick(struct diary *d)
{
	(void)store_clock_guard_tick(d->c->d->rig->store->clock);
	desk_work(d->c->d);
}

static int
accept(struct diary *d)
{
	Provision__ClockAccept m = PROVISION__CLOCK_ACCEPT__INIT;
	return desk_ask(d->c->d, IPC_ROLE_CTL, IPC_CLOCK_ACCEPT, &m.base, NULL);
}

static bool
is_held(const struct diary *d)
{
	return store_clock_guard_is_held(d->c->d->rig->store->clock);
}

/* A wrong clock erases nothing, however long it stays wrong; right again, all goes on as if it had never been. */
static void
test_wrong_for_a_while(void **state)
{
	static const uint64_t wrong_ms[] = { 400 * CLOCK_DAY_MS, 2 * CLOCK_DAY_MS, 4000 * CLOCK_DAY_MS };
	struct diary d;
	struct rig *rig;
	begin(&d, *state);
	rig = d.c->d->rig;
	write_day(&d);
	go_to(&d, 1, 60);
	write_day(&d);
	for (size_t i = 0; i < sizeof(wrong_ms) / sizeof(wrong_ms[0]); i++) {
		unsigned before = desk_rows(d.c->d, STORE_TABLE_ENTRY);
		rig->wall_ms += wrong_ms[i];
		for (unsigned hour = 0; hour < 5; hour++) {
			tick(&d);
			assert_true(is_held(&d));
			assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), before);
			assert_true(desk_rows(d.c->d, STORE_TABLE_HEADER) > 0);
			rig_pass(rig, HOUR);
		}
		rig->wall_ms -= wrong_ms[i];
		tick(&d);
		assert_false(is_held(&d));
		check(&d);
	}
	go_to(&d, HISTORY - 1, 24 * 60 - 1);
	check(&d);
	go_to(&d, HISTORY, 2);
	check(&d);
	go_to(&d, HISTORY + 1, 2);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), 0);
}

/* The year 2038, and any other wrong way: 32 bits are nowhere. Accepted, everything ends at once and what is new lives on. */
static void
test_2038_accepted(void **state)
{
	struct diary d;
	begin(&d, *state);
	write_day(&d);
	d.c->d->rig->wall_ms = (1ULL << 31) * 1000 + HOUR;
	tick(&d);
	assert_true(is_held(&d));
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), d.written[0]);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_HEADER), d.packages[0]);
	assert_int_equal(accept(&d), 0);
	tick(&d);
	assert_false(is_held(&d));
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), 0);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_HEADER), 0);
	d = (struct diary){ .c = d.c, .first_day = clock_day(now(&d)) };
	write_day(&d);
	go_to(&d, HISTORY - 1, 24 * 60 - 1);
	assert_true(desk_rows(d.c->d, STORE_TABLE_ENTRY) > 0);
	go_to(&d, HISTORY, 2);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), 0);
}

/* Synchronised for an hour, the jump is right: a machine that was off for a year. */
static void
test_synchronised(void **state)
{
	struct diary d;
	begin(&d, *state);
	write_day(&d);
	d.c->d->rig->wall_ms += 400 * CLOCK_DAY_MS;
	d.c->d->rig->is_synchronised = true;
	tick(&d);
	for (unsigned minute = 0; minute < 59; minute++) {
		rig_pass(d.c->d->rig, MINUTE);
		tick(&d);
		assert_true(is_held(&d));
		assert_true(desk_rows(d.c->d, STORE_TABLE_HEADER) > 0);
	}
	rig_pass(d.c->d->rig, 2 * MINUTE);
	tick(&d);
	tick(&d);
	assert_false(is_held(&d));
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), 0);
}

/* Backward to 1970: the mark counts, also over a restart; nothing that is new ends at once, nothing hangs. */
static void
test_1970(void **state)
{
	struct diary d;
	uint64_t right_ms;
	begin(&d, *state);
	write_day(&d);
	tick(&d);
	right_ms = d.c->d->rig->wall_ms;
	d.c->d->rig->wall_ms = HOUR;
	for (unsigned i = 0; i < 2; i++) {
		tick(&d);
		assert_true(now(&d) <= right_ms);
		assert_true(desk_rows(d.c->d, STORE_TABLE_HEADER) > 0);
		assert_int_equal(desk_login(d.c->d, &d.c->anna), 0);
		assert_int_equal(say(d.c, &d.c->anna, false, "1970"), 0);
		desk_restart(d.c->d);
	}
	d.written[0] += 2;
	d.c->d->rig->wall_ms = right_ms;
	tick(&d);
	check(&d);
	go_to(&d, HISTORY - 1, 24 * 60 - 1);
	check(&d);
	go_to(&d, HISTORY, 2);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), 0);
}

/* An hour and a day are no jumps that anybody doubts: what has ended by that clock ends, what has not stays. */
static void
test_small_steps(void **state)
{
	static const uint64_t steps_ms[] = { HOUR, CLOCK_DAY_MS - MINUTE };
	struct diary d;
	begin(&d, *state);
	write_day(&d);
	for (size_t i = 0; i < sizeof(steps_ms) / sizeof(steps_ms[0]); i++) {
		d.c->d->rig->wall_ms += steps_ms[i];
		tick(&d);
		assert_false(is_held(&d));
		check(&d);
		assert_int_equal(accept(&d), 0);
	}
	go_to(&d, HISTORY - 1, 24 * 60 - 1);
	check(&d);
	go_to(&d, HISTORY, 2);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), 0);
}

static uint32_t
janitor_step(struct diary *d)
{
	Provision__JanitorWork m = PROVISION__JANITOR_WORK__INIT;
	Provision__JanitorWorkReply *reply;
	m.limit = 2;
	assert_int_equal(desk_ask(d->c->d, IPC_ROLE_CTL, IPC_JANITOR_WORK, &m.base, &reply), 0);
	return reply->items;
}

/* Between two steps of the janitor the clock jumps: the rest of what is due is done, nothing else. */
static void
test_step_during_a_run(void **state)
{
	struct diary d;
	begin(&d, *state);
	write_day(&d);
	go_to(&d, 3, 60);
	write_day(&d);
	unsigned young = d.written[3];
	go_to(&d, HISTORY - 1, 24 * 60 - 1);
	rig_pass(d.c->d->rig, 10 * MINUTE);
	assert_true(janitor_step(&d) > 0);
	d.c->d->rig->wall_ms += 400 * CLOCK_DAY_MS;
	for (unsigned i = 0; janitor_step(&d) > 0; i++)
		assert_true(i < 1000);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), young);
	d.c->d->rig->wall_ms -= 400 * CLOCK_DAY_MS;
	for (unsigned i = 0; janitor_step(&d) > 0; i++)
		assert_true(i < 1000);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), young);
	go_to(&d, HISTORY + 3, 2);
	assert_int_equal(desk_rows(d.c->d, STORE_TABLE_ENTRY), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_day_by_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_for_a_while, setup, teardown),
		cmocka_unit_test_setup_teardown(test_2038_accepted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_synchronised, setup, teardown),
		cmocka_unit_test_setup_teardown(test_1970, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_step_during_a_run, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
