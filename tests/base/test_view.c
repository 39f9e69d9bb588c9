/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/view.h"

static const struct view EMPTY = { NULL, 0 };

static void
slices_stay_inside(void **state)
{
	(void)state;
	struct view v = VIEW_LIT("abcdef");
	assert_true(view_equal_str(view_slice(v, 2, 3), "cde"));
	assert_true(view_equal_str(view_slice(v, 4, 100), "ef"));
	assert_true(view_equal_str(view_slice(v, 4, SIZE_MAX), "ef"));
	assert_int_equal(view_slice(v, 6, 1).len, 0);
	assert_int_equal(view_slice(v, SIZE_MAX, SIZE_MAX).len, 0);
	assert_int_equal(view_slice(EMPTY, 0, 1).len, 0);
}

static void
equality(void **state)
{
	(void)state;
	assert_true(view_equal(VIEW_LIT("a\0b"), VIEW_LIT("a\0b")));
	assert_false(view_equal(VIEW_LIT("a\0b"), VIEW_LIT("a\0c")));
	assert_false(view_equal(VIEW_LIT("a"), VIEW_LIT("ab")));
	assert_true(view_equal(EMPTY, VIEW_LIT("")));
	assert_true(view_equal_str(EMPTY, NULL));
	assert_true(view_equal_nocase(VIEW_LIT("Content-Length"), VIEW_LIT("cONTENT-lENGTH")));
	assert_false(view_equal_nocase(VIEW_LIT("a@"), VIEW_LIT("a`")));
	assert_false(view_equal_nocase(VIEW_LIT("\xc4"), VIEW_LIT("\xe4")));
	assert_false(view_equal_nocase(VIEW_LIT("a"), VIEW_LIT("ab")));
}

static void
prefixes_and_order(void **state)
{
	(void)state;
	assert_true(view_starts(VIEW_LIT("abc"), VIEW_LIT("ab")));
	assert_true(view_starts(VIEW_LIT("abc"), EMPTY));
	assert_false(view_starts(VIEW_LIT("a"), VIEW_LIT("ab")));
	assert_true(view_compare(VIEW_LIT("a"), VIEW_LIT("b")) < 0);
	assert_true(view_compare(VIEW_LIT("a"), VIEW_LIT("ab")) < 0);
	assert_true(view_compare(VIEW_LIT("b"), VIEW_LIT("ab")) > 0);
	assert_true(view_compare(VIEW_LIT("\x80"), VIEW_LIT("a")) > 0);
	assert_int_equal(view_compare(VIEW_LIT("ab"), VIEW_LIT("ab")), 0);
	assert_int_equal(view_compare(EMPTY, EMPTY), 0);
}

static void
finding(void **state)
{
	(void)state;
	assert_int_equal(view_find(VIEW_LIT("a\0b"), 0), 1);
	assert_int_equal(view_find(VIEW_LIT("abc"), 'c'), 2);
	assert_int_equal(view_find(VIEW_LIT("abc"), 'x'), 3);
	assert_int_equal(view_find(EMPTY, 'x'), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_stay_inside),
		cmocka_unit_test(equality),
		cmocka_unit_test(prefixes_and_order),
		cmocka_unit_test(finding),
	};
	return cmocka_run_group_tests_name("base/view", tests, NULL, NULL);
}
