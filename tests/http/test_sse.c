/* SPDX-License-Identifier: MIT */
/* http/sse.h: what is written is what is read, streams in pieces of every size, and streams that are wrong or hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "http/sse.h"

#define SHOWN_MAX 4096

/* Events as text: "id|name|data;". */
struct seen {
	char text[SHOWN_MAX];
	size_t len;
	uint32_t retry_ms;
	int answer;              /* of the callback */
};

static int
on_event(void *arg, const struct http_sse_event *e)
{
	struct seen *s = arg;
	int n = snprintf(s->text + s->len, SHOWN_MAX - s->len, "%.*s|%.*s|%.*s;", VIEW_FMT(e->id), VIEW_FMT(e->name), VIEW_FMT(e->data));
	require(n > 0 && (size_t)n < SHOWN_MAX - s->len);
	s->len += (size_t)n;
	return s->answer;
}

static void
on_retry(void *arg, uint32_t retry_ms)
{
	struct seen *s = arg;
	s->retry_ms = retry_ms;
}

static const struct http_sse_reader_handler HANDLER = { on_event, on_retry };

/* Reads a stream in pieces of so many bytes; gives the last error. */
static int
read_in(struct seen *s, struct view stream, size_t piece, const char *last_id)
{
	struct http_sse_reader *r = http_sse_reader_new(&HANDLER, s);
	int err = 0;
	s->len = 0;
	s->text[0] = '\0';
	for (size_t at = 0; err == 0 && at < stream.len; at += piece)
		err = http_sse_reader_feed(r, view_slice(stream, at, piece));
	if (last_id != NULL)
		assert_true(view_equal_str(http_sse_reader_last_id(r), last_id));
	http_sse_reader_free(&r);
	return err;
}

static void
expect(const char *stream, const char *events, const char *last_id)
{
	struct seen s = { .len = 0 };
	size_t n = strlen(stream);
	for (size_t piece = 1; piece <= n; piece++) {
		assert_int_equal(read_in(&s, view_str(stream), piece, last_id), 0);
		assert_string_equal(s.text, events);
	}
}

static void
test_standard(void **state)
{
	(void)state;
	/* the examples of the standard, 9.2.6 */
	expect("data: YHOO\ndata: +2\ndata: 10\n\n", "||YHOO\n+2\n10;", "");
	expect(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
	    "1||first event;||second event;|| third event;", "");
	expect("data\n\ndata\ndata\n\ndata:", "||;||\n;", "");
	expect("data:test\n\ndata: test\n\n", "||test;||test;", "");
	/* its line ends, and its byte order mark, once */
	expect("data: a\r\rdata: b\r\n\r\ndata: c\n\n", "||a;||b;||c;", "");
	expect("id: 1\r\nevent: n\r\ndata: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", "1|n|a\nb;1||c;", "1");
	expect("\xef\xbb\xbf" "data: a\n\n\xef\xbb\xbf" "data: b\n\n", "||a;", "");
	/* names, fields of nobody, an id that stays, one with NUL in it (which the text ends before) */
	expect("event: n\ndata: a\nid: 7\nwhat: ever\n\ndata: b\n\nevent: m\n\ndata: c\n\n", "7|n|a;7||b;7||c;", "7");
}

static void
test_ids(void **state)
{
	struct seen s = { .len = 0 };
	struct http_sse_reader *r = http_sse_reader_new(&HANDLER, &s);
	(void)state;
	/* an event without data moves the id, and is not shown */
	assert_int_equal(http_sse_reader_feed(r, VIEW_LIT("id: 5\n\n")), 0);
	assert_true(view_equal_str(http_sse_reader_last_id(r), "5"));
	assert_int_equal(s.len, 0);
	/* an event that did not come whole does not: else it would be lost */
	assert_int_equal(http_sse_reader_feed(r, VIEW_LIT("id: 6\ndata: x\n")), 0);
	assert_true(view_equal_str(http_sse_reader_last_id(r), "5"));
	http_sse_reader_restart(r);
	assert_int_equal(http_sse_reader_feed(r, VIEW_LIT("data: y\n\n")), 0);
	assert_string_equal(s.text, "5||y;");
	/* NUL in an id: as if it were not there */
	assert_int_equal(http_sse_reader_feed(r, view_of("id: 8\0\n\n", 8)), 0);
	assert_true(view_equal_str(http_sse_reader_last_id(r), "5"));
	http_sse_reader_free(&r);
}

