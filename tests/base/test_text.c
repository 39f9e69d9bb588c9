/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/text.h"

/* The vectors of RFC 4648 section 10, in our spellings. */
static const struct {
	const char *bytes, *base32, *base64, *base64url, *hex;
} VECTORS[] = {
	{ "", "", "", "", "" },
	{ "f", "my", "Zg==", "Zg", "66" },
	{ "fo", "mzxq", "Zm8=", "Zm8", "666f" },
	{ "foo", "mzxw6", "Zm9v", "Zm9v", "666f6f" },
	{ "foob", "mzxw6yq", "Zm9vYg==", "Zm9vYg", "666f6f62" },
	{ "fooba", "mzxw6ytb", "Zm9vYmE=", "Zm9vYmE", "666f6f6261" },
	{ "foobar", "mzxw6ytboi", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172" },
	{ "\xfb\xff\xfe", "7p774", "+//+", "-__-", "fbfffe" },
};
#define VECTORS_N (sizeof(VECTORS) / sizeof(VECTORS[0]))

static void
assert_buf(struct buf *b, const char *expected)
{
	assert_true(view_equal_str(buf_view(b), expected));
	buf_clear(b);
}

static void
encodings_follow_the_rfc(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 64);
	for (size_t i = 0; i < VECTORS_N; i++) {
		char out[64];
		struct view v = view_str(VECTORS[i].bytes);
		text_base32(v, out);
		assert_string_equal(out, VECTORS[i].base32);
		assert_int_equal(strlen(out), TEXT_BASE32_LEN(v.len));
		text_hex(v, out);
		assert_string_equal(out, VECTORS[i].hex);
		assert_int_equal(text_base64(&b, v), 0);
		assert_int_equal(b.len, TEXT_BASE64_LEN(v.len));
		assert_buf(&b, VECTORS[i].base64);
		assert_int_equal(text_base64url(&b, v), 0);
		assert_int_equal(b.len, TEXT_BASE64URL_LEN(v.len));
		assert_buf(&b, VECTORS[i].base64url);
	}
	buf_deinit(&b);
}

static void
decoders_reverse_them(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 64);
	for (size_t i = 0; i < VECTORS_N; i++) {
		char out[16] = "";
		size_t n = strlen(VECTORS[i].bytes);
		assert_int_equal(text_unbase32(view_str(VECTORS[i].base32), out, n), 0);
		assert_memory_equal(out, VECTORS[i].bytes, n);
		assert_int_equal(text_unhex(view_str(VECTORS[i].hex), out, n), 0);
		assert_memory_equal(out, VECTORS[i].bytes, n);
		assert_int_equal(text_unbase64(view_str(VECTORS[i].base64), &b), 0);
		assert_buf(&b, VECTORS[i].bytes);
		assert_int_equal(text_unbase64url(view_str(VECTORS[i].base64url), &b), 0);
		assert_buf(&b, VECTORS[i].bytes);
	}
	buf_deinit(&b);
}

/* Every text of one value: of all texts of this length over the alphabet, one alone decodes to each value. */
static void
two_digits_have_one_spelling(void **state)
{
	(void)state;
	size_t base32 = 0, base64 = 0, base64url = 0, hex = 0;
	struct buf b;
	buf_init(&b, 64);
	for (unsigned x = 0; x < 256; x++) {
		for (unsigned y = 0; y < 256; y++) {
			const uint8_t text[] = { (uint8_t)x, (uint8_t)y, '=', '=' };
			uint8_t out;
			base32 += text_unbase32(view_of(text, 2), &out, 1) == 0;
			hex += text_unhex(view_of(text, 2), &out, 1) == 0;
			base64 += text_unbase64(view_of(text, 4), &b) == 0;
			base64url += text_unbase64url(view_of(text, 2), &b) == 0;
			buf_clear(&b);
		}
	}
	assert_int_equal(base32, 256);
	assert_int_equal(hex, 256);
	assert_int_equal(base64, 256);
	assert_int_equal(base64url, 256);
	buf_deinit(&b);
}

