/* SPDX-License-Identifier: MIT */
/* http/head.h: what must be refused, what must pass, and what is taken from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "http/head.h"
#include "http/heads.h"

/* Result of the whole way: end found early or late, then parsed. */
static int
judge(struct view bytes, struct http_head *h, const char **reason)
{
	struct arena *a = arena_new(65536);
	size_t len = 0;
	*reason = "end";
	int err = http_head_find_end(bytes, &len);
	if (err == 0 && len == 0)
		err = 1;                             /* more bytes wanted */
	if (err == 0)
		err = http_head_parse(view_slice(bytes, 0, len), a, h, reason);
	arena_free(&a);
	return err;
}

static void
test_bad_heads(void **state)
{
	(void)state;
	struct http_head h;
	const char *reason;
	assert_true(HEADS_BAD_COUNT >= 60);
	for (size_t i = 0; i < HEADS_BAD_COUNT; i++) {
		int err = judge(HEADS_BAD[i].bytes, &h, &reason);
		if (err != ERR_SYNTAX && err != ERR_LIMIT)
			fail_msg("%s: %d", HEADS_BAD[i].why, err);
	}
}

static void
test_good_heads(void **state)
{
	(void)state;
	struct http_head h;
	const char *reason;
	for (size_t i = 0; i < HEADS_GOOD_COUNT; i++)
		if (judge(HEADS_GOOD[i].bytes, &h, &reason) != 0)
			fail_msg("%s: %s", HEADS_GOOD[i].why, reason);
}

/* Whatever has come of a head so far, it is never taken for whole, and a good one never for bad. */
static void
test_every_prefix(void **state)
{
	(void)state;
	size_t len;
	for (size_t i = 0; i < HEADS_GOOD_COUNT; i++) {
		struct view v = HEADS_GOOD[i].bytes;
		for (size_t n = 0; n < v.len; n++) {
			if (http_head_find_end(view_slice(v, 0, n), &len) != 0 || len != 0)
				fail_msg("%s at %zu", HEADS_GOOD[i].why, n);
		}
		assert_int_equal(http_head_find_end(v, &len), 0);
		assert_int_equal(len, v.len);
	}
}

static void
test_taken_apart(void **state)
{
	(void)state;
	static const char TEXT[] = "PATCH /a%20b/c%C3%A4?x=1&y=%2F HTTP/1.1\r\nhOsT: a.example:8443\r\nContent-Length: 12\r\n"
		"Authorization:  Bearer t \r\nConnection: close\r\nExpect: 100-continue\r\n\r\n";
	struct arena *a = arena_new(65536);
	struct http_head h;
	const char *reason;
	assert_int_equal(http_head_parse(view_str(TEXT), a, &h, &reason), 0);
	assert_int_equal(h.method, HTTP_PATCH);
	assert_int_equal(h.minor, 1);
	assert_true(view_equal_str(h.target, "/a%20b/c%C3%A4?x=1&y=%2F"));
	assert_true(view_equal_str(h.path, "/a b/c\303\244"));
	assert_true(view_equal_str(h.query, "x=1&y=%2F"));
	assert_true(view_equal_str(h.host, "a.example:8443"));
	assert_true(h.has_length);
	assert_int_equal(h.length, 12);
	assert_false(h.is_chunked);
	assert_true(h.is_close);
	assert_true(h.expects_continue);
	assert_int_equal(h.n_fields, 5);
	assert_true(view_equal_str(http_head_field(&h, "authorization"), "Bearer t"));
	assert_null(http_head_field(&h, "cookie").data);
	assert_string_equal(http_head_method_name(HTTP_OPTIONS), "OPTIONS");
	arena_free(&a);
}

static void
test_decode(void **state)
{
	(void)state;
	struct arena *a = arena_new(1000);
	struct view out;
	assert_int_equal(http_head_decode(VIEW_LIT("a%2fb+c"), true, a, &out), 0);
	assert_true(view_equal_str(out, "a/b+c"));
	assert_int_equal(http_head_decode(VIEW_LIT("a%2fb"), false, a, &out), ERR_SYNTAX);
	assert_int_equal(http_head_decode(VIEW_LIT("a%252fb"), false, a, &out), 0);      /* once, not twice */
	assert_true(view_equal_str(out, "a%2fb"));
	assert_int_equal(http_head_decode(VIEW_LIT("%00"), true, a, &out), ERR_SYNTAX);
	assert_int_equal(http_head_decode(VIEW_LIT("%7f"), true, a, &out), ERR_SYNTAX);
	assert_int_equal(http_head_decode(VIEW_LIT("%e4"), true, a, &out), ERR_SYNTAX);
	assert_int_equal(http_head_decode(view_of(NULL, 0), true, a, &out), 0);
	assert_int_equal(out.len, 0);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_heads), cmocka_unit_test(test_good_heads), cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_taken_apart), cmocka_unit_test(test_decode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