static void
test_retry(void **state)
{
	struct seen s = { .retry_ms = 1 };
	(void)state;
	assert_int_equal(read_in(&s, VIEW_LIT("retry: 2x\nretry: -3\nretry: 99999999999999999999\nretry:\n\n"), 5, NULL), 0);
	assert_int_equal(s.retry_ms, 1);
	assert_int_equal(read_in(&s, VIEW_LIT("retry: 2500\n\n"), 1, NULL), 0);
	assert_int_equal(s.retry_ms, 2500);
}

/* Bytes without an end in one place of a stream. */
static int
flood(const char *before, const char *again, size_t times)
{
	struct seen s = { .len = 0 };
	struct http_sse_reader *r = http_sse_reader_new(&HANDLER, &s);
	int err = http_sse_reader_feed(r, view_str(before));
	for (size_t i = 0; err == 0 && i < times; i++)
		err = http_sse_reader_feed(r, view_str(again));
	http_sse_reader_free(&r);
	return err;
}

static void
test_hostile(void **state)
{
	struct seen s = { .len = 0 };
	char id[HTTP_SSE_ID_MAX + 8] = "id:";
	(void)state;
	assert_int_equal(flood("data: ", "xxxxxxxxxxxxxxxx", HTTP_SSE_LINE_MAX / 16 + 1), ERR_LIMIT);
	assert_int_equal(flood(":", "xxxxxxxxxxxxxxxx", HTTP_SSE_LINE_MAX / 16 + 1), ERR_LIMIT);
	assert_int_equal(flood("", "data: 0123456789\n", HTTP_SSE_DATA_MAX / 11 + 1), ERR_LIMIT);
	assert_int_equal(flood("id: 1", "00000000", HTTP_SSE_ID_MAX / 8 + 1), 0);
	assert_int_equal(flood("id: 1", "00000000\nid: 2", 1000), 0);
	memset(id + 3, '1', HTTP_SSE_ID_MAX + 1);
	assert_int_equal(flood(id, "\n", 1), ERR_LIMIT);
	assert_int_equal(flood("", ":\n\n\r", 10000), 0);
	assert_int_equal(read_in(&s, VIEW_LIT("data: \xff\n\n"), 3, NULL), ERR_SYNTAX);
	assert_int_equal(read_in(&s, VIEW_LIT("\xed\xa0\x80\n"), 1, NULL), ERR_SYNTAX);
	/* the callback's own error ends it */
	s.answer = ERR_CLOSED;
	assert_int_equal(read_in(&s, VIEW_LIT("data: a\n\ndata: b\n\n"), 4, NULL), ERR_CLOSED);
	assert_string_equal(s.text, "||a;");
}

static void
test_writing(void **state)
{
	struct seen s = { .len = 0 };
	struct buf out;
	(void)state;
	buf_init(&out, 256);
	assert_int_equal(http_sse_write_retry(&out, 2000), 0);
	assert_int_equal(http_sse_write(&out, &(struct http_sse_event){ .id = VIEW_LIT("41") }), 0);
	assert_int_equal(buf_append_str(&out, HTTP_SSE_HEARTBEAT), 0);
	assert_int_equal(http_sse_write(&out, &(struct http_sse_event){ .id = VIEW_LIT("42"), .name = VIEW_LIT("entry"),
	    .data = VIEW_LIT("{\"a\":1}") }), 0);
	assert_int_equal(http_sse_write(&out, &(struct http_sse_event){ .data = VIEW_LIT(" two\nlines") }), 0);
	assert_true(view_equal_str(buf_view(&out), "retry: 2000\n\nid: 41\n\n:\n\nid: 42\nevent: entry\ndata: {\"a\":1}\n\n"
	    "data:  two\ndata: lines\n\n"));
	assert_int_equal(read_in(&s, buf_view(&out), 7, "42"), 0);
	assert_string_equal(s.text, "42|entry|{\"a\":1};42|| two\nlines;");
	buf_deinit(&out);
	buf_init(&out, 10);
	assert_int_equal(http_sse_write(&out, &(struct http_sse_event){ .data = VIEW_LIT("too long for it") }), ERR_LIMIT);
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standard),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_writing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