static void
other_spellings_are_refused(void **state)
{
	(void)state;
	static const char *const BASE64[] = { "Zg", "Zg=", "Zg===", "Z", "Z===", "====", "==", "=", "Zh==", "Zm9=", "Zm9w\n", "Zm 9", "Zg==Zg==",
		"-__-", "Zm9v====", "Zg=a", "Z=g=" };
	static const char *const BASE64URL[] = { "Zg==", "Z", "Zh", "Zm9", "Zm9vY", "+//+", "Zm9v ", "Zm9v=" };
	static const char *const BASE32[] = { "m", "mz", "MY", "my======", "m1", "m8", "m0", " my", "myaaaaaa" };
	static const char *const HEX[] = { "6", "6F", "6g", "0x", "660", " 6", "+6", "6666" };
	struct buf b;
	uint8_t out[1];
	buf_init(&b, 64);
	for (size_t i = 0; i < sizeof(BASE64) / sizeof(BASE64[0]); i++)
		if (text_unbase64(view_str(BASE64[i]), &b) != ERR_SYNTAX)
			fail_msg("accepted base64 %s", BASE64[i]);
	for (size_t i = 0; i < sizeof(BASE64URL) / sizeof(BASE64URL[0]); i++)
		if (text_unbase64url(view_str(BASE64URL[i]), &b) != ERR_SYNTAX)
			fail_msg("accepted base64url %s", BASE64URL[i]);
	assert_int_equal(b.len, 0);
	for (size_t i = 0; i < sizeof(BASE32) / sizeof(BASE32[0]); i++)
		if (text_unbase32(view_str(BASE32[i]), out, 1) != ERR_SYNTAX)
			fail_msg("accepted base32 %s", BASE32[i]);
	for (size_t i = 0; i < sizeof(HEX) / sizeof(HEX[0]); i++)
		if (text_unhex(view_str(HEX[i]), out, 1) != ERR_SYNTAX)
			fail_msg("accepted hex %s", HEX[i]);
	buf_deinit(&b);
}

static void
base64_honours_the_maximum(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 5);
	assert_int_equal(text_base64(&b, VIEW_LIT("1234")), ERR_LIMIT);
	assert_int_equal(text_unbase64(VIEW_LIT("MTIzNDU2"), &b), ERR_LIMIT);
	assert_int_equal(b.len, 0);
	assert_int_equal(text_unbase64(VIEW_LIT("MTIzNDU="), &b), 0);
	assert_buf(&b, "12345");
	buf_deinit(&b);
}

