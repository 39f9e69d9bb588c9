/* SPDX-License-Identifier: MIT */
/* event/pace.h: deadline, idle, minimum rate on made-up clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "event/pace.h"

static void
test_nothing_set(void **state)
{
	(void)state;
	struct event_pace p = { 0 };
	assert_true(event_pace_next(&p) == EVENT_PACE_NEVER);
	assert_int_equal(event_pace_check(&p, 1000000), 0);
}

static void
test_deadline_holds_whatever_moves(void **state)
{
	(void)state;
	struct event_pace p = { .deadline = 5000 };
	event_pace_progress(&p, 4999, 1000000);
	assert_int_equal(event_pace_next(&p), 5000);
	assert_int_equal(event_pace_check(&p, 4999), 0);
	assert_int_equal(event_pace_check(&p, 5000), ERR_TIMEOUT);
}

static void
test_idle_moves_with_progress(void **state)
{
	(void)state;
	struct event_pace p = { .idle_ms = 100, .active = 1000 };
	assert_int_equal(event_pace_check(&p, 1099), 0);
	event_pace_progress(&p, 1099, 1);
	assert_int_equal(event_pace_next(&p), 1199);
	assert_int_equal(event_pace_check(&p, 1198), 0);
	event_pace_progress(&p, 1198, 0);   /* nothing moved */
	assert_int_equal(event_pace_check(&p, 1199), ERR_TIMEOUT);
}

static void
test_slow_drip_is_caught_by_rate(void **state)
{
	(void)state;
	struct event_pace p = { .rate = 100, .window_ms = 10000, .idle_ms = 60000, .active = 1000 };
	event_pace_wait(&p, 1000, true);
	for (uint64_t t = 2000; t < 11000; t += 1000)
		event_pace_progress(&p, t, 99);
	assert_int_equal(event_pace_check(&p, 10999), 0);
	assert_int_equal(event_pace_check(&p, 11000), ERR_TIMEOUT);
}

static void
test_enough_begins_a_new_window(void **state)
{
	(void)state;
	struct event_pace p = { .rate = 100, .window_ms = 10000 };
	event_pace_wait(&p, 0, true);
	event_pace_progress(&p, 1, 1000000);          /* much at first ... */
	assert_int_equal(event_pace_check(&p, 10000), 0);
	assert_int_equal(event_pace_next(&p), 20000);
	assert_int_equal(event_pace_check(&p, 20000), ERR_TIMEOUT);  /* ... does not pay for later */
}

static void
test_window_rests_while_we_work(void **state)
{
	(void)state;
	struct event_pace p = { .rate = 100, .window_ms = 10000 };
	event_pace_wait(&p, 0, true);
	event_pace_wait(&p, 5000, false);
	assert_int_equal(event_pace_check(&p, 50000), 0);
	assert_true(event_pace_next(&p) == EVENT_PACE_NEVER);
	event_pace_wait(&p, 50000, true);
	assert_int_equal(event_pace_next(&p), 60000);
	event_pace_wait(&p, 55000, true);             /* goes on, no new window */
	assert_int_equal(event_pace_next(&p), 60000);
	assert_int_equal(event_pace_check(&p, 60000), ERR_TIMEOUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_set), cmocka_unit_test(test_deadline_holds_whatever_moves),
		cmocka_unit_test(test_idle_moves_with_progress), cmocka_unit_test(test_slow_drip_is_caught_by_rate),
		cmocka_unit_test(test_enough_begins_a_new_window), cmocka_unit_test(test_window_rests_while_we_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
