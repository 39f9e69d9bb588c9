/* SPDX-License-Identifier: MIT */
/* event/connection.h against real sockets: bytes, files, limits, time, ends, STARTTLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fatal.h"
#include "event/certs.h"
#include "event/harness.h"
#include "event/stream.h"

#define ECHO_BYTES 300000

static void
client_echo(void *arg)
{
	struct harness_client *c = arg;
	static uint8_t out[ECHO_BYTES], in[ECHO_BYTES];
	static const size_t SIZES[] = { 1, 2, 16383, 16384, 16385, 100000, ECHO_BYTES };
	struct event_stream *s = harness_client_open(c);
	for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++) {
		harness_fill(out, SIZES[i], (uint32_t)i);
		require(event_stream_write(s, view_of(out, SIZES[i])) == 0);
		harness_read(s, in, SIZES[i]);
		require(memcmp(in, out, SIZES[i]) == 0);
	}
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
test_echo(void **state)
{
	for (int is_tls = 0; is_tls < 2; is_tls++) {
		struct harness_client c;
		(void)state;
		harness_client_init(&c, is_tls != 0);
		harness_run(c.s.loop, client_echo, &c);
		assert_int_equal(c.s.n_ready, 1);
		assert_int_equal(c.s.closed_err, ERR_CLOSED);
		harness_client_deinit(&c);
	}
}

/* --- consuming in part, pausing */

static size_t
on_data_by_seven(void *arg, struct event_connection *c, struct view v)
{
	struct harness_server *s = arg;
	size_t n = v.len - v.len % 7;
	s->data_bytes += n;
	require(n == 0 || event_connection_write(c, view_slice(v, 0, n)) == 0);
	return n;
}

static const struct event_connection_handler BY_SEVEN = {
	.ready = harness_on_ready, .data = on_data_by_seven, .closed = harness_on_closed,
};

static void
client_by_one(void *arg)
{
	struct harness_client *c = arg;
	uint8_t in[21];
	struct event_stream *s = harness_client_open(c);
	for (int i = 0; i < 21; i++)
		require(event_stream_write(s, view_of(&"abcdefghijklmnopqrstu"[i], 1)) == 0);
	harness_read(s, in, 21);
	require(memcmp(in, "abcdefghijklmnopqrstu", 21) == 0);
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
test_unconsumed_is_kept(void **state)
{
	for (int is_tls = 0; is_tls < 2; is_tls++) {
		struct harness_client c;
		(void)state;
		harness_client_init(&c, is_tls != 0);
		c.s.options.handler = &BY_SEVEN;
		harness_run(c.s.loop, client_by_one, &c);
		assert_int_equal(c.s.data_bytes, 21);
		harness_client_deinit(&c);
	}
}

static size_t
on_data_none(void *arg, struct event_connection *c, struct view v)
{
	(void)arg;
	(void)c;
	(void)v;
	return 0;
}

static const struct event_connection_handler EATS_NOTHING = { .data = on_data_none, .closed = harness_on_closed };

static void
client_floods(void *arg)
{
	struct harness_client *c = arg;
	uint8_t junk[4096] = { 0 };
	struct event_stream *s = harness_client_open(c);
	for (int i = 0; i < 100; i++)
		if (event_stream_write(s, view_of(junk, sizeof(junk))) != 0)
			break;
	harness_wait(&c->s.n_closed, 1);
	event_stream_free(&s);
}

static void
test_input_maximum(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handler = &EATS_NOTHING;
	harness_run(c.s.loop, client_floods, &c);
	assert_int_equal(c.s.closed_err, ERR_LIMIT);
	harness_client_deinit(&c);
}

static size_t
on_data_pause(void *arg, struct event_connection *c, struct view v)
{
	struct harness_server *s = arg;
	s->data_bytes += v.len;
	event_connection_pause(c);
	return v.len;
}

static const struct event_connection_handler PAUSES = {
	.ready = harness_on_ready, .data = on_data_pause, .closed = harness_on_closed,
};

static void
client_leaves(void *arg)
{
	struct harness_client *c = arg;
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("x")) == 0);
	harness_sleep_ms(20);
	require(event_stream_write(s, VIEW_LIT("more")) == 0);
	harness_sleep_ms(20);
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
test_leaving_is_seen_while_paused(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handler = &PAUSES;
	harness_run(c.s.loop, client_leaves, &c);
	assert_int_equal(c.s.closed_err, ERR_CLOSED);
	assert_int_equal(c.s.data_bytes, 1);
	harness_client_deinit(&c);
}

