/* SPDX-License-Identifier: MIT */
/*
 * Which time it is: jumps ahead and back, restarts of the process and of the machine, acceptance.
 */
#include "store/rig.h"

static int
save(void *arg, struct store_txn *tx)
{
	store_clock_guard_save(((struct rig *)arg)->store->clock, tx);
	return 0;
}

static int
accept(void *arg, struct store_txn *tx)
{
	store_clock_guard_accept(((struct rig *)arg)->store->clock, tx);
	return 0;
}

static uint64_t
now(struct rig *r)
{
	return store_clock_guard_now_ms(r->store->clock);
}

static uint64_t
erasure(struct rig *r)
{
	return store_clock_guard_erasure_ms(r->store->clock);
}

static bool
is_held(struct rig *r)
{
	(void)store_clock_guard_tick(r->store->clock);
	return store_clock_guard_is_held(r->store->clock);
}

static void
test_ordinary(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < 100; i++) {
		rig_pass(r, 60000);
		assert_false(is_held(r));
		assert_int_equal(now(r), r->wall_ms);
		assert_int_equal(erasure(r), r->wall_ms);
	}
	/* a machine that slept: boottime goes on */
	rig_pass(r, 10 * RIG_DAY_MS);
	assert_false(is_held(r));
	/* set right by some hours */
	r->wall_ms += 5 * 3600000;
	assert_false(is_held(r));
	assert_int_equal(erasure(r), r->wall_ms);
}

static void
test_back(void **state)
{
	struct rig *r = *state;
	uint64_t high = r->wall_ms;
	(void)is_held(r);
	assert_int_equal(RIG_RUN(r, save, r), 0);
	r->wall_ms -= 3 * RIG_DAY_MS;
	assert_false(is_held(r));
	assert_int_equal(now(r), high);
	rig_restart(r);
	assert_int_equal(now(r), high);
	/* back to where it was: a jump ahead, but to a time that was believed already */
	r->wall_ms = high + 1000;
	assert_false(is_held(r));
	assert_int_equal(erasure(r), high + 1000);
}

static void
test_ahead(void **state)
{
	struct rig *r = *state;
	uint64_t start = r->wall_ms;
	r->wall_ms += 2 * RIG_DAY_MS;
	/* at once, before any tick has seen it */
	assert_true(erasure(r) <= start + 1000);
	assert_true(is_held(r));
	assert_int_equal(now(r), r->wall_ms);
	rig_pass(r, 3600000);
	assert_int_equal(erasure(r), start + 3600000);
	/* a restart of the process makes it no truer */
	rig_restart(r);
	assert_true(is_held(r));
	assert_int_equal(erasure(r), start + 3600000);
	/* set right again: believed, and nothing was spoilt */
	r->wall_ms -= 2 * RIG_DAY_MS;
	assert_false(is_held(r));
	assert_int_equal(now(r), r->wall_ms);
	r->wall_ms += 2 * RIG_DAY_MS;
	assert_true(is_held(r));
	assert_int_equal(RIG_RUN(r, accept, r), 0);
	assert_false(is_held(r));
	assert_int_equal(erasure(r), r->wall_ms);
	rig_restart(r);
	assert_false(is_held(r));
}

static void
test_another_boot(void **state)
{
	struct rig *r = *state;
	uint64_t before = r->wall_ms;
	store_recovery_close(&r->store);
	r->boot_id = 2;
	r->boot_ms = 1000;
	r->wall_ms += RIG_DAY_MS / 2;
	rig_start(r);
	assert_false(is_held(r));
	/* off for a week, as the clock says: to be confirmed */
	store_recovery_close(&r->store);
	before = r->wall_ms;
	r->boot_id = 3;
	r->wall_ms += 7 * RIG_DAY_MS;
	rig_start(r);
	assert_true(is_held(r));
	rig_pass(r, 60000);
	assert_int_equal(erasure(r), before + 60000);
	r->is_synchronised = true;
	assert_true(is_held(r));
	rig_pass(r, 1800000);
	assert_true(is_held(r));
	r->is_synchronised = false;
	assert_true(is_held(r));
	r->is_synchronised = true;
	rig_pass(r, 1800000);
	assert_true(is_held(r));
	rig_pass(r, 3600000);
	assert_false(is_held(r));
	assert_int_equal(erasure(r), r->wall_ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ordinary, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_back, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_ahead, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_another_boot, rig_setup, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
