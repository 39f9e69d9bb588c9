/* SPDX-License-Identifier: MIT */
/*
 * Connections in a loop as their owners see them: making, ending, writing, limits. Must not know any protocol
 * above. http/ and the mail roles own connections; connection_work.c moves the bytes.
 */
#include "event/connection_work.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/mem.h"

static struct event_connection *
connection_new(struct event_loop *loop, int fd, const struct event_address *peer, const struct event_connection_options *o)
{
	struct event_connection *c = mem_alloc(sizeof(*c));
	require(o->handler != NULL && o->handler->data != NULL && o->handler->closed != NULL && o->input_max > 0);
	c->loop = loop;
	c->link = event_link_new(fd);
	c->peer = *peer;
	c->limiter = o->limiter;
	c->handler = o->handler;
	c->arg = o->arg;
	c->output_max = o->output_max;
	c->held_max = o->held_max;
	c->handshake_ms = o->handshake_ms;
	c->linger_ms = o->linger_ms;
	buf_init(&c->input, o->input_max);
	event_connection_watch(c, fd);
	/* Answers are gathered before they are sent: waiting for more would only delay them. Fails for other sockets. */
	int one = 1;
	c->counts_acked = setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0;
	event_loop_count(loop, 1);
	return c;
}

struct event_connection *
event_connection_accept(struct event_loop *loop, int fd, const struct event_address *peer,
    struct event_tls_credentials *credentials, const struct event_connection_options *o)
{
	struct event_connection *c = connection_new(loop, fd, peer, o);
	if (credentials != NULL) {
		c->upgrade = event_tls_credentials_ref(credentials);
		event_connection_start_handshake(c);
	} else {
		/* As if connecting had just succeeded: ready comes from the loop. */
		event_connection_set_state(c, EVENT_STATE_CONNECTING, c->handshake_ms);
	}
	event_connection_update(c);
	return c;
}

int
event_connection_connect(struct event_loop *loop, const struct event_address *peer,
    struct event_tls_credentials *credentials, const char *host, const struct event_connection_options *o,
    struct event_connection **c_r)
{
	struct sockaddr_storage ss;
	socklen_t len = event_address_to_sockaddr(peer, &ss);
	*c_r = NULL;
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	int r = connect(fd, (struct sockaddr *)&ss, len);
	int saved = errno;
	struct event_connection *c = connection_new(loop, fd, peer, o);
	event_connection_set_state(c, EVENT_STATE_CONNECTING, c->handshake_ms);
	if (credentials != NULL) {
		c->upgrade = event_tls_credentials_ref(credentials);
		c->host = mem_strdup(host);
	}
	if (r != 0 && saved != EINPROGRESS) {
		event_connection_die(c, saved == ETIMEDOUT ? ERR_TIMEOUT : ERR_CLOSED);
		event_connection_kick(c);
	}
	event_connection_update(c);
	*c_r = c;
	return 0;
}

int
event_connection_start_tls(struct event_connection *c, struct event_tls_credentials *credentials, const char *host)
{
	if (c->state != EVENT_STATE_OPEN || c->upgrade != NULL || event_link_is_tls(c->link))
		return ERR_STATE;
	/* Inside data the bytes that are just being consumed may be in input: settle() judges then. */
	if (!c->is_working && c->input.len > 0)
		return ERR_STATE;
	c->upgrade = event_tls_credentials_ref(credentials);
	mem_free(&c->host);
	c->host = host == NULL ? NULL : mem_strdup(host);
	event_connection_kick(c);
	return 0;
}

void
event_connection_free(struct event_connection **c_at)
{
	struct event_connection *c = *c_at;
	*c_at = NULL;
	if (c == NULL)
		return;
	c->is_freed = true;
	if (!c->is_working)
		event_connection_destroy(c);
}