/* A paused connection takes in no more than input_max, then the peer has to wait. */
static void
client_pushes_against_pause(void *arg)
{
	struct harness_client *c = arg;
	static uint8_t junk[1 << 16];
	struct event_stream *s = harness_client_open(c);
	event_stream_set_timeout(s, 300);
	int err = 0;
	for (int i = 0; i < 1000 && err == 0; i++)
		err = event_stream_write(s, view_of(junk, sizeof(junk)));
	require(err == ERR_TIMEOUT);
	require(event_connection_held(c->s.last) <= c->s.options.held_max);
	require(event_connection_held(c->s.last) <= c->s.options.input_max);
	event_stream_free(&s);
}

static void
test_backpressure(void **state)
{
	static const size_t HELD_MAX[] = { 1 << 21, 5000 };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct harness_client c;
		harness_client_init(&c, false);
		c.s.options.handler = &PAUSES;
		c.s.options.held_max = HELD_MAX[i];
		harness_run(c.s.loop, client_pushes_against_pause, &c);
		assert_true(event_connection_received(c.s.last) <= 2 * 16384);
		harness_client_deinit(&c);
	}
}

static struct event_timer *resume_timer;

static void
on_resume(void *arg)
{
	struct harness_server *s = arg;
	event_connection_resume(s->last);
}

static size_t
on_data_pause_first(void *arg, struct event_connection *c, struct view v)
{
	struct harness_server *s = arg;
	if (s->mode++ > 0)
		return harness_on_data_echo(arg, c, v);
	event_connection_pause(c);
	resume_timer = event_timer_start(s->loop, 30, on_resume, s);
	return 0;
}

static const struct event_connection_handler PAUSES_FIRST = {
	.ready = harness_on_ready, .data = on_data_pause_first, .closed = harness_on_closed,
};

static void
test_resume_delivers(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handler = &PAUSES_FIRST;
	harness_run(c.s.loop, client_echo, &c);
	event_timer_cancel(&resume_timer);
	assert_true(c.s.data_bytes > ECHO_BYTES);
	harness_client_deinit(&c);
}

/* --- files */

#define FILE_BYTES (3 * 1024 * 1024 + 77)

static int
make_file(size_t n)
{
	uint8_t *p = malloc(n);
	int fd = memfd_create("file", MFD_CLOEXEC);
	harness_fill(p, n, 5);
	require(fd >= 0 && file_write_full(fd, p, n) == 0);
	free(p);
	return fd;
}

static size_t
on_data_send_file(void *arg, struct event_connection *c, struct view v)
{
	struct harness_server *s = arg;
	require(event_connection_write(c, VIEW_LIT("head")) == 0);
	require(event_connection_send_file(c, make_file(FILE_BYTES), 1000, FILE_BYTES - 1000 + (uint64_t)s->mode) == 0);
	require(event_connection_queued(c) == FILE_BYTES - 996 + (uint64_t)s->mode);
	require(event_connection_write(c, VIEW_LIT("tail")) == 0);
	event_connection_close(c);
	require(event_connection_write(c, VIEW_LIT("late")) == ERR_STATE);
	return v.len;
}

static const struct event_connection_handler SENDS_FILE = { .data = on_data_send_file, .closed = harness_on_closed };

static void
client_reads_file(void *arg)
{
	struct harness_client *c = arg;
	uint8_t *in = malloc(FILE_BYTES), *want = malloc(FILE_BYTES), byte;
	size_t n = 0;
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("go")) == 0);
	harness_read(s, in, 4 + FILE_BYTES - 1000 + 4);
	harness_fill(want, FILE_BYTES, 5);
	require(memcmp(in, "head", 4) == 0 && memcmp(in + 4, want + 1000, FILE_BYTES - 1000) == 0);
	require(memcmp(in + 4 + FILE_BYTES - 1000, "tail", 4) == 0);
	require(event_stream_read(s, &byte, 1, &n) == ERR_CLOSED);    /* an orderly end */
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
	free(in);
	free(want);
}

