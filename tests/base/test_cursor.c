/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/cursor.h"

static void
reads_what_is_there(void **state)
{
	(void)state;
	static const uint8_t BYTES[] = { 'P', 'V', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0, 2, 'h', 'i', 'x', 'y' };
	struct cursor c = cursor_of(view_of(BYTES, sizeof(BYTES)));
	cursor_expect(&c, VIEW_LIT("PV"));
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u32(&c), 0x04050607);
	assert_true(cursor_u64(&c) == 0x08090a0b0c0d0e0f);
	assert_true(view_equal_str(cursor_block(&c, 2), "hi"));
	char out[2];
	assert_false(cursor_is_empty(&c));
	cursor_copy(&c, out, 2);
	assert_memory_equal(out, "xy", 2);
	assert_true(cursor_is_empty(&c));
	assert_int_equal(cursor_end(&c), 0);
}

static void
short_read_is_sticky(void **state)
{
	(void)state;
	static const uint8_t BYTES[] = { 1, 2, 3 };
	struct cursor c = cursor_of(view_of(BYTES, sizeof(BYTES)));
	uint8_t out[2] = { 9, 9 };
	assert_int_equal(cursor_u32(&c), 0);
	/* The three bytes are still there, but nothing may be read any more. */
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_bytes(&c, 0).len, 0);
	cursor_copy(&c, out, 2);
	assert_int_equal(out[0] | out[1], 0);
	/* A loop until it is empty ends. */
	assert_true(cursor_is_empty(&c));
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
}

static void
rest_is_an_error(void **state)
{
	(void)state;
	struct cursor c = cursor_of(VIEW_LIT("ab"));
	assert_int_equal(cursor_u8(&c), 'a');
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
	assert_int_equal(cursor_u8(&c), 'b');
	assert_int_equal(cursor_end(&c), 0);
}

static void
block_limits_hold(void **state)
{
	(void)state;
	static const uint8_t LONG[] = { 0, 0, 0, 3, 'a', 'b', 'c' };
	static const uint8_t LIAR[] = { 0xff, 0xff, 0xff, 0xff, 'a' };
	struct cursor c = cursor_of(view_of(LONG, sizeof(LONG)));
	assert_int_equal(cursor_block(&c, 2).len, 0);
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
	c = cursor_of(view_of(LIAR, sizeof(LIAR)));
	assert_int_equal(cursor_block(&c, SIZE_MAX).len, 0);
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
	c = cursor_of(view_of(LONG, sizeof(LONG)));
	assert_int_equal(cursor_bytes(&c, SIZE_MAX).len, 0);
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
}

static void
wrong_magic_fails(void **state)
{
	(void)state;
	struct cursor c = cursor_of(VIEW_LIT("PW"));
	cursor_expect(&c, VIEW_LIT("PV"));
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
	c = cursor_of(VIEW_LIT("P"));
	cursor_expect(&c, VIEW_LIT("PV"));
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
}

static void
empty_and_failed(void **state)
{
	(void)state;
	struct cursor c = cursor_of(view_of(NULL, 0));
	assert_int_equal(cursor_bytes(&c, 0).len, 0);
	cursor_copy(&c, NULL, 0);
	assert_int_equal(cursor_end(&c), 0);
	cursor_fail(&c);
	assert_int_equal(cursor_end(&c), ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_there),
		cmocka_unit_test(short_read_is_sticky),
		cmocka_unit_test(rest_is_an_error),
		cmocka_unit_test(block_limits_hold),
		cmocka_unit_test(wrong_magic_fails),
		cmocka_unit_test(empty_and_failed),
	};
	return cmocka_run_group_tests_name("base/cursor", tests, NULL, NULL);
}
