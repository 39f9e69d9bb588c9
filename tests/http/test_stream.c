/* SPDX-License-Identifier: MIT */
/* http/stream.h: answers without an end, their pieces, their ends from both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "http/talk.h"

#define H " HTTP/1.1\r\nHost: a\r\n"
#define E "\r\n"
#define FIRST "5\r\nfirst\r\n"
#define PIECE "5\r\npiece\r\n"

static void
run_with(void (*client)(void *arg), struct http_server_options o)
{
	struct talk t;
	talk_init(&t, true, o);
	talk_run(&t, client);
	talk_deinit(&t);
}

static void
run(void (*client)(void *arg))
{
	run_with(client, http_server_defaults());
}

static void
expect(struct talk *t, const char *text)
{
	char got[256] = "";
	size_t n = strlen(text);
	require(n < sizeof(got));
	harness_read(t->s, (uint8_t *)got, n);
	if (strcmp(got, text) != 0)
		panic("\"%s\" instead of \"%s\"", got, text);
}

static void
client_reads(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /stream/3" H E "GET /hello" H E);
	require(talk_hear(t) == 200 && t->is_closed);
	require(strcmp(talk_field(t, "Transfer-Encoding"), "chunked") == 0 && talk_field(t, "Content-Length")[0] == '\0');
	require(strcmp(talk_field(t, "X-Stream"), "yes") == 0 && strcmp(talk_field(t, "Cache-Control"), "no-store") == 0);
	/* what was asked behind it is not answered */
	expect(t, FIRST PIECE PIECE PIECE "0\r\n\r\n");
	require(talk_is_over(t));
}

static void
test_chunks(void **state)
{
	(void)state;
	run(client_reads);
}

static void
client_is_old(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /stream/2 HTTP/1.0\r\nHost: a\r\n" E);
	require(talk_hear(t) == 200 && talk_field(t, "Transfer-Encoding")[0] == '\0');
	expect(t, "firstpiecepiece");
	require(talk_is_over(t));
	talk_close(t);
	talk_open(t);
	t->is_answer_to_head = true;
	require(talk_ask(t, "HEAD /stream/2" H E) == 200 && talk_is_over(t));
}

static void
test_old_and_head(void **state)
{
	(void)state;
	run(client_is_old);
}

static void
client_leaves(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /stream/1000" H E);
	require(talk_hear(t) == 200);
	expect(t, FIRST);
	talk_close(t);
	harness_wait(&t->site.n_streamed, 1);
	require(t->site.streamed_err == ERR_CLOSED);
	require(http_server_counts(t->site.server).requests == 0);
}

static void
test_client_leaves(void **state)
{
	(void)state;
	run(client_leaves);
}

/* Neither idle nor slow: nothing is waited for. */
static void
client_waits(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /stream/1000" H E);
	require(talk_hear(t) == 200);
	expect(t, FIRST);
	usleep(300000);
	require(t->site.n_streamed == 0);
}

static void
test_idle_stays(void **state)
{
	struct http_server_options o = http_server_defaults();
	(void)state;
	o.idle_ms = 100;
	o.rate_bytes_per_s = 1000000;
	o.rate_window_ms = 100;
	run_with(client_waits, o);
}

/* What is not taken is bounded, and ends the connection. */
static void
client_is_flooded(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /flood" H E);
	harness_wait(&t->site.n_streamed, 1);
	require(t->site.n_refused == 1 && t->site.streamed_err == ERR_TIMEOUT);
}

static void
test_flood(void **state)
{
	struct http_server_options o = http_server_defaults();
	(void)state;
	o.output_max = 8 << 20;
	o.held_max = 8 << 20;
	o.rate_bytes_per_s = 1000000;
	o.rate_window_ms = 200;
	run_with(client_is_flooded, o);
}

/* The server goes while somebody reads: closed comes, and nothing is left behind (sanitizers look). */
static void
client_is_there(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /stream/1000" H E);
	require(talk_hear(t) == 200);
	expect(t, FIRST);
}

static void
test_server_goes(void **state)
{
	struct talk t;
	(void)state;
	talk_init(&t, true, http_server_defaults());
	talk_run(&t, client_is_there);
	http_server_free(&t.site.server);
	event_loop_step(t.loop, false);
	assert_int_equal(t.site.n_streamed, 1);
	talk_deinit(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_old_and_head),
		cmocka_unit_test(test_client_leaves),
		cmocka_unit_test(test_idle_stays),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_server_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
