/* SPDX-License-Identifier: MIT */
/*
 * The limiter (A8): it slows, it comes back, a stranger cannot keep the owner out, memory stays bounded.
 */
#include "store/limiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/fatal.h"
#include "crypt/init.h"

static const struct view account = { (const uint8_t *)"account", 7 };
static const struct view other_account = { (const uint8_t *)"another", 7 };
static const struct view owner = { (const uint8_t *)"\xc0\x00\x02\x01", 4 };
static const struct view none = { NULL, 0 };

static struct view
stranger(uint32_t n, uint8_t out[4])
{
	out[0] = 10;
	out[1] = (uint8_t)(n >> 16);
	out[2] = (uint8_t)(n >> 8);
	out[3] = (uint8_t)n;
	return view_of(out, 4);
}

static int
setup(void **state)
{
	require(crypt_init() == 0);
	*state = store_limiter_new();
	return 0;
}

static int
teardown(void **state)
{
	struct store_limiter *l = *state;
	store_limiter_free(&l);
	return 0;
}

static void
test_burst_then_interval(void **state)
{
	struct store_limiter *l = *state;
	unsigned taken = 0;

	while (store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, account, owner, 1000) == 0)
		taken++;
	assert_int_equal(taken, 5);
	assert_int_equal(store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, account, owner, 1000 + 599999), ERR_BUSY);
	assert_int_equal(store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, account, owner, 1000 + 600000), 0);
	assert_int_equal(store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, account, owner, 1000 + 600000), ERR_BUSY);
	/* another subject and another client are not concerned */
	assert_int_equal(store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, other_account, owner, 1000), 0);
	assert_int_equal(store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, account, none, 1000), 0);
}

static void
test_what_is_given_back_can_be_taken(void **state)
{
	struct store_limiter *l = *state;

	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(store_limiter_take(l, STORE_LIMIT_ENROL, account, owner, 5), 0);
		store_limiter_give(l, STORE_LIMIT_ENROL, account, owner);
	}
}

static unsigned
guesses(struct store_limiter *l, struct view client, uint64_t now_ms)
{
	unsigned n = 0;
	while (n < 1000 && store_limiter_login(l, account, client, now_ms) == 0)
		n++;
	return n;
}

static void
test_one_client_guesses(void **state)
{
	assert_int_equal(guesses(*state, owner, 1), 10);
}

/* Many strangers use up the account's own bucket; the owner, at a new place, still has its tries, and then is known. */
static void
test_strangers_do_not_keep_the_owner_out(void **state)
{
	struct store_limiter *l = *state;
	unsigned all = 0;
	uint8_t bytes[4];

	for (uint32_t i = 0; i < 100; i++)
		all += guesses(l, stranger(i, bytes), 1);
	assert_in_range(all, 200, 230);   /* each its first two, and 30 in all */
	assert_int_equal(store_limiter_login(l, account, owner, 1), 0);
	store_limiter_login_right(l, account, owner, 1);
	assert_int_equal(guesses(l, owner, 2), 10);
	/* an unknown client's third try is refused while the strangers go on */
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(store_limiter_login(l, account, stranger(5000, bytes), 2), 0);
	assert_int_equal(store_limiter_login(l, account, stranger(5000, bytes), 2), ERR_BUSY);
}

/* The owner was known; a restart forgets that, in the middle of an attack. One slip, and the owner is in, and known again. */
static void
test_restart_keeps_nobody_out(void **state)
{
	struct store_limiter *l = *state, *after = store_limiter_new();
	uint8_t bytes[4];

	store_limiter_login_right(l, account, owner, 1);
	for (uint32_t i = 0; i < 100; i++) {
		(void)guesses(l, stranger(i, bytes), 2);
		(void)guesses(after, stranger(i, bytes), 2);
	}
	assert_int_equal(guesses(l, owner, 3), 10);
	assert_int_equal(store_limiter_login(after, account, owner, 3), 0);
	assert_int_equal(store_limiter_login(after, account, owner, 3), 0);
	store_limiter_login_right(after, account, owner, 3);
	assert_int_equal(guesses(after, owner, 4), 9);
	/* without getting in: one more try in ten minutes, for as long as the attack lasts */
	assert_int_equal(guesses(after, stranger(6000, bytes), 4), 2);
	for (uint32_t i = 0; i < 100; i++)
		(void)guesses(after, stranger(i, bytes), 600004);
	assert_int_equal(guesses(after, stranger(6000, bytes), 600004), 1);
	store_limiter_free(&after);
}

static void
test_right_ones_do_not_count(void **state)
{
	struct store_limiter *l = *state;

	for (unsigned i = 0; i < 500; i++) {
		assert_int_equal(store_limiter_login(l, account, owner, 1), 0);
		store_limiter_login_right(l, account, owner, 1);
	}
}

static void
test_one_client_walks_through_accounts(void **state)
{
	struct store_limiter *l = *state;
	unsigned n = 0;
	char name[16];

	for (;; n++) {
		(void)snprintf(name, sizeof(name), "%u", n);
		if (n == 1000 || store_limiter_login(l, view_str(name), owner, 1) != 0)
			break;
	}
	assert_int_equal(n, 100);
}

/* More subjects than buckets: still works, and a bucket just used up is not the one that gives way. */
static void
test_full_table(void **state)
{
	struct store_limiter *l = *state;
	uint8_t bytes[4];

	while (store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, account, owner, 1000) == 0)
		continue;
	for (uint32_t i = 0; i < 200000; i++)
		assert_int_equal(store_limiter_take(l, STORE_LIMIT_PARAMETERS, none, stranger(i, bytes), 1000), 0);
	assert_int_equal(store_limiter_take(l, STORE_LIMIT_REGISTER_MAIL, account, owner, 1000), ERR_BUSY);
}

static void
test_client_prefix(void **state)
{
	uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1 };
	uint8_t six[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 7, 9, 9, 9, 9, 9, 9, 9, 9 };

	(void)state;
	assert_true(view_equal(store_limiter_client(view_of(mapped, 16)), owner));
	assert_true(view_equal(store_limiter_client(owner), owner));
	assert_true(view_equal(store_limiter_client(view_of(six, 16)), view_of(six, 8)));
	assert_int_equal(store_limiter_client(none).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_burst_then_interval, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_given_back_can_be_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_client_guesses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers_do_not_keep_the_owner_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart_keeps_nobody_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_right_ones_do_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_client_walks_through_accounts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_table, setup, teardown),
		cmocka_unit_test(test_client_prefix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