static void
test_file(void **state)
{
	for (int is_tls = 0; is_tls < 2; is_tls++) {
		struct harness_client c;
		(void)state;
		harness_client_init(&c, is_tls != 0);
		c.s.options.handler = &SENDS_FILE;
		harness_run(c.s.loop, client_reads_file, &c);
		assert_int_equal(c.s.closed_err, 0);
		harness_client_deinit(&c);
	}
}

static void
client_reads_to_end(void *arg)
{
	struct harness_client *c = arg;
	static uint8_t in[1 << 16];
	size_t n = 0;
	int err;
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("go")) == 0);
	while ((err = event_stream_read(s, in, sizeof(in), &n)) == 0) {
	}
	c->s.mode = err;
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
test_short_file_cuts(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handler = &SENDS_FILE;
	c.s.mode = 1;                                /* one byte more than there is */
	harness_run(c.s.loop, client_reads_to_end, &c);
	assert_int_equal(c.s.closed_err, ERR_IO);
	assert_int_equal(c.s.mode, ERR_IO);          /* the client sees that it was cut */
	harness_client_deinit(&c);
}

/* --- limits on what is held */

static size_t
on_data_hold(void *arg, struct event_connection *c, struct view v)
{
	struct harness_server *s = arg;
	static uint8_t junk[60000];
	size_t before = event_connection_held(c);
	require(event_connection_hold(c, 50000) == 0);
	require(event_connection_hold(c, 50001) == ERR_LIMIT);
	require(event_connection_write(c, view_of(junk, 60000)) == ERR_LIMIT);     /* together over held_max */
	require(event_connection_write(c, view_of(junk, 40001)) == ERR_LIMIT);     /* over output_max */
	require(event_connection_write(c, view_of(junk, 40000)) == 0);
	require(event_connection_held(c) == before + 90000);
	event_connection_release(c, 50000);
	s->mode = 1;
	return v.len;
}

static const struct event_connection_handler HOLDS = { .data = on_data_hold, .closed = harness_on_closed };

static void
client_reads_40000(void *arg)
{
	struct harness_client *c = arg;
	static uint8_t in[40000];
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("go")) == 0);
	harness_read(s, in, sizeof(in));
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
test_held_counter(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, false);
	c.s.options.handler = &HOLDS;
	c.s.options.held_max = 100000;
	c.s.options.output_max = 40000;
	harness_run(c.s.loop, client_reads_40000, &c);
	assert_int_equal(c.s.mode, 1);
	harness_client_deinit(&c);
}

/* --- freeing in a callback */

static size_t
on_data_free(void *arg, struct event_connection *c, struct view v)
{
	struct harness_server *s = arg;
	s->last = NULL;
	event_connection_free(&c);
	s->data_bytes += v.data[0];                  /* the view is still good */
	__atomic_add_fetch(&s->n_closed, 1, __ATOMIC_SEQ_CST);
	return v.len;
}

static const struct event_connection_handler FREES = { .data = on_data_free, .closed = harness_on_closed };

static void
test_free_in_callback(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handler = &FREES;
	harness_run(c.s.loop, client_reads_to_end, &c);
	assert_int_equal(c.s.mode, ERR_IO);          /* cut, no bye */
	harness_client_deinit(&c);
}

/* --- STARTTLS, server side: "S\n" starts it; what follows is echoed */

static struct event_tls_credentials *starttls_credentials;

static size_t
on_data_starttls(void *arg, struct event_connection *c, struct view v)
{
	if (event_connection_is_tls(c))
		return harness_on_data_echo(arg, c, v);
	require(v.data[0] == 'S');
	require(event_connection_write(c, VIEW_LIT("ok")) == 0);
	require(event_connection_start_tls(c, starttls_credentials, NULL) == 0);
	require(event_connection_write(c, VIEW_LIT("plain")) == ERR_STATE);
	return 1;
}

static const struct event_connection_handler STARTTLS = {
	.ready = harness_on_ready, .data = on_data_starttls, .closed = harness_on_closed,
};

