/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/cursor.h"

static void
grows_to_the_maximum_and_not_beyond(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(buf_append_u8(&b, (uint8_t)i), 0);
		assert_true(b.cap <= b.max);
	}
	assert_int_equal(buf_append_u8(&b, 1), ERR_LIMIT);
	assert_int_equal(b.len, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(b.data[i], (uint8_t)i);
	buf_deinit(&b);
	assert_null(b.data);
	assert_int_equal(b.max, 1000);
}

static void
failed_append_changes_nothing(void **state)
{
	(void)state;
	struct buf b;
	uint8_t *space;
	buf_init(&b, 10);
	assert_int_equal(buf_append_str(&b, "12345678"), 0);
	assert_int_equal(buf_append_str(&b, "abc"), ERR_LIMIT);
	assert_int_equal(buf_append_u32(&b, 1), ERR_LIMIT);
	assert_int_equal(buf_append_u64(&b, 1), ERR_LIMIT);
	assert_int_equal(buf_append_block(&b, VIEW_LIT("")), ERR_LIMIT);
	assert_int_equal(buf_printf(&b, "%d", 123), ERR_LIMIT);
	assert_int_equal(buf_reserve(&b, SIZE_MAX, &space), ERR_LIMIT);
	assert_int_equal(buf_append(&b, "x", SIZE_MAX - 7), ERR_LIMIT);
	assert_true(view_equal_str(buf_view(&b), "12345678"));
	assert_int_equal(buf_append_u16(&b, 0x3930), 0);
	assert_true(view_equal_str(buf_view(&b), "1234567890"));
	buf_deinit(&b);
}

static void
block_that_does_not_fit_leaves_no_length(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8);
	assert_int_equal(buf_append_block(&b, VIEW_LIT("12345")), ERR_LIMIT);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_append_block(&b, VIEW_LIT("1234")), 0);
	struct cursor c = cursor_of(buf_view(&b));
	assert_true(view_equal_str(cursor_block(&c, 4), "1234"));
	assert_int_equal(cursor_end(&c), 0);
	buf_deinit(&b);
}

static void
integers_are_big_endian(void **state)
{
	(void)state;
	static const uint8_t EXPECTED[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct buf b;
	buf_init(&b, 100);
	assert_int_equal(buf_append_u8(&b, 1), 0);
	assert_int_equal(buf_append_u16(&b, 0x0203), 0);
	assert_int_equal(buf_append_u32(&b, 0x04050607), 0);
	assert_int_equal(buf_append_u64(&b, 0x08090a0b0c0d0e0f), 0);
	assert_int_equal(b.len, sizeof(EXPECTED));
	assert_memory_equal(b.data, EXPECTED, sizeof(EXPECTED));
	buf_deinit(&b);
}

static void
printf_fills_to_the_last_byte(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	assert_int_equal(buf_printf(&b, "%s", "12345"), 0);
	assert_int_equal(buf_printf(&b, "%s", "67890"), 0);
	assert_int_equal(buf_printf(&b, "%s", ""), 0);
	assert_true(view_equal_str(buf_view(&b), "1234567890"));
	buf_deinit(&b);
}

static void
reserve_then_commit(void **state)
{
	(void)state;
	struct buf b;
	uint8_t *space;
	buf_init(&b, 100);
	assert_int_equal(buf_reserve(&b, 100, &space), 0);
	memset(space, 'x', 100);
	buf_commit(&b, 3);
	assert_true(view_equal_str(buf_view(&b), "xxx"));
	assert_int_equal(buf_reserve(&b, 98, &space), ERR_LIMIT);
	assert_int_equal(buf_reserve(&b, 0, &space), 0);
	buf_deinit(&b);
}

static void
wipe_overwrites_what_was_there(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100);
	assert_int_equal(buf_append_str(&b, "canary canary"), 0);
	buf_consume(&b, 7);
	buf_wipe(&b);
	assert_int_equal(b.len, 0);
	for (size_t i = 0; i < 13; i++)
		assert_int_equal(b.data[i], 0);
	buf_deinit(&b);
	buf_wipe(&b);
}

static void
consume_and_shrink(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 5000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(buf_append_str(&b, "abcde"), 0);
	buf_consume(&b, 4997);
	assert_true(view_equal_str(buf_view(&b), "cde"));
	buf_shrink(&b);
	assert_int_equal(b.cap, 3);
	assert_true(view_equal_str(buf_view(&b), "cde"));
	assert_int_equal(buf_append_str(&b, "f"), 0);
	buf_consume(&b, 4);
	buf_consume(&b, 0);
	buf_shrink(&b);
	assert_null(b.data);
	assert_int_equal(buf_append(&b, NULL, 0), 0);
	assert_int_equal(b.len, 0);
	buf_deinit(&b);
}

static void
empty_maximum_takes_nothing(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(buf_append_str(&b, ""), 0);
	assert_int_equal(buf_append_str(&b, "a"), ERR_LIMIT);
	buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_to_the_maximum_and_not_beyond),
		cmocka_unit_test(failed_append_changes_nothing),
		cmocka_unit_test(block_that_does_not_fit_leaves_no_length),
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(printf_fills_to_the_last_byte),
		cmocka_unit_test(reserve_then_commit),
		cmocka_unit_test(wipe_overwrites_what_was_there),
		cmocka_unit_test(consume_and_shrink),
		cmocka_unit_test(empty_maximum_takes_nothing),
	};
	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
