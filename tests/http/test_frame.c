/* SPDX-License-Identifier: MIT */
/* http/frame.h: where bodies end, byte by byte and at once; chunked framing that could be read two ways is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "http/frame.h"

#define CASE(text) { (const uint8_t *)(text), sizeof(text) - 1 }

struct body {
	char bytes[256];
	size_t n;
	int err;
};

static int
take(void *arg, struct view v)
{
	struct body *b = arg;
	assert_true(b->n + v.len <= sizeof(b->bytes));
	memcpy(b->bytes + b->n, v.data, v.len);
	b->n += v.len;
	return b->err;
}

/* Feeds the body in steps. Returns the error, or 0 when complete; used counts what belongs to the request. */
static int
run(bool is_chunked, uint64_t length, struct view body, size_t step, struct body *b, size_t *used)
{
	static const struct view HEADS[2] = { CASE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
		CASE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") };
	struct http_frame *f = http_frame_new(take, b);
	int err = http_frame_head(f, HEADS[is_chunked ? 1 : 0], is_chunked, length);
	*used = 0;
	while (err == 0 && !http_frame_is_complete(f) && *used < body.len) {
		size_t n = 0;
		err = http_frame_feed(f, view_slice(body, *used, step), &n);
		*used += n;
	}
	if (err == 0 && !http_frame_is_complete(f))
		err = 1;
	http_frame_free(&f);
	return err;
}

static void
test_length(void **state)
{
	(void)state;
	for (size_t step = 1; step < 12; step++) {
		struct body b = { .n = 0 };
		size_t used;
		assert_int_equal(run(false, 5, VIEW_LIT("helloGET /"), step, &b, &used), 0);
		assert_int_equal(used, 5);
		assert_int_equal(b.n, 5);
		assert_memory_equal(b.bytes, "hello", 5);
	}
}

static void
test_chunks(void **state)
{
	(void)state;
	static const struct { struct view body; const char *want; size_t used; } ROWS[] = {
		{ CASE("5\r\nhello\r\n0\r\n\r\nGET /"), "hello", 15 },
		{ CASE("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), "hello", 20 },
		{ CASE("0005\r\nhello\r\n000\r\n\r\n"), "hello", 20 },
		{ CASE("0\r\n\r\n"), "", 5 },
		{ CASE("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789", 20 },
		{ CASE("2\r\n\r\n\r\n0\r\n\r\n"), "\r\n", 12 },
	};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		for (size_t step = 1; step < 30; step++) {
			struct body b = { .n = 0 };
			size_t used;
			int err = run(true, 0, ROWS[i].body, step, &b, &used);
			if (err != 0 || used != ROWS[i].used || b.n != strlen(ROWS[i].want) || memcmp(b.bytes, ROWS[i].want, b.n) != 0)
				fail_msg("row %zu step %zu: %d %zu", i, step, err, used);
		}
	}
}

static void
test_bad_chunks(void **state)
{
	(void)state;
	static const struct view BAD[] = {
		CASE("5\nhello\r\n0\r\n\r\n"), CASE("5\r\nhello\n0\r\n\r\n"), CASE("5\r\nhello\r\n0\n\r\n"), CASE("5\r\nhello\r\n0\r\n\n"),
		CASE("5;a=b\r\nhello\r\n0\r\n\r\n"), CASE("5;\r\nhello\r\n0\r\n\r\n"), CASE("5 \r\nhello\r\n0\r\n\r\n"), CASE(" 5\r\nhello\r\n0\r\n\r\n"),
		CASE("5\r\nhello\r\n0\r\nX: y\r\n\r\n"), CASE("5\r\nhello0\r\n\r\n"), CASE("5\r\nhelloX\r\n0\r\n\r\n"), CASE("4\r\nhello\r\n0\r\n\r\n"),
		CASE("0x5\r\nhello\r\n0\r\n\r\n"), CASE("-5\r\nhello\r\n0\r\n\r\n"), CASE("+5\r\nhello\r\n0\r\n\r\n"), CASE("g\r\nhello\r\n0\r\n\r\n"),
		CASE("10000000000000005\r\nhello\r\n0\r\n\r\n"), CASE("fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
		CASE("00000000000000000000000000000000000005\r\nhello\r\n0\r\n\r\n"), CASE("\r\n5\r\nhello\r\n0\r\n\r\n"), CASE("5\r\r\nhello\r\n0\r\n\r\n"),
		CASE("5\rhello\r\n0\r\n\r\n"), CASE("5\r\nhello\r\n\r\n0\r\n\r\n"), CASE("5\r\nhello\r\n0;x\r\n\r\n"), CASE("5\t\r\nhello\r\n0\r\n\r\n"),
		CASE("5\0\r\nhello\r\n0\r\n\r\n"), CASE("5,5\r\nhello\r\n0\r\n\r\n"),
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		for (size_t step = 1; step < 40; step++) {
			struct body b = { .n = 0 };
			size_t used;
			int err = run(true, 0, BAD[i], step, &b, &used);
			if (err != ERR_SYNTAX)
				fail_msg("row %zu step %zu: %d", i, step, err);
		}
	}
}

static void
test_body_error_is_kept(void **state)
{
	(void)state;
	struct body b = { .err = ERR_FULL };
	size_t used;
	assert_int_equal(run(false, 5, VIEW_LIT("hello"), 5, &b, &used), ERR_FULL);
	assert_int_equal(run(true, 0, VIEW_LIT("5\r\nhello\r\n"), 5, &b, &used), ERR_FULL);
}

/* llhttp must read the head as it was read before. */
static void
test_disagreement(void **state)
{
	(void)state;
	static const struct { struct view head; bool is_chunked; uint64_t length; } ROWS[] = {
		{ CASE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), false, 4 },
		{ CASE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), false, 0 },
		{ CASE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), true, 0 },
		{ CASE("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), false, 5 },
		{ CASE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), false, 5 },
		{ CASE("POST / HTTP/1.1\r\nHost: a\r\n"), false, 0 },
		{ CASE("POST / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), false, 0 },
	};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct body b = { .n = 0 };
		struct http_frame *f = http_frame_new(take, &b);
		if (http_frame_head(f, ROWS[i].head, ROWS[i].is_chunked, ROWS[i].length) != ERR_SYNTAX)
			fail_msg("row %zu", i);
		http_frame_free(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length), cmocka_unit_test(test_chunks), cmocka_unit_test(test_bad_chunks),
		cmocka_unit_test(test_body_error_is_kept), cmocka_unit_test(test_disagreement),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