static void
client_starttls(void *arg)
{
	struct harness_client *c = arg;
	uint8_t in[5];
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("S")) == 0);
	harness_read(s, in, 2);
	require(event_stream_start_tls(s, c->trust, "server.example") == 0);
	require(event_stream_write(s, VIEW_LIT("hello")) == 0);
	harness_read(s, in, 5);
	require(memcmp(in, "hello", 5) == 0);
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
client_injects(void *arg)
{
	struct harness_client *c = arg;
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("SRSET")) == 0);
	harness_wait(&c->s.n_closed, 1);
	event_stream_free(&s);
}

static void
test_starttls(void **state)
{
	(void)state;
	require(event_tls_credentials_new_server(certs_cert(harness_leaf()), certs_key(harness_leaf()), &starttls_credentials) == 0);
	for (int injects = 0; injects < 2; injects++) {
		struct harness_client c;
		harness_client_init(&c, false);
		c.s.options.handler = &STARTTLS;
		harness_run(c.s.loop, injects ? client_injects : client_starttls, &c);
		assert_int_equal(c.s.n_ready, injects ? 1 : 2);
		assert_int_equal(c.s.closed_err, injects ? ERR_SYNTAX : ERR_CLOSED);
		harness_client_deinit(&c);
	}
	event_tls_credentials_free(&starttls_credentials);
}

/* --- client side in the loop */

struct looped {
	struct harness_server s;
	struct event_connection *c;
	int err;
	char in[16];
	size_t n;
};

static void
looped_ready(void *arg, struct event_connection *c)
{
	(void)arg;
	require(event_connection_write(c, VIEW_LIT("hello")) == 0);
}

static size_t
looped_data(void *arg, struct event_connection *c, struct view v)
{
	struct looped *l = arg;
	require(l->n + v.len <= sizeof(l->in));
	memcpy(l->in + l->n, v.data, v.len);
	l->n += v.len;
	if (l->n == 5)
		event_connection_close(c);
	return v.len;
}

static void
looped_closed(void *arg, struct event_connection *c, int err)
{
	struct looped *l = arg;
	l->err = err;
	event_connection_free(&c);
	event_loop_stop(l->s.loop);
}

static const struct event_connection_handler LOOPED = { .ready = looped_ready, .data = looped_data, .closed = looped_closed };

static int
run_looped(const char *host, uint16_t port_change)
{
	struct looped l = { .err = 1 };
	struct event_tls_credentials *trust = NULL;
	harness_server_init(&l.s);
	require(event_tls_credentials_new_server(certs_cert(harness_leaf()), certs_key(harness_leaf()), &l.s.credentials) == 0);
	require(event_tls_credentials_new_client(certs_cert(harness_authority()), &trust) == 0);
	struct event_address a = harness_address((uint16_t)(port_change != 0 ? port_change : l.s.port));
	struct event_connection_options o = l.s.options;
	o.handler = &LOOPED;
	o.arg = &l;
	require(event_connection_connect(l.s.loop, &a, trust, host, &o, &l.c) == 0);
	event_loop_run(l.s.loop);
	if (l.err == 0)
		require(l.n == 5 && memcmp(l.in, "hello", 5) == 0);
	else
		require(l.n == 0);
	harness_server_deinit(&l.s);
	event_tls_credentials_free(&trust);
	return l.err;
}

static void
test_client_side(void **state)
{
	(void)state;
	assert_int_equal(run_looped("server.example", 0), 0);
	assert_int_equal(run_looped("other.example", 0), ERR_TRUST);
	uint16_t unused;
	close(harness_listen(&unused));
	assert_int_equal(run_looped("server.example", unused), ERR_CLOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo), cmocka_unit_test(test_unconsumed_is_kept), cmocka_unit_test(test_input_maximum),
		cmocka_unit_test(test_leaving_is_seen_while_paused), cmocka_unit_test(test_backpressure),
		cmocka_unit_test(test_resume_delivers), cmocka_unit_test(test_file), cmocka_unit_test(test_short_file_cuts),
		cmocka_unit_test(test_held_counter), cmocka_unit_test(test_free_in_callback), cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_client_side),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
