/* SPDX-License-Identifier: MIT */
/* event/connection.h and time: deadline, idle, minimum rate in both directions, handshakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "base/fatal.h"
#include "event/harness.h"

/* Long beside the pauses of who is steady: a busy machine lengthens those. */
#define LIMIT_MS 600
#define PAUSE_MS 50
#define PAUSES 16

static size_t
on_data_expect(void *arg, struct event_connection *c, struct view v)
{
	struct harness_server *s = arg;
	s->data_bytes += v.len;
	(void)c;
	return v.len;
}

static const struct event_connection_handler EATS = { .ready = harness_on_ready, .data = on_data_expect, .closed = harness_on_closed };

static void
accepted_timed(struct harness_server *s, struct event_connection *c)
{
	switch (s->mode) {
	case 0:
		event_connection_set_deadline(c, LIMIT_MS);
		break;
	case 1:
		event_connection_set_idle(c, LIMIT_MS);
		break;
	default:
		event_connection_set_rate(c, 1000, LIMIT_MS);
		event_connection_expect(c, true);
	}
}

static void
client_drips(void *arg)
{
	struct harness_client *c = arg;
	struct event_stream *s = harness_client_open(c);
	unsigned pause_ms = c->s.mode == 1 ? LIMIT_MS * 3 / 2 : 30;
	for (int i = 0; i < 50; i++) {
		if (__atomic_load_n(&c->s.n_closed, __ATOMIC_SEQ_CST) > 0)
			break;
		if (event_stream_write(s, VIEW_LIT("drip")) != 0)
			break;
		harness_sleep_ms(pause_ms);
	}
	harness_wait(&c->s.n_closed, 1);
	event_stream_free(&s);
}

static void
test_deadline_idle_rate(void **state)
{
	(void)state;
	for (int mode = 0; mode < 3; mode++) {
		struct harness_client c;
		harness_client_init(&c, true);
		c.s.options.handler = &EATS;
		c.s.accepted = accepted_timed;
		c.s.mode = mode;
		harness_run(c.s.loop, client_drips, &c);
		assert_int_equal(c.s.closed_err, ERR_TIMEOUT);
		harness_client_deinit(&c);
	}
}

/* Idle does not strike while bytes come, nor a rate that is kept. */
static void
client_is_steady(void *arg)
{
	struct harness_client *c = arg;
	uint8_t bytes[400] = { 0 };
	struct event_stream *s = harness_client_open(c);
	for (int i = 0; i < PAUSES; i++) {
		require(event_stream_write(s, view_of(bytes, sizeof(bytes))) == 0);
		harness_sleep_ms(PAUSE_MS);
	}
	require(c->s.n_closed == 0);
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
test_steady_is_left_alone(void **state)
{
	(void)state;
	for (int mode = 1; mode < 3; mode++) {
		struct harness_client c;
		harness_client_init(&c, true);
		c.s.options.handler = &EATS;
		c.s.accepted = accepted_timed;
		c.s.mode = mode;
		harness_run(c.s.loop, client_is_steady, &c);
		assert_int_equal(c.s.closed_err, ERR_CLOSED);
		harness_client_deinit(&c);
	}
}

static size_t
on_data_send_much(void *arg, struct event_connection *c, struct view v)
{
	(void)arg;
	event_connection_set_rate(c, 1000, LIMIT_MS);
	int fd = memfd_create("zeros", MFD_CLOEXEC);
	require(fd >= 0 && ftruncate(fd, 1 << 30) == 0);
	require(event_connection_send_file(c, fd, 0, 1 << 30) == 0);
	return v.len;
}

static const struct event_connection_handler SENDS_MUCH = { .data = on_data_send_much, .closed = harness_on_closed };

static void
client_does_not_read(void *arg)
{
	struct harness_client *c = arg;
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("go")) == 0);
	harness_wait(&c->s.n_closed, 1);
	event_stream_free(&s);
}

static void
test_reader_that_does_not_read(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handler = &SENDS_MUCH;
	harness_run(c.s.loop, client_does_not_read, &c);
	assert_int_equal(c.s.closed_err, ERR_TIMEOUT);
	harness_client_deinit(&c);
}

/* What counts for a slow reader is what arrives there, not what the kernel queues. */
static void
client_reads_slowly(void *arg)
{
	struct harness_client *c = arg;
	uint8_t in[2000];
	struct event_stream *s = harness_client_open(c);
	require(event_stream_write(s, VIEW_LIT("go")) == 0);
	for (int i = 0; i < PAUSES; i++) {
		size_t n = 0;
		for (size_t got = 0; got < 200000; got += n)
			require(event_stream_read(s, in, sizeof(in), &n) == 0);
		harness_sleep_ms(PAUSE_MS);
	}
	require(c->s.n_closed == 0);
	event_stream_free(&s);
	harness_wait(&c->s.n_closed, 1);
}

static void
test_slow_reader_is_left_alone(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handler = &SENDS_MUCH;
	harness_run(c.s.loop, client_reads_slowly, &c);
	assert_int_not_equal(c.s.closed_err, ERR_TIMEOUT);
	harness_client_deinit(&c);
}

static void
client_never_handshakes(void *arg)
{
	struct harness_client *c = arg;
	int fd = harness_connect(c->s.port);
	harness_wait(&c->s.n_closed, 1);
	close(fd);
}

static void
test_handshake_timeout(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	c.s.options.handshake_ms = 100;
	harness_run(c.s.loop, client_never_handshakes, &c);
	assert_int_equal(c.s.closed_err, ERR_TIMEOUT);
	assert_int_equal(c.s.n_ready, 0);
	harness_client_deinit(&c);
}

static void
client_speaks_plain(void *arg)
{
	struct harness_client *c = arg;
	int fd = harness_connect(c->s.port);
	require(write(fd, "GET / HTTP/1.1\r\n\r\n", 18) == 18);
	harness_wait(&c->s.n_closed, 1);
	close(fd);
}

static void
test_plain_on_tls_port(void **state)
{
	struct harness_client c;
	(void)state;
	harness_client_init(&c, true);
	harness_run(c.s.loop, client_speaks_plain, &c);
	assert_int_equal(c.s.closed_err, ERR_SYNTAX);
	harness_client_deinit(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadline_idle_rate), cmocka_unit_test(test_steady_is_left_alone),
		cmocka_unit_test(test_reader_that_does_not_read), cmocka_unit_test(test_slow_reader_is_left_alone),
		cmocka_unit_test(test_handshake_timeout), cmocka_unit_test(test_plain_on_tls_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
