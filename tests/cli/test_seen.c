/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "cli/scene.h"
#include "cli/seen.h"
#include "crypt/random.h"

static struct scene scene;
static struct id subscription;

static int
setup(void **state)
{
	(void)state;
	scene_open(&scene);
	subscription = id_random();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	scene_close(&scene);
	return 0;
}

static enum cli_seen_order
order(uint64_t sequence, uint64_t *missing_r)
{
	enum cli_seen_order o;
	assert_int_equal(cli_seen_check(scene.profile, &subscription, CLI_SEEN_IN, sequence, &o, missing_r), 0);
	return o;
}

static int
note(uint64_t sequence)
{
	return cli_seen_note(scene.profile, &subscription, CLI_SEEN_IN, sequence);
}

static void
numbers_follow_each_other(void **state)
{
	uint64_t missing;
	(void)state;
	for (uint64_t i = 1; i <= 5; i++) {
		assert_int_equal(order(i, &missing), CLI_SEEN_NEXT);
		assert_int_equal(note(i), 0);
		assert_int_equal(order(i, &missing), CLI_SEEN_REPEATED);
		assert_int_equal(note(i), ERR_TRUST);
	}
	assert_int_equal(note(0), ERR_TRUST);
	assert_int_equal(order(1, &missing), CLI_SEEN_REPEATED);
}

static void
a_sealed_package_may_go_on(void **state)
{
	struct id first = id_random(), second = id_random();
	(void)state;
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 1, &first), 0);
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 1, &first), 0);
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 2, &first), ERR_TRUST);
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 1, &second), ERR_TRUST);
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 2, &second), 0);
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 1, &first), 0);
	/* delivered: from now on nobody has that number again, not even itself */
	assert_int_equal(cli_seen_note_done(scene.profile, &subscription, &first), 0);
	assert_int_equal(cli_seen_note_done(scene.profile, &subscription, &first), 0);
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 1, &first), ERR_TRUST);
	assert_int_equal(cli_seen_note_sealed(scene.profile, &subscription, 2, &second), 0);
}

static void
a_gap_is_told_and_filled_once(void **state)
{
	uint64_t missing;
	(void)state;
	assert_int_equal(note(1), 0);
	assert_int_equal(order(5, &missing), CLI_SEEN_GAP);
	assert_int_equal(missing, 3);
	assert_int_equal(note(5), 0);
	assert_int_equal(order(3, &missing), CLI_SEEN_NEXT);
	assert_int_equal(note(3), 0);
	assert_int_equal(note(3), ERR_TRUST);
	assert_int_equal(note(2), 0);
	assert_int_equal(note(4), 0);
	for (uint64_t i = 1; i <= 5; i++)
		assert_int_equal(order(i, &missing), CLI_SEEN_REPEATED);
	assert_int_equal(order(6, &missing), CLI_SEEN_NEXT);
}

static void
a_new_client_begins_anywhere(void **state)
{
	uint64_t missing;
	(void)state;
	assert_int_equal(order(57, &missing), CLI_SEEN_NEXT);
	assert_int_equal(note(57), 0);
	/* an older one that waits may still come, once */
	assert_int_equal(order(30, &missing), CLI_SEEN_NEXT);
	assert_int_equal(note(30), 0);
	assert_int_equal(note(30), ERR_TRUST);
	assert_int_equal(note(57), ERR_TRUST);
}

static void
directions_and_subscriptions_are_apart(void **state)
{
	struct id other = id_random();
	(void)state;
	assert_int_equal(note(1), 0);
	assert_int_equal(cli_seen_note(scene.profile, &subscription, CLI_SEEN_OUT, 1), 0);
	assert_int_equal(cli_seen_note(scene.profile, &other, CLI_SEEN_IN, 1), 0);
	assert_int_equal(cli_seen_forget(scene.profile, &other), 0);
	assert_int_equal(cli_seen_forget(scene.profile, &other), 0);
	assert_int_equal(note(1), ERR_TRUST);
	assert_int_equal(cli_seen_note(scene.profile, &other, CLI_SEEN_IN, 1), 0);
}

static void
nobody_else_comes_behind_a_subscription(void **state)
{
	struct id first = id_random(), second = id_random();
	(void)state;
	assert_int_equal(cli_seen_bind(scene.profile, &subscription, &first), 0);
	assert_int_equal(note(1), 0);
	assert_int_equal(cli_seen_bind(scene.profile, &subscription, &first), 0);
	assert_int_equal(cli_seen_bind(scene.profile, &subscription, &second), ERR_TRUST);
	assert_int_equal(cli_seen_bind(scene.profile, &subscription, &first), 0);
	assert_int_equal(note(1), ERR_TRUST);
}

static void
many_gaps_are_bounded(void **state)
{
	uint64_t missing;
	(void)state;
	for (uint64_t i = 1; i < 1200; i += 2)
		assert_int_equal(note(i), 0);
	/* the oldest gaps are forgotten and refused; the newest stay open */
	assert_int_equal(order(1198, &missing), CLI_SEEN_NEXT);
	assert_int_equal(order(2, &missing), CLI_SEEN_REPEATED);
	assert_int_equal(note(1198), 0);
}

static void
a_damaged_record_is_an_error(void **state)
{
	char name[64];
	(void)state;
	snprintf(name, sizeof(name), "seen-%s", id_text(&subscription).s);
	scene_file(name, "{\"in\":{\"highest\":-1}}");
	assert_int_equal(note(1), ERR_SYNTAX);
	assert_string_equal(scene_read(name), "{\"in\":{\"highest\":-1}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_follow_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sealed_package_may_go_on, setup, teardown),
		cmocka_unit_test_setup_teardown(a_gap_is_told_and_filled_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_client_begins_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(directions_and_subscriptions_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_else_comes_behind_a_subscription, setup, teardown),
		cmocka_unit_test_setup_teardown(many_gaps_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_record_is_an_error, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
