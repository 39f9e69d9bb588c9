/* SPDX-License-Identifier: MIT */
/* http/server.h under strain: uploads, clients that go or are slow, cut answers, clean stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "base/file.h"
#include "http/talk.h"

#define H " HTTP/1.1\r\nHost: a\r\n"
#define E "\r\n"
#define PATCH "PATCH /upload/0" H "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
#define UPLOAD_BYTES (5u * 1024 * 1024)

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

/* --- uploads */

static void
client_uploads(void *arg)
{
	struct talk *t = arg;
	uint8_t *bytes = malloc(UPLOAD_BYTES), *back = malloc(UPLOAD_BYTES);
	harness_fill(bytes, UPLOAD_BYTES, 3);
	talk_open(t);
	talk_say(t, PATCH "Content-Length: 5242880\r\n" E);
	talk_say_bytes(t, view_of(bytes, UPLOAD_BYTES));
	require(talk_hear(t) == 204 && strcmp(talk_field(t, "Upload-Offset"), "5242880") == 0);
	require(file_pread_full(t->site.upload, back, UPLOAD_BYTES, 0) == 0);
	require(memcmp(bytes, back, UPLOAD_BYTES) == 0);
	require(talk_ask(t, PATCH "Transfer-Encoding: chunked\r\n" E "5\r\nhello\r\n0\r\n\r\n") == 204);
	require(talk_ask(t, "GET /hello" H E) == 200);
	free(bytes);
	free(back);
}

static void
test_uploads(void **state)
{
	(void)state;
	run(client_uploads);
}

static void
client_leaves_upload(void *arg)
{
	struct talk *t = arg;
	static uint8_t junk[100000];
	talk_open(t);
	talk_say(t, PATCH "Content-Length: 5242880\r\n" E);
	talk_say_bytes(t, view_of(junk, sizeof(junk)));
	talk_close(t);
	harness_wait(&t->site.n_done, 1);
	require(t->site.done_err == ERR_CLOSED && t->site.done_received == sizeof(junk));
}

static void
test_client_leaves_upload(void **state)
{
	(void)state;
	run(client_leaves_upload);
}

static void
client_drips_upload(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, PATCH "Content-Length: 5242880\r\n" E);
	for (int i = 0; i < 100 && __atomic_load_n(&t->site.n_done, __ATOMIC_SEQ_CST) == 0; i++) {
		talk_say(t, "drip");
		harness_sleep_ms(20);
	}
	harness_wait(&t->site.n_done, 1);
	require(t->site.done_err == ERR_TIMEOUT && t->site.done_received > 0);
	require(http_server_counts(t->site.server).timeouts_total == 1);
}

static void
test_slow_upload_is_cut(void **state)
{
	(void)state;
	struct http_server_options o = http_server_defaults();
	o.rate_bytes_per_s = 1000;
	o.rate_window_ms = 200;
	run_with(client_drips_upload, o);
}

static void
client_bad_upload(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	require(talk_ask(t, PATCH "Transfer-Encoding: chunked\r\n" E "5\r\nhello\r\n5;x\r\nhello\r\n") == 400);
	require(t->is_closed && talk_is_over(t));
	require(t->site.done_err == ERR_SYNTAX && t->site.done_received == 5);
}

static void
test_malformed_upload(void **state)
{
	(void)state;
	run(client_bad_upload);
}

/* --- slow heads, idle connections */

static void
client_drips_head(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /hello HTTP/1.1\r\n");
	for (int i = 0; i < 100; i++) {
		if (event_stream_write(t->s, VIEW_LIT("X: y\r\n")) != 0)
			break;
		harness_sleep_ms(20);
	}
	require(talk_is_over(t));
	require(http_server_counts(t->site.server).timeouts_total == 1);
}

static void
test_slow_head_is_cut(void **state)
{
	(void)state;
	struct http_server_options o = http_server_defaults();
	o.head_ms = 150;
	run_with(client_drips_head, o);
}

static void
client_idles(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	require(talk_ask(t, "GET /later/300" H E) == 200);        /* our own work is not idleness */
	require(talk_is_over(t));
	talk_open(t);
	require(talk_is_over(t));                                 /* nothing said at all */
	require(http_server_counts(t->site.server).timeouts_total == 0);
}

static void
test_idle_is_cut(void **state)
{
	(void)state;
	struct http_server_options o = http_server_defaults();
	o.idle_ms = 100;
	run_with(client_idles, o);
}

static void
client_drips_body(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "POST /any" H "Content-Length: 1000\r\n" E);
	for (int i = 0; i < 30; i++) {
		if (event_stream_write(t->s, VIEW_LIT("drip")) != 0)
			break;
		harness_sleep_ms(20);
	}
	require(talk_is_over(t));
	require(http_server_counts(t->site.server).timeouts_total == 1);
}

static void
test_slow_body_is_cut(void **state)
{
	(void)state;
	struct http_server_options o = http_server_defaults();
	o.body_ms = 150;
	run_with(client_drips_body, o);
}

/* --- going away */

static void
client_cancels(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /later/60000" H E "GET /hello" H E);
	harness_sleep_ms(50);
	talk_close(t);
	harness_wait(&t->site.n_cancelled, 1);
}

