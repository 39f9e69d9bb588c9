/* SPDX-License-Identifier: MIT */
/*
 * Guards courier/gate and courier/reply: nothing that could end a line reaches the relay, nothing of the relay's that could
 * harm or tell on somebody is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "courier/gate.h"
#include "courier/reply.h"

static void
test_arguments(void **state)
{
	char out[16];
	(void)state;
	static const char *const bad[] = {
		"a\r\nRCPT", "a\rb", "a\nb", "a b", "a\tb", "<a", "a>", "\x01", "a\x7f", " ", "\r", "\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gate_argument(view_str(bad[i]), out, sizeof(out)), ERR_SYNTAX);
	assert_int_equal(gate_argument(VIEW_LIT("a\0b"), out, sizeof(out)), ERR_SYNTAX);
	assert_int_equal(gate_argument(VIEW_LIT("0123456789abcdef"), out, sizeof(out)), ERR_LIMIT);
	assert_int_equal(gate_argument(VIEW_LIT("0123456789abcde"), out, sizeof(out)), 0);
	assert_string_equal(out, "0123456789abcde");
	assert_int_equal(gate_argument(VIEW_LIT("j\xc3\xbc@b.de"), out, sizeof(out)), 0);
	assert_string_equal(out, "j\xc3\xbc@b.de");
	assert_int_equal(gate_argument(view_of(NULL, 0), out, sizeof(out)), 0);
	assert_string_equal(out, "");
}

static void
test_messages(void **state)
{
	(void)state;
	assert_int_equal(gate_message(VIEW_LIT("a\r\n")), 0);
	assert_int_equal(gate_message(VIEW_LIT("\r\n")), 0);
	assert_int_equal(gate_message(VIEW_LIT("a: b\r\n\r\n.\r\n..\r\n")), 0);
	static const char *const bad[] = { "", "a", "a\r", "a\n", "a\nb\r\n", "a\rb\r\n", "a\r\r\n", "\n\r\n", "a\r\n.\n\r\n", "a\r\nb" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(gate_message(view_str(bad[i])), ERR_SYNTAX);
	assert_int_equal(gate_message(VIEW_LIT("a\0\r\n")), ERR_SYNTAX);

	char *line = mem_alloc(1002);
	memset(line, 'x', 1000);
	memcpy(line + 998, "\r\n", 2);
	assert_int_equal(gate_message(view_of(line, 1000)), 0);
	memcpy(line + 998, "x\r\n", 3);
	assert_int_equal(gate_message(view_of(line, 1001)), ERR_LIMIT);
	mem_free(&line);
}

static void
test_replies(void **state)
{
	struct mail_address to;
	(void)state;
	assert_int_equal(mail_address_parse(VIEW_LIT("anna@example.org"), &to), 0);
	static const struct row {
		const char *words, *enhanced, *text;
	} rows[] = {
		{ "2.0.0 Ok\n", "2.0.0", "Ok" },
		{ "5.1.1", "5.1.1", "" },
		{ "5.123.123 x", "5.123.123", "x" },
		{ "5.1234.1 x", "", "5.1234.1 x" },
		{ "5.1 x", "", "5.1 x" },
		{ "5.1.1x", "", "5.1.1x" },
		{ "12.1.1 x", "", "12.1.1 x" },
		{ "", "", "" },
		{ "Anna has left, anna. annabel stays", "", "(address) has left, (address) annabel stays" },
		{ "<anna@example.org> and <x@y>", "", "<(address)> and <(address)>" },
		{ "\x1b]0;x\x07 a\tb", "", "]0;x a b" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reply r = reply_of(550, view_str(rows[i].words), &to);
		assert_int_equal(r.code, 550);
		assert_string_equal(r.enhanced, rows[i].enhanced);
		assert_string_equal(r.text, rows[i].text);
	}
	assert_int_equal(reply_of(600, VIEW_LIT("x"), NULL).code, 0);
	assert_int_equal(reply_of(-1, VIEW_LIT("x"), NULL).code, 0);
	assert_string_equal(reply_of(250, VIEW_LIT("anna"), NULL).text, "anna");
}

static void
test_long_replies(void **state)
{
	(void)state;
	char *words = mem_alloc(20001);
	for (size_t i = 0; i < 20000; i += 2)
		memcpy(words + i, i % 100 == 98 ? "@ " : "\xc3\xa4", 2);
	struct reply r = reply_of(250, view_str(words), NULL);
	assert_true(strlen(r.text) <= REPLY_TEXT_LEN);
	memset(words, '\xff', 20000);
	r = reply_of(250, view_str(words), NULL);
	assert_int_equal(strlen(r.text), REPLY_TEXT_LEN);
	assert_int_equal(r.text[0], '?');
	r = reply_none(words);
	assert_int_equal(strlen(r.text), REPLY_TEXT_LEN);
	mem_free(&words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_long_replies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
