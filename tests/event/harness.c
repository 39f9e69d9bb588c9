/* SPDX-License-Identifier: MIT */
/*
 * Loop and client side by side, for tests.
 */
#include "event/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fatal.h"

struct run {
	struct event_loop *loop;
	struct event_wakeup *done;
	void (*client)(void *arg);
	void *arg;
};

int
harness_listen(uint16_t *port_r)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(fd >= 0 && bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 && listen(fd, 128) == 0);
	require(getsockname(fd, (struct sockaddr *)&in, &len) == 0);
	*port_r = ntohs(in.sin_port);
	return fd;
}

struct event_address
harness_address(uint16_t port)
{
	struct event_address a;
	require(event_address_parse(VIEW_LIT("127.0.0.1"), port, &a) == 0);
	return a;
}

int
harness_connect(uint16_t port)
{
	struct event_address a = harness_address(port);
	struct sockaddr_storage ss;
	socklen_t len = event_address_to_sockaddr(&a, &ss);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(fd >= 0 && connect(fd, (struct sockaddr *)&ss, len) == 0);
	return fd;
}

static void *
run_client(void *arg)
{
	struct run *r = arg;
	r->client(r->arg);
	event_wakeup_send(r->done);
	return NULL;
}

static void
on_done(void *arg)
{
	struct run *r = arg;
	event_loop_stop(r->loop);
}

void
harness_run(struct event_loop *loop, void (*client)(void *arg), void *arg)
{
	struct run r = { .loop = loop, .client = client, .arg = arg };
	pthread_t thread;
	r.done = event_wakeup_start(loop, on_done, &r);
	require(pthread_create(&thread, NULL, run_client, &r) == 0);
	event_loop_run(loop);
	pthread_join(thread, NULL);
	event_wakeup_cancel(&r.done);
}

void
harness_on_ready(void *arg, struct event_connection *c)
{
	struct harness_server *s = arg;
	__atomic_add_fetch(&s->n_ready, 1, __ATOMIC_SEQ_CST);
	s->n_resumed += event_connection_is_resumed(c) ? 1 : 0;
}

size_t
harness_on_data_echo(void *arg, struct event_connection *c, struct view bytes)
{
	struct harness_server *s = arg;
	s->data_bytes += bytes.len;
	require(event_connection_write(c, bytes) == 0);
	return bytes.len;
}

void
harness_on_closed(void *arg, struct event_connection *c, int err)
{
	struct harness_server *s = arg;
	if (s->last == c)
		s->last = NULL;
	s->closed_err = err;
	event_connection_free(&c);
	__atomic_add_fetch(&s->n_closed, 1, __ATOMIC_SEQ_CST);
}

static const struct event_connection_handler ECHO = {
	.ready = harness_on_ready, .data = harness_on_data_echo, .closed = harness_on_closed,
};

static void
on_accept(void *arg, int fd, const struct event_address *peer)
{
	struct harness_server *s = arg;
	s->options.arg = s;
	s->last = event_connection_accept(s->loop, fd, peer, s->credentials, &s->options);
	if (s->accepted != NULL)
		s->accepted(s, s->last);
}

void
harness_server_init(struct harness_server *s)
{
	*s = (struct harness_server){ .loop = event_loop_new() };
	s->fd = harness_listen(&s->port);
	s->listener = event_listener_start(s->loop, s->fd, NULL, on_accept, s);
	s->options = (struct event_connection_options){
		.handler = &ECHO, .input_max = 16384, .output_max = 1 << 20, .held_max = 1 << 21,
		.handshake_ms = 10000, .linger_ms = 2000,
	};
}

void
harness_server_deinit(struct harness_server *s)
{
	event_listener_cancel(&s->listener);
	event_connection_free(&s->last);
	event_tls_credentials_free(&s->credentials);
	event_loop_free(&s->loop);
	close(s->fd);
}

void
harness_wait(const unsigned *counter, unsigned n)
{
	for (int i = 0; i < 10000 && __atomic_load_n(counter, __ATOMIC_SEQ_CST) < n; i++)
		harness_sleep_ms(1);
	require(__atomic_load_n(counter, __ATOMIC_SEQ_CST) >= n);
}

void
harness_sleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	nanosleep(&t, NULL);
}

static struct certs authority, leaf;

const struct certs *
harness_authority(void)
{
	if (authority.cert[0] == '\0')
		certs_make_authority(&authority, "Test");
	return &authority;
}

const struct certs *
harness_leaf(void)
{
	if (leaf.cert[0] == '\0')
		certs_make_leaf(&leaf, harness_authority(), "server.example", -3600, 3600);
	return &leaf;
}

void
harness_client_init(struct harness_client *c, bool is_tls)
{
	*c = (struct harness_client){ .is_tls = is_tls };
	harness_server_init(&c->s);
	require(event_tls_credentials_new_client(certs_cert(harness_authority()), &c->trust) == 0);
	if (is_tls)
		require(event_tls_credentials_new_server(certs_cert(harness_leaf()), certs_key(harness_leaf()), &c->s.credentials) == 0);
}

void
harness_client_deinit(struct harness_client *c)
{
	harness_server_deinit(&c->s);
	event_tls_credentials_free(&c->trust);
}

struct event_stream *
harness_client_open(struct harness_client *c)
{
	struct event_address a = harness_address(c->s.port);
	struct event_stream *s = NULL;
	require(event_stream_connect(&a, 5000, &s) == 0);
	if (c->is_tls)
		require(event_stream_start_tls(s, c->trust, "server.example") == 0);
	return s;
}

void
harness_read(struct event_stream *s, uint8_t *to, size_t n)
{
	size_t got = 0;
	while (got < n) {
		size_t k = 0;
		int err = event_stream_read(s, to + got, n - got, &k);
		if (err != 0)
			panic("read: %s after %zu of %zu bytes", err_name(err), got, n);
		got += k;
	}
}

void
harness_fill(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}