static void
numbers_are_plain_decimal(void **state)
{
	(void)state;
	static const char *const BAD[] = { "", " 1", "1 ", "+1", "-1", "01", "00", "0x1", "1e3", "1.0", "\xd9\xa1" };
	uint64_t v = 7;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(text_u64(view_str(BAD[i]), UINT64_MAX, &v), ERR_SYNTAX);
	assert_int_equal(text_u64(VIEW_LIT("1\0"), UINT64_MAX, &v), ERR_SYNTAX);
	assert_int_equal(text_u64(VIEW_LIT("18446744073709551616"), UINT64_MAX, &v), ERR_LIMIT);
	assert_int_equal(text_u64(VIEW_LIT("99999999999999999999999"), UINT64_MAX, &v), ERR_LIMIT);
	assert_int_equal(text_u64(VIEW_LIT("11"), 10, &v), ERR_LIMIT);
	assert_int_equal(v, 7);
	assert_int_equal(text_u64(VIEW_LIT("0"), 0, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(text_u64(VIEW_LIT("18446744073709551615"), UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
}

static void
utf8_is_what_rfc_3629_says(void **state)
{
	(void)state;
	static const char *const GOOD[] = { "", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", ("Gr\xc3\xbc\xc3\x9f" "e \xf0\x9f\x93\xa6") };
	static const char *const BAD[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2g", "\xc2\xc2", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82",
		"\xe2\x82g", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "a\xc3", "\xed\xa0\xbd\xed\xb3\xa6" };
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++)
		assert_true(text_is_utf8(view_str(GOOD[i])));
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_false(text_is_utf8(view_str(BAD[i])));
	assert_true(text_is_utf8(VIEW_LIT("a\0b")));
	/* A form that would go on beyond the end of the view. */
	assert_false(text_is_utf8(view_of("\xe2\x82\xac", 2)));
}

static void
every_code_point_is_read_back(void **state)
{
	(void)state;
	for (int32_t c = 0x800; c <= 0xffff; c++) {
		const uint8_t bytes[] = { (uint8_t)(0xe0 | c >> 12), (uint8_t)(0x80 | (c >> 6 & 0x3f)), (uint8_t)(0x80 | (c & 0x3f)) };
		struct view v = view_of(bytes, sizeof(bytes));
		bool is_surrogate = c >= 0xd800 && c <= 0xdfff;
		assert_int_equal(text_next_codepoint(&v), is_surrogate ? -1 : c);
		assert_int_equal(v.len, is_surrogate ? 2 : 0);
	}
}

static void
next_code_point_moves_on(void **state)
{
	(void)state;
	struct view v = VIEW_LIT("\xc3\xa4\xff\xf0\x9f\x93\xa6z\xe2\x82");
	assert_int_equal(text_next_codepoint(&v), 0xe4);
	assert_int_equal(text_next_codepoint(&v), -1);
	assert_int_equal(text_next_codepoint(&v), 0x1f4e6);
	assert_int_equal(text_next_codepoint(&v), 'z');
	assert_int_equal(text_next_codepoint(&v), -1);
	assert_int_equal(v.len, 1);
	assert_int_equal(text_next_codepoint(&v), -1);
	assert_int_equal(v.len, 0);
	assert_int_equal(text_next_codepoint(&v), -1);
}

static void
controls_are_found(void **state)
{
	(void)state;
	assert_false(text_has_control(VIEW_LIT("")));
	assert_false(text_has_control(VIEW_LIT("Stra\xc3\x9f" "e \xc2\xa0 \xf0\x9f\x93\xa6 ~")));
	assert_true(text_has_control(VIEW_LIT("a\0")));
	assert_true(text_has_control(VIEW_LIT("a\tb")));
	assert_true(text_has_control(VIEW_LIT("a\x1f")));
	assert_true(text_has_control(VIEW_LIT("\x7f")));
	assert_true(text_has_control(VIEW_LIT("\xc2\x80")));
	assert_true(text_has_control(VIEW_LIT("\xc2\x9f")));
	assert_true(text_has_control(VIEW_LIT("\x9b" "31m")));
}

static void
escaping_is_safe_and_readable(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 200);
	assert_int_equal(text_escape(&b, VIEW_LIT("Gr\xc3\xbc\xc3\x9f" "e \\ \xf0\x9f\x93\xa6")), 0);
	assert_buf(&b, "Gr\xc3\xbc\xc3\x9f" "e \\ \xf0\x9f\x93\xa6");
	assert_int_equal(text_escape(&b, VIEW_LIT("a\0\n\x1b[0m\x7f\xc2\x9b\xff\xc3")), 0);
	assert_buf(&b, "a\\x00\\x0a\\x1b[0m\\x7f\\u{9b}\\xff\\xc3");
	assert_int_equal(text_escape(&b, VIEW_LIT("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9")), 0);
	assert_buf(&b, "\\u{61c}\\u{200e}\\u{200f}\\u{2028}\\u{202e}\\u{2066}\\u{2069}");
	buf_deinit(&b);
}

static void
escaped_text_holds_no_control(void **state)
{
	(void)state;
	uint8_t all[256 * 2];
	struct buf b;
	buf_init(&b, 10000);
	for (size_t i = 0; i < 256; i++) {
		all[2 * i] = (uint8_t)i;
		all[2 * i + 1] = (uint8_t)(255 - i);
	}
	assert_int_equal(text_escape(&b, view_of(all, sizeof(all))), 0);
	assert_false(text_has_control(buf_view(&b)));
	assert_true(text_is_utf8(buf_view(&b)));
	buf_deinit(&b);
}

static void
escaping_that_does_not_fit_changes_nothing(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8);
	assert_int_equal(buf_append_str(&b, "abc"), 0);
	assert_int_equal(text_escape(&b, VIEW_LIT("x\n\n")), ERR_LIMIT);
	assert_buf(&b, "abc");
	buf_deinit(&b);
}

static void
controls_are_left_out(void **state)
{
	(void)state;
	uint8_t out[16];
	struct view all = view_of("\0\x1f a\t\n\r\x7f\xc2\x80", 10);
	size_t n = text_strip_controls(all, out);
	assert_true(view_equal(view_of(out, n), VIEW_LIT(" a\t\n\x7f\xc2\x80")));
	assert_int_equal(text_strip_controls(view_of(NULL, 0), out), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_are_left_out),
		cmocka_unit_test(encodings_follow_the_rfc),
		cmocka_unit_test(decoders_reverse_them),
		cmocka_unit_test(two_digits_have_one_spelling),
		cmocka_unit_test(other_spellings_are_refused),
		cmocka_unit_test(base64_honours_the_maximum),
		cmocka_unit_test(numbers_are_plain_decimal),
		cmocka_unit_test(utf8_is_what_rfc_3629_says),
		cmocka_unit_test(every_code_point_is_read_back),
		cmocka_unit_test(next_code_point_moves_on),
		cmocka_unit_test(controls_are_found),
		cmocka_unit_test(escaping_is_safe_and_readable),
		cmocka_unit_test(escaped_text_holds_no_control),
		cmocka_unit_test(escaping_that_does_not_fit_changes_nothing),
	};
	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
