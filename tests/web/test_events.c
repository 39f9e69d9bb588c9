/* SPDX-License-Identifier: MIT */
/* web/events.h: when a stream reads from the store, what it sends, what it survives and what ends it. */
#include "config.h"

#include "web/stage.h"

#include <stdio.h>
#include <string.h>

#include "record/event.pb-c.h"

#define EVENTS "/api/v1/events"
#define ENTRY PROVISION__EVENT_KIND__EVENT_KIND_ENTRY
#define ITEMS_MAX 64

static uint64_t left_listener;
static unsigned left_count;

static void
on_told(struct stage *s, enum ipc_type type, const ProtobufCMessage *m)
{
	(void)s;
	assert_int_equal(type, IPC_EVENT_LEAVE);
	left_listener = ((const Provision__EventLeave *)(const void *)m)->listener;
	left_count++;
}

static int
setup(void **state)
{
	int rc = stage_setup(state);
	((struct stage *)*state)->told = on_told;
	left_count = 0;
	return rc;
}

/* The stream asks behind this number; gives its own. */
static uint64_t
expect_read(struct stage *s, uint64_t after)
{
	const Provision__EventRead *m = (const void *)stage_wait_asked(s, IPC_EVENT_READ);
	assert_int_equal(m->after, after);
	assert_int_equal(m->caller->session.len, 32);
	assert_int_equal(m->caller->session.data[0], 1);
	assert_int_equal(m->caller->address.data[15], 7);
	assert_true(m->listener != 0);
	return m->listener;
}

