/* SPDX-License-Identifier: MIT */
/* The encoder: what it writes a cursor reads back; one error at the end, and the buffer as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cursor.h"
#include "base/encoder.h"

static void
test_round_trip(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_append_str(&b, "before"), 0);
	struct encoder e = encoder_of(&b);
	encoder_u8(&e, 1);
	encoder_u16(&e, 0x0203);
	encoder_u32(&e, 0x04050607);
	encoder_u64(&e, 0x08090a0b0c0d0e0f);
	encoder_bytes(&e, "xy", 2);
	encoder_bytes(&e, NULL, 0);
	encoder_view(&e, VIEW_LIT("z"));
	encoder_block(&e, VIEW_LIT("block"));
	assert_int_equal(encoder_so_far(&e).len, 1 + 2 + 4 + 8 + 3 + 9);
	assert_int_equal(encoder_end(&e), 0);
	struct cursor c = cursor_of(buf_view(&b));
	cursor_expect(&c, VIEW_LIT("before"));
	for (uint8_t i = 1; i <= 15; i++)
		assert_int_equal(cursor_u8(&c), i);
	cursor_expect(&c, VIEW_LIT("xyz"));
	assert_true(view_equal_str(cursor_block(&c, 5), "block"));
	assert_int_equal(cursor_end(&c), 0);
	buf_deinit(&b);
}

static void
test_too_much(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 10);
	assert_int_equal(buf_append_str(&b, "before"), 0);
	struct encoder e = encoder_of(&b);
	encoder_u32(&e, 1);
	encoder_u8(&e, 2);
	encoder_fail(&e, ERR_CRYPTO);
	assert_int_equal(encoder_end(&e), ERR_LIMIT);
	assert_true(view_equal_str(buf_view(&b), "before"));
	buf_deinit(&b);
}

static void
test_foreign_error(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 10);
	struct encoder e = encoder_of(&b);
	encoder_u8(&e, 1);
	encoder_fail(&e, 0);
	encoder_fail(&e, ERR_TRUST);
	encoder_u8(&e, 2);
	assert_int_equal(encoder_end(&e), ERR_TRUST);
	assert_int_equal(b.len, 0);
	buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_foreign_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