static void
test_cancel(void **state)
{
	(void)state;
	run(client_cancels);
}

static void
client_asks_and_waits(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /later/60000" H E);
	harness_sleep_ms(50);
}

/* The server goes first: the handler is told, its answer goes nowhere. */
static void
test_server_goes(void **state)
{
	struct talk t;
	(void)state;
	talk_init(&t, true, http_server_defaults());
	talk_run(&t, client_asks_and_waits);
	http_server_free(&t.site.server);
	assert_int_equal(t.site.n_cancelled, 1);
	talk_deinit(&t);
}

/* --- downloads */

static void
client_downloads(void *arg)
{
	struct talk *t = arg;
	static uint8_t piece[65536];
	talk_open(t);
	talk_say(t, "GET /file" H E);
	for (size_t n = 0, k = 0; n < t->site.file_bytes; n += k)
		require(event_stream_read(t->s, piece, sizeof(piece), &k) == 0);
	harness_sleep_ms(20);
	require(t->site.n_watched == 1 && t->site.watched_err == 0);
}

static void
test_watch(void **state)
{
	(void)state;
	run(client_downloads);
}

static void
client_is_cut(void *arg)
{
	struct talk *t = arg;
	static uint8_t piece[65536];
	int err = 0;
	size_t n = 0;
	talk_open(t);
	talk_say(t, "GET /file" H E);
	while ((err = event_stream_read(t->s, piece, sizeof(piece), &n)) == 0) {
	}
	require(err == ERR_IO);                                   /* no orderly end: this is not the whole */
	harness_wait(&t->site.n_watched, 1);
	require(t->site.watched_err == ERR_ERASED);
}

static struct event_timer *cut_timer;

static void
on_cut(void *arg)
{
	struct talk *t = arg;
	if (t->site.watch == NULL)
		event_timer_again(cut_timer, 50);
	else
		site_cut(&t->site);
}

static void
test_cut(void **state)
{
	struct talk t;
	(void)state;
	talk_init(&t, true, http_server_defaults());
	t.site.file_bytes = 1ULL << 34;
	cut_timer = event_timer_start(t.loop, 50, on_cut, &t);
	talk_run(&t, client_is_cut);
	event_timer_cancel(&cut_timer);
	talk_deinit(&t);
}

static void
client_leaves_download(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /file" H E);
	harness_sleep_ms(20);
	talk_close(t);
	harness_wait(&t->site.n_watched, 1);
	require(t->site.watched_err == ERR_CLOSED || t->site.watched_err == ERR_IO);
}

static void
test_client_leaves_download(void **state)
{
	struct talk t;
	(void)state;
	talk_init(&t, true, http_server_defaults());
	t.site.file_bytes = 1ULL << 34;
	talk_run(&t, client_leaves_download);
	talk_deinit(&t);
}

/* --- clean stop */

struct stop {
	struct talk t;
	struct event_timer *timer;
	unsigned n_drained;
};

static void
on_drained(void *arg)
{
	struct stop *s = arg;
	__atomic_add_fetch(&s->n_drained, 1, __ATOMIC_SEQ_CST);
}

static void
on_stop(void *arg)
{
	struct stop *s = arg;
	if (http_server_counts(s->t.site.server).requests == 0)
		event_timer_again(s->timer, 20);
	else
		http_server_drain(s->t.site.server, on_drained, s);
}

static void
client_over_stop(void *arg)
{
	struct stop *s = arg;
	struct talk *t = &s->t;
	talk_open(t);
	struct event_stream *idle = t->s;                         /* one that asks nothing */
	t->s = NULL;
	talk_open(t);
	require(talk_ask(t, "GET /later/300" H E) == 200);        /* in flight while the stop begins */
	require(strcmp(t->body, "later") == 0 && t->is_closed && talk_is_over(t));
	char byte;
	size_t n;
	require(event_stream_read(idle, &byte, 1, &n) == ERR_CLOSED);
	event_stream_free(&idle);
	talk_close(t);
	harness_wait(&s->n_drained, 1);
}

static void
test_drain(void **state)
{
	struct stop s = { .n_drained = 0 };
	(void)state;
	talk_init(&s.t, true, http_server_defaults());
	s.timer = event_timer_start(s.t.loop, 20, on_stop, &s);
	harness_run(s.t.loop, client_over_stop, &s);
	assert_int_equal(s.n_drained, 1);
	event_timer_cancel(&s.timer);
	talk_deinit(&s.t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uploads), cmocka_unit_test(test_client_leaves_upload), cmocka_unit_test(test_slow_upload_is_cut),
		cmocka_unit_test(test_malformed_upload), cmocka_unit_test(test_slow_head_is_cut), cmocka_unit_test(test_idle_is_cut),
		cmocka_unit_test(test_slow_body_is_cut), cmocka_unit_test(test_cancel), cmocka_unit_test(test_server_goes),
		cmocka_unit_test(test_watch), cmocka_unit_test(test_cut), cmocka_unit_test(test_client_leaves_download),
		cmocka_unit_test(test_drain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