/* So many events from number first on. */
static void
give(struct stage *s, uint64_t first, size_t n, bool is_more)
{
	static Provision__EventRow rows[ITEMS_MAX];
	Provision__EventRow *items[ITEMS_MAX];
	Provision__EventReadReply reply = PROVISION__EVENT_READ_REPLY__INIT;
	static uint8_t id[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	for (size_t i = 0; i < n; i++) {
		provision__event_row__init(&rows[i]);
		rows[i].number = first + i;
		rows[i].kind = ENTRY;
		rows[i].subscription = (ProtobufCBinaryData){ sizeof(id), id };
		rows[i].sequence = 9;
		items[i] = &rows[i];
	}
	reply.items = items;
	reply.n_items = n;
	reply.next = n == 0 ? first : first + n - 1;
	reply.is_more = is_more;
	stage_answer(s, 0, &reply.base, -1);
}

/* What comes next on the stream is exactly this, as one chunk. */
static void
expect_text(struct stage *s, const char *text)
{
	char chunk[2048];
	int n = snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", strlen(text), text);
	assert_true(n > 0 && (size_t)n < sizeof(chunk));
	stage_settle(s);
	if (s->client.in.len != (size_t)n || memcmp(s->client.in.data, chunk, (size_t)n) != 0)
		fail_msg("\"%.*s\" instead of \"%s\"", (int)s->client.in.len, (const char *)s->client.in.data, chunk);
	buf_clear(&s->client.in);
}

static void
expect_end(struct stage *s)
{
	stage_settle(s);
	assert_int_equal(s->client.in.len, 5);
	assert_memory_equal(s->client.in.data, "0\r\n\r\n", 5);
	assert_true(s->client.is_over);
}

static uint64_t
begin(struct stage *s, const char *query, const char *fields, uint64_t after, uint64_t next)
{
	char text[64];
	stage_say(s, "GET " EVENTS "%s" STAGE_H STAGE_LOGIN "%s\r\n", query, fields);
	uint64_t listener = expect_read(s, after);
	give(s, next, 0, false);
	assert_int_equal(stage_hear(s, false), 200);
	assert_string_equal(stage_field(s, "Content-Type"), "text/event-stream");
	assert_string_equal(stage_field(s, "Cache-Control"), "no-store");
	(void)snprintf(text, sizeof(text), "retry: 2000\n\nid: %u\n\n", (unsigned)(after == 0 ? next : after));
	expect_text(s, text);
	return listener;
}

static void
wake(struct stage *s, uint64_t listener)
{
	Provision__EventWake m = PROVISION__EVENT_WAKE__INIT;
	m.listener = listener;
	ipc_server_tell_roles(s->store, IPC_ROLE_BIT(IPC_ROLE_WEB), IPC_EVENT_WAKE, &m.base);
	stage_settle(s);
}

#define EVENT(number) "id: " number "\nevent: entry\ndata: {\"number\":" number ",\"kind\":\"entry\",\"subscription\":\"" STAGE_ID \
	"\",\"sequence\":9}\n\n"

static void
a_wake_is_a_read(void **state)
{
	struct stage *s = *state;
	uint64_t listener = begin(s, "", "", 0, 100);
	unsigned before = s->asked_count;
	/* not this one */
	wake(s, listener + 1);
	wake(s, 0);
	wake(s, UINT64_MAX);
	assert_int_equal(s->asked_count, before);
	wake(s, listener);
	assert_int_equal(expect_read(s, 100), listener);
	/* woken while it reads: once more, behind what came */
	wake(s, listener);
	give(s, 101, 2, false);
	expect_text(s, EVENT("101") EVENT("102"));
	assert_int_equal(expect_read(s, 102), listener);
	wake(s, listener);
	give(s, 102, 0, false);
	assert_int_equal(expect_read(s, 102), listener);
	give(s, 102, 0, false);
	stage_settle(s);
	assert_int_equal(s->client.in.len, 0);
	/* a page of many */
	wake(s, listener);
	(void)expect_read(s, 102);
	give(s, 110, 1, true);
	expect_text(s, EVENT("110"));
	(void)expect_read(s, 110);
	give(s, 111, 1, false);
	expect_text(s, EVENT("111"));
	assert_null(s->asked);
	stage_disconnect(s);
	stage_settle(s);
	assert_int_equal(left_count, 1);
	assert_int_equal(left_listener, listener);
	assert_int_equal(web_events_count(s->web->events), 0);
}

static void
where_it_begins(void **state)
{
	struct stage *s = *state;
	(void)begin(s, "?after=7", "", 7, 7);
	stage_connect(s, false);
	/* the field wins, as a browser repeats the parameter of its first time */
	(void)begin(s, "?after=7", "Last-Event-ID: 12\r\n", 12, 12);
	static const char *const wrong[] = { "x", "-1", "01", "9999999999999999999", "1%202" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		stage_connect(s, false);
		assert_int_equal(stage_ask(s, "GET " EVENTS "?after=%s" STAGE_H STAGE_LOGIN "\r\n", wrong[i]), 400);
		stage_expect_problem(s, 400, "syntax", "after");
	}
	stage_connect(s, false);
	assert_int_equal(stage_ask(s, "GET " EVENTS STAGE_H "\r\n"), 401);
	stage_connect(s, false);
	stage_say(s, "HEAD " EVENTS STAGE_H STAGE_LOGIN "\r\n");
	(void)expect_read(s, 0);
	give(s, 3, 0, false);
	assert_int_equal(stage_hear(s, true), 200);
	stage_settle(s);
	assert_true(s->client.is_over && s->client.in.len == 0);
	assert_int_equal(web_events_count(s->web->events), 0);
}

/* What EventSource of a browser sends: a cookie, and no field of the page's choice. */
static void
a_browser_listens(void **state)
{
	struct stage *s = *state;
	static const char COOKIE[] = "Cookie: __Host-provision-session=" STAGE_TOKEN "\r\n";
	stage_say(s, "GET " EVENTS STAGE_H "%sSec-Fetch-Site: same-origin\r\nAccept: text/event-stream\r\n\r\n", COOKIE);
	(void)expect_read(s, 0);
	give(s, 100, 0, false);
	assert_int_equal(stage_hear(s, false), 200);
	expect_text(s, "retry: 2000\n\nid: 100\n\n");
	stage_connect(s, false);
	assert_int_equal(stage_ask(s, "GET " EVENTS STAGE_H "%sSec-Fetch-Site: cross-site\r\n\r\n", COOKIE), 403);
}

static void
refusals_are_answers(void **state)
{
	struct stage *s = *state;
	static const struct {
		int err, status;
		const char *name;
	} refusals[] = { { ERR_LOGIN, 401, "login" }, { ERR_BUSY, 429, "busy" }, { ERR_IO, 500, "io" } };
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		stage_say(s, "GET " EVENTS STAGE_H STAGE_LOGIN "\r\n");
		(void)expect_read(s, 0);
		stage_answer(s, refusals[i].err, NULL, -1);
		(void)stage_hear(s, false);
		stage_expect_problem(s, refusals[i].status, refusals[i].name, NULL);
	}
	stage_settle(s);
	assert_int_equal(web_events_count(s->web->events), 0);
	stage_unlink(s);
	stage_settle(s);
	assert_int_equal(stage_ask(s, "GET " EVENTS STAGE_H STAGE_LOGIN "\r\n"), 503);
}

