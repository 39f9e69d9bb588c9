/* SPDX-License-Identifier: MIT */
/* http/date.h, http/token.h, http/cookie.h, http/range.h: single header fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http/cookie.h"
#include "http/date.h"
#include "http/range.h"
#include "http/token.h"

static void
test_date(void **state)
{
	(void)state;
	char ours[HTTP_DATE_LEN + 1], theirs[64];
	http_date(784111777999ULL, ours);
	assert_string_equal(ours, "Sun, 06 Nov 1994 08:49:37 GMT");
	for (uint64_t t = 0; t < 8000000000ULL; t += 86399ULL * 97) {
		time_t seconds = (time_t)t;
		struct tm tm;
		http_date(t * 1000, ours);
		gmtime_r(&seconds, &tm);
		strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		assert_string_equal(ours, theirs);
	}
}

static void
test_token(void **state)
{
	(void)state;
	static const struct { const char *field; int err; const char *token; } ROWS[] = {
		{ NULL, ERR_NOT_FOUND, NULL }, { "Bearer abc-._~+/=", 0, "abc-._~+/=" }, { "bearer abc", 0, "abc" }, { "BEARER  abc", 0, "abc" },
		{ "Bearer", ERR_SYNTAX, NULL }, { "Bearer ", ERR_SYNTAX, NULL }, { "Basic abc", ERR_SYNTAX, NULL }, { "Bearerabc", ERR_SYNTAX, NULL },
		{ "Bearer a b", ERR_SYNTAX, NULL }, { "Bearer a,b", ERR_SYNTAX, NULL }, { "Bearer =", ERR_SYNTAX, NULL }, { "Bearer a=b", ERR_SYNTAX, NULL },
		{ "", ERR_SYNTAX, NULL }, { "Bearer \"abc\"", ERR_SYNTAX, NULL },
	};
	struct view token;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct view field = ROWS[i].field == NULL ? view_of(NULL, 0) : view_of(ROWS[i].field, strlen(ROWS[i].field));
		if (http_token_bearer(field, &token) != ROWS[i].err)
			fail_msg("%s", ROWS[i].field);
		if (ROWS[i].err == 0)
			assert_true(view_equal_str(token, ROWS[i].token));
	}
	char long_one[HTTP_TOKEN_MAX + 10];
	memset(long_one, 'a', sizeof(long_one));
	memcpy(long_one, "Bearer ", 7);
	assert_int_equal(http_token_bearer(view_of(long_one, HTTP_TOKEN_MAX + 7), &token), 0);
	assert_int_equal(http_token_bearer(view_of(long_one, HTTP_TOKEN_MAX + 8), &token), ERR_SYNTAX);
}

static void
test_cookie(void **state)
{
	(void)state;
	static const struct { const char *field; int err; const char *value; } ROWS[] = {
		{ "s=abc", 0, "abc" }, { "a=b; s=abc; c=d", 0, "abc" }, { "a=b;s=abc", 0, "abc" }, { "s=", 0, "" }, { "s=a=b", 0, "a=b" },
		{ "", ERR_NOT_FOUND, NULL }, { "a=b", ERR_NOT_FOUND, NULL }, { "xs=a", ERR_NOT_FOUND, NULL }, { "S=a", ERR_NOT_FOUND, NULL },
		{ "s", ERR_NOT_FOUND, NULL }, { "s =a", ERR_NOT_FOUND, NULL }, { "s=a; s=b", ERR_SYNTAX, NULL }, { "s=\"a\"", ERR_SYNTAX, NULL },
		{ "s=a b", ERR_SYNTAX, NULL }, { "s=a\\b", ERR_SYNTAX, NULL }, { "other=\"we,ird\"; s=ok", 0, "ok" },
	};
	struct view value;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		if (http_cookie_find(view_str(ROWS[i].field), "s", &value) != ROWS[i].err)
			fail_msg("%s", ROWS[i].field);
		if (ROWS[i].err == 0)
			assert_true(view_equal_str(value, ROWS[i].value));
	}
	assert_int_equal(http_cookie_find(view_of(NULL, 0), "s", &value), ERR_NOT_FOUND);
}

static void
test_range(void **state)
{
	(void)state;
	static const struct { const char *range; const char *if_range; uint64_t size; enum http_range_kind kind; uint64_t offset, length; } ROWS[] = {
		{ NULL, NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9", NULL, 100, HTTP_RANGE_PART, 0, 10 },
		{ "Bytes=0-9", NULL, 100, HTTP_RANGE_PART, 0, 10 },
		{ "bytes=90-", NULL, 100, HTTP_RANGE_PART, 90, 10 },
		{ "bytes=90-1000", NULL, 100, HTTP_RANGE_PART, 90, 10 },
		{ "bytes=99-99", NULL, 100, HTTP_RANGE_PART, 99, 1 },
		{ "bytes=-10", NULL, 100, HTTP_RANGE_PART, 90, 10 },
		{ "bytes=-1000", NULL, 100, HTTP_RANGE_PART, 0, 100 },
		{ "bytes=0-18446744073709551615", NULL, 100, HTTP_RANGE_PART, 0, 100 },
		{ "bytes=100-", NULL, 100, HTTP_RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=0-", NULL, 0, HTTP_RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=-0", NULL, 100, HTTP_RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=-5", NULL, 0, HTTP_RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=9-0", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9,20-29", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=-", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=a-b", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes= 0-9", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=99999999999999999999-", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "lines=0-9", NULL, 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9", "\"tag\"", 100, HTTP_RANGE_PART, 0, 10 },
		{ "bytes=0-9", "\"other\"", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9", "W/\"tag\"", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9", "Sun, 06 Nov 1994 08:49:37 GMT", 100, HTTP_RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9", "", 100, HTTP_RANGE_WHOLE, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct view range = view_str(ROWS[i].range), if_range = view_str(ROWS[i].if_range);
		struct http_range r = http_range_of(range, if_range, VIEW_LIT("\"tag\""), ROWS[i].size);
		if (r.kind != ROWS[i].kind || r.offset != ROWS[i].offset || r.length != ROWS[i].length)
			fail_msg("%s %s", ROWS[i].range, ROWS[i].if_range);
	}
}

static void
test_if_none_match(void **state)
{
	(void)state;
	struct view tag = VIEW_LIT("\"tag\"");
	assert_false(http_range_is_match(view_of(NULL, 0), tag));
	assert_true(http_range_is_match(VIEW_LIT("\"tag\""), tag));
	assert_true(http_range_is_match(VIEW_LIT("W/\"tag\""), tag));
	assert_true(http_range_is_match(VIEW_LIT("\"a\", \"tag\" ,\"b\""), tag));
	assert_true(http_range_is_match(VIEW_LIT("*"), tag));
	assert_false(http_range_is_match(VIEW_LIT("\"a\""), tag));
	assert_false(http_range_is_match(VIEW_LIT(""), tag));
	assert_false(http_range_is_match(VIEW_LIT("tag"), tag));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date), cmocka_unit_test(test_token), cmocka_unit_test(test_cookie), cmocka_unit_test(test_range),
		cmocka_unit_test(test_if_none_match),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
