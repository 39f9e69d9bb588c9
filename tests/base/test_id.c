/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/id.h"

static void
text_round_trip(void **state)
{
	(void)state;
	struct id id, back;
	for (size_t i = 0; i < ID_BYTES; i++)
		id.bytes[i] = (uint8_t)(i * 17 + 3);
	struct id_text text = id_text(&id);
	assert_int_equal(strlen(text.s), ID_TEXT_LEN);
	assert_int_equal(id_parse(view_str(text.s), &back), 0);
	assert_true(id_equal(&id, &back));
	back.bytes[15] ^= 1;
	assert_false(id_equal(&id, &back));
}

static void
known_text(void **state)
{
	(void)state;
	struct id id;
	assert_int_equal(id_parse(VIEW_LIT("777777777777777777777777" "74"), &id), 0);
	for (size_t i = 0; i < ID_BYTES; i++)
		assert_int_equal(id.bytes[i], 0xff);
	memset(&id, 0, sizeof(id));
	assert_string_equal(id_text(&id).s, "aaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_true(id_is_none(&id));
	id.bytes[7] = 1;
	assert_false(id_is_none(&id));
}

static void
one_spelling_only(void **state)
{
	(void)state;
	static const char *const BAD[] = {
		"", "aaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAAAAAAAAAAAAA",
		/* stray bits behind the 128th */
		"aaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaac", "77777777777777777777777777",
		"aaaaaaaaaaaa aaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaa=", "aaaaaaaaaaaaa1aaaaaaaaaaaa", "aaaaaaaaaaaaa0aaaaaaaaaaaa",
	};
	struct id id;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(id_parse(view_str(BAD[i]), &id), ERR_SYNTAX);
}

static void
bytes_are_exactly_sixteen(void **state)
{
	(void)state;
	uint8_t bytes[17] = { 1, 2, 3 };
	struct id id;
	assert_int_equal(id_from_view(view_of(bytes, 15), &id), ERR_SYNTAX);
	assert_int_equal(id_from_view(view_of(bytes, 17), &id), ERR_SYNTAX);
	assert_int_equal(id_from_view(view_of(NULL, 0), &id), ERR_SYNTAX);
	assert_int_equal(id_from_view(view_of(bytes, 16), &id), 0);
	assert_true(view_equal(id_view(&id), view_of(bytes, 16)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_round_trip),
		cmocka_unit_test(known_text),
		cmocka_unit_test(one_spelling_only),
		cmocka_unit_test(bytes_are_exactly_sixteen),
	};
	return cmocka_run_group_tests_name("base/id", tests, NULL, NULL);
}