static void
a_session_ends_it(void **state)
{
	struct stage *s = *state;
	uint64_t listener = begin(s, "", "", 0, 100);
	wake(s, listener);
	(void)expect_read(s, 100);
	stage_answer(s, ERR_LOGIN, NULL, -1);
	expect_end(s);
	assert_int_equal(left_listener, listener);
}

/* A read that fails in passing, a store that dies in between: the stream goes on behind what it had. */
static void
a_store_may_go(void **state)
{
	struct stage *s = *state;
	uint64_t listener = begin(s, "", "", 0, 100);
	stage_unlink(s);
	stage_settle(s);
	stage_link(s);
	assert_int_equal(expect_read(s, 100), listener);
	give(s, 101, 1, false);
	expect_text(s, EVENT("101"));
	/* gone while it reads */
	wake(s, listener);
	(void)expect_read(s, 101);
	stage_unlink(s);
	ipc_server_reply(&s->asked, ERR_IO, NULL, NULL);
	stage_settle(s);
	stage_link(s);
	(void)expect_read(s, 101);
	give(s, 102, 1, false);
	expect_text(s, EVENT("102"));
	wake(s, listener);
	(void)expect_read(s, 102);
	stage_answer(s, ERR_BUSY, NULL, -1);
	stage_settle(s);
	assert_int_equal(s->client.in.len, 0);
	assert_false(s->client.is_over);
	/* one whose client goes while it reads is told when the read has ended, not before */
	wake(s, listener);
	(void)expect_read(s, 102);
	stage_disconnect(s);
	stage_settle(s);
	assert_int_equal(left_count, 0);
	give(s, 103, 1, false);
	stage_settle(s);
	assert_int_equal(left_count, 1);
}

/* What a client does not take keeps the next read waiting: nothing piles up here. */
static void
a_slow_client_waits_alone(void **state)
{
	struct stage *s = *state;
	uint64_t listener = begin(s, "", "", 0, 100);
	unsigned reads = 0;
	event_watch_cancel(&s->client.watch);
	wake(s, listener);
	while (s->asked != NULL && reads < 1000) {
		give(s, 101 + ITEMS_MAX * (uint64_t)reads++, ITEMS_MAX, true);
		stage_settle(s);
	}
	assert_in_range(reads, 2, 999);
	for (int i = 0; i < 3; i++)
		wake(s, listener);
	assert_null(s->asked);
	/* it waits, and is not over */
	assert_int_equal(web_events_count(s->web->events), 1);
	assert_int_equal(left_count, 0);
}

static void
a_stop_ends_all(void **state)
{
	struct stage *s = *state;
	uint64_t listener = begin(s, "", "", 0, 100);
	web_stop(&s->role, s->web, 1000);
	expect_end(s);
	assert_int_equal(left_listener, listener);
	assert_int_equal(web_events_count(s->web->events), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_wake_is_a_read, setup, stage_teardown),
		cmocka_unit_test_setup_teardown(where_it_begins, setup, stage_teardown),
		cmocka_unit_test_setup_teardown(a_browser_listens, setup, stage_teardown),
		cmocka_unit_test_setup_teardown(refusals_are_answers, setup, stage_teardown),
		cmocka_unit_test_setup_teardown(a_session_ends_it, setup, stage_teardown),
		cmocka_unit_test_setup_teardown(a_store_may_go, setup, stage_teardown),
		cmocka_unit_test_setup_teardown(a_slow_client_waits_alone, setup, stage_teardown),
		cmocka_unit_test_setup_teardown(a_stop_ends_all, setup, stage_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