void
event_connection_close(struct event_connection *c)
{
	if (c->state == EVENT_STATE_OPEN) {
		event_connection_set_state(c, EVENT_STATE_CLOSING, 0);
		/* A peer that takes nothing more is not waited for. */
		c->pace.idle_ms = c->linger_ms;
		c->pace.active = event_loop_now_ms(c->loop);
	} else if (c->state == EVENT_STATE_CONNECTING || c->state == EVENT_STATE_HANDSHAKE)
		event_connection_die(c, 0);
	event_connection_kick(c);
}

void
event_connection_set_handler(struct event_connection *c, const struct event_connection_handler *h, void *arg)
{
	c->handler = h;
	c->arg = arg;
}

const struct event_address *
event_connection_peer(const struct event_connection *c)
{
	return &c->peer;
}

bool
event_connection_is_tls(const struct event_connection *c)
{
	return c->link != NULL && event_link_is_tls(c->link);
}

bool
event_connection_is_resumed(const struct event_connection *c)
{
	return c->link != NULL && event_link_is_resumed(c->link);
}

void
event_connection_pause(struct event_connection *c)
{
	c->is_paused = true;
}

void
event_connection_resume(struct event_connection *c)
{
	c->is_paused = false;
	c->is_undelivered = true;
	event_connection_kick(c);
}

int
event_connection_write(struct event_connection *c, struct view v)
{
	if (c->state != EVENT_STATE_OPEN || c->upgrade != NULL)
		return ERR_STATE;
	if (v.len > c->output_max || c->output.bytes > c->output_max - v.len)
		return ERR_LIMIT;
	if (v.len > c->held_max || event_connection_held(c) > c->held_max - v.len)
		return ERR_LIMIT;
	event_output_write(&c->output, v);
	event_connection_kick(c);
	return 0;
}

int
event_connection_write_static(struct event_connection *c, struct view v)
{
	if (c->state != EVENT_STATE_OPEN || c->upgrade != NULL)
		return ERR_STATE;
	event_output_static(&c->output, v);
	event_connection_kick(c);
	return 0;
}

int
event_connection_send_file(struct event_connection *c, int fd, uint64_t offset, uint64_t length)
{
	if (c->state != EVENT_STATE_OPEN || c->upgrade != NULL) {
		close(fd);
		return ERR_STATE;
	}
	int err = event_output_file(&c->output, fd, offset, length);
	event_connection_kick(c);
	return err;
}

uint64_t
event_connection_queued(const struct event_connection *c)
{
	return c->output.bytes + c->output.outside_bytes;
}

uint64_t
event_connection_received(const struct event_connection *c)
{
	return c->received;
}

uint64_t
event_connection_sent(const struct event_connection *c)
{
	return c->sent;
}

int
event_connection_hold(struct event_connection *c, size_t n)
{
	if (n > c->held_max || event_connection_held(c) > c->held_max - n)
		return ERR_LIMIT;
	c->held += n;
	return 0;
}

void
event_connection_release(struct event_connection *c, size_t n)
{
	require(n <= c->held);
	c->held -= n;
	event_connection_kick(c);
}

size_t
event_connection_held(const struct event_connection *c)
{
	return c->input.len + c->output.bytes + c->held;
}

void
event_connection_set_held_max(struct event_connection *c, size_t held_max)
{
	c->held_max = held_max;
}

void
event_connection_set_deadline(struct event_connection *c, uint64_t delay_ms)
{
	c->pace.deadline = delay_ms == 0 ? 0 : event_loop_now_ms(c->loop) + delay_ms;
	event_connection_update(c);
}

void
event_connection_set_idle(struct event_connection *c, uint64_t idle_ms)
{
	if (c->pace.idle_ms == 0)
		c->pace.active = event_loop_now_ms(c->loop);
	c->pace.idle_ms = idle_ms;
	event_connection_update(c);
}

void
event_connection_set_rate(struct event_connection *c, uint32_t bytes_per_s, uint32_t window_ms)
{
	c->pace.rate = bytes_per_s;
	c->pace.window_ms = window_ms;
	event_connection_update(c);
}

void
event_connection_expect(struct event_connection *c, bool is_expecting)
{
	c->is_expecting = is_expecting;
	event_connection_update(c);
}
