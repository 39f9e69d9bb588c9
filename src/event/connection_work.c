/* SPDX-License-Identifier: MIT */
/*
 * The state machine of a connection: moves bytes between the link (socket, TLS), the owner's handler and the
 * output queue, within the limits. Must not know any protocol above. connection.c starts it.
 *
 * All work happens in work(), which the loop calls (socket ready, time, or a kick after a call of the owner).
 * Handlers run inside work() only; a connection freed by its handler is destroyed when work() ends.
 */
#include "event/connection_work.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fatal.h"
#include "base/mem.h"

/* Pieces a connection may move in one round of the loop, so that no connection starves the others. */
#define PIECES_A_ROUND 16

static uint64_t
now_of(const struct event_connection *c)
{
	return event_loop_now_ms(c->loop);
}

/* True while the handler may be called with data. */
static bool
is_delivering(const struct event_connection *c)
{
	return c->state == EVENT_STATE_OPEN && !c->is_freed && !c->is_paused && c->upgrade == NULL;
}

/*
 * How many bytes may still be taken in. What the handler is given at once does not count as held before it has
 * left something over: so it can say itself what is too much.
 */
static size_t
room_of(const struct event_connection *c)
{
	size_t held = event_connection_held(c);
	size_t left = held < c->held_max ? c->held_max - held : 0;
	size_t input = c->input.max - c->input.len;
	return is_delivering(c) || input < left ? input : left;
}

void
event_connection_set_state(struct event_connection *c, enum event_connection_state state, uint32_t limit_ms)
{
	c->state = state;
	c->want = 0;
	c->state_deadline = limit_ms == 0 ? 0 : now_of(c) + limit_ms;
}

void
event_connection_die(struct event_connection *c, int err)
{
	if (c->state == EVENT_STATE_DEAD)
		return;
	event_connection_set_state(c, EVENT_STATE_DEAD, 0);
	c->err = err;
	ev_io_stop(event_loop_backend(c->loop), &c->io);
	if (err == ERR_TIMEOUT || err == ERR_LIMIT || err == ERR_IO)
		event_link_cut(c->link);     /* else the kernel would go on sending, and holding */
	event_link_free(&c->link);
	event_output_deinit(&c->output);
}

void
event_connection_start_handshake(struct event_connection *c)
{
	struct event_tls_credentials *credentials = c->upgrade;
	c->upgrade = NULL;
	event_link_start_tls(c->link, credentials, c->host);
	event_tls_credentials_free(&credentials);
	event_connection_set_state(c, EVENT_STATE_HANDSHAKE, c->handshake_ms);
}

static void
become_open(struct event_connection *c)
{
	event_connection_set_state(c, EVENT_STATE_OPEN, 0);
	event_pace_progress(&c->pace, now_of(c), 1);
	c->is_undelivered = true;
	if (c->handler->ready != NULL)
		c->handler->ready(c->arg, c);
}

static void
work_handshake(struct event_connection *c)
{
	int r = event_link_handshake(c->link);
	if (r > 0)
		c->want = r;
	else if (r < 0)
		event_connection_die(c, r);
	else
		become_open(c);
}

static void
work_connecting(struct event_connection *c)
{
	int so_error = 0;
	socklen_t len = sizeof(so_error);
	struct sockaddr_storage ss;
	socklen_t ss_len = sizeof(ss);
	if (getsockopt(event_link_fd(c->link), SOL_SOCKET, SO_ERROR, &so_error, &len) != 0 || so_error != 0)
		event_connection_die(c, so_error == ETIMEDOUT ? ERR_TIMEOUT : ERR_CLOSED);
	else if (getpeername(event_link_fd(c->link), (struct sockaddr *)&ss, &ss_len) != 0)
		event_connection_die(c, ERR_CLOSED);
	else if (c->upgrade == NULL)
		become_open(c);
	else {
		event_connection_start_handshake(c);
		work_handshake(c);           /* a client speaks first */
	}
}

static void
keep(struct event_connection *c, struct view v)
{
	if (v.len > 0)
		require(buf_append_view(&c->input, v) == 0);   /* room_of() was asked */
}

/* After the handler has taken n bytes of v. */
static void
settle(struct event_connection *c, struct view v, size_t n)
{
	require(n <= v.len);
	if (c->state != EVENT_STATE_OPEN || c->is_freed)
		return;
	if (c->upgrade != NULL && n < v.len) {
		event_connection_die(c, ERR_SYNTAX);
		return;
	}
	if (c->input.len > 0)
		buf_consume(&c->input, n);
	else
		keep(c, view_slice(v, n, v.len));
	if (c->input.len == 0)
		buf_shrink(&c->input);
	else if (!c->is_paused && (room_of(c) == 0 || event_connection_held(c) > c->held_max))
		event_connection_die(c, ERR_LIMIT);
}

/* Hands over what waits and what is fresh (in the loop's piece, or empty). */
static void
deliver(struct event_connection *c, struct view fresh)
{
	if (!is_delivering(c)) {
		keep(c, fresh);
		return;
	}
	c->is_undelivered = false;
	if (c->input.len > 0) {
		keep(c, fresh);
		fresh = buf_view(&c->input);
	}
	if (fresh.len > 0)
		settle(c, fresh, c->handler->data(c->arg, c, fresh));
}

/* Sends until the queue is empty (true) or the socket is full or the round is over. */
static bool
flush(struct event_connection *c, int *pieces)
{
	while (!event_output_is_empty(&c->output)) {
		struct view v = { NULL, 0 };
		size_t n = 0;
		if ((*pieces)-- <= 0)
			return false;
		int r = event_link_is_sending(c->link) ? 0 : event_output_peek(&c->output, event_loop_piece(c->loop), &v);
		if (r == 0)
			r = event_link_send(c->link, v, &n);
		if (r < 0)
			event_connection_die(c, r);
		if (r != 0)
			return false;
		event_output_consume(&c->output, n);
		c->sent += n;
		if (!c->counts_acked)
			event_pace_progress(&c->pace, now_of(c), n);
	}
	return true;
}

static void
flush_open(struct event_connection *c, int *pieces)
{
	while (c->state == EVENT_STATE_OPEN && !c->is_freed && !event_output_is_empty(&c->output)) {
		if (!flush(c, pieces))
			return;
		if (c->handler->writable != NULL)
			c->handler->writable(c->arg, c);
	}
}

/* One piece from the socket. False: nothing more now. */
static bool
take_in(struct event_connection *c)
{
	size_t room = room_of(c), n = 0;
	if (room == 0 || c->upgrade != NULL)
		return false;
	uint8_t *piece = event_loop_piece(c->loop);
	int r = event_link_recv(c->link, piece, room < EVENT_PIECE_BYTES ? room : EVENT_PIECE_BYTES, &n);
	c->want = r > 0 ? r : 0;
	if (r < 0)
		event_connection_die(c, r);
	if (r != 0)
		return false;
	c->received += n;
	event_pace_progress(&c->pace, now_of(c), n);
	deliver(c, view_of(piece, n));
	return true;
}

static void
work_open(struct event_connection *c)
{
	int pieces = PIECES_A_ROUND;
	if (c->is_undelivered)
		deliver(c, view_of(NULL, 0));
	flush_open(c, &pieces);
	while (c->state == EVENT_STATE_OPEN && !c->is_freed && pieces-- > 0 && take_in(c))
		flush_open(c, &pieces);
	if (c->state == EVENT_STATE_OPEN && c->upgrade != NULL && event_output_is_empty(&c->output) && !c->is_freed) {
		event_connection_start_handshake(c);
		work_handshake(c);
	}
}

static void
work_closing(struct event_connection *c)
{
	int pieces = PIECES_A_ROUND;
	buf_deinit(&c->input);
	if (!flush(c, &pieces))
		return;
	if (c->state_deadline == 0)
		c->state_deadline = now_of(c) + c->linger_ms;
	int r = event_link_end(c->link);
	if (r == 0)
		event_connection_set_state(c, EVENT_STATE_LINGER, c->linger_ms);
	else if (r > 0)
		c->want = r;
	else
		event_connection_die(c, 0);
}

/* Reads past TLS: only the end matters. */
static void
work_linger(struct event_connection *c)
{
	for (int i = 0; i < PIECES_A_ROUND; i++) {
		ssize_t n = recv(event_link_fd(c->link), event_loop_piece(c->loop), EVENT_PIECE_BYTES, 0);
		if (n > 0)
			continue;
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			event_connection_die(c, 0);
		return;
	}
}

static void (*const WORK[])(struct event_connection *c) = {
	[EVENT_STATE_CONNECTING] = work_connecting,
	[EVENT_STATE_HANDSHAKE] = work_handshake,
	[EVENT_STATE_OPEN] = work_open,
	[EVENT_STATE_CLOSING] = work_closing,
	[EVENT_STATE_LINGER] = work_linger,
};

/* What the peer has acknowledged since last asked counts as progress. */
static void
count_acked(struct event_connection *c)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	if (c->link == NULL || !c->counts_acked)
		return;
	memset(&info, 0, sizeof(info));
	if (getsockopt(event_link_fd(c->link), IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return;
	uint64_t acked = info.tcpi_bytes_acked;
	event_pace_progress(&c->pace, now_of(c), acked - c->acked);
	c->acked = acked;
}

static int
events_wanted(const struct event_connection *c)
{
	switch (c->state) {
	case EVENT_STATE_CONNECTING:
		return EV_WRITE;
	case EVENT_STATE_HANDSHAKE:
		return c->want == EVENT_LINK_WANT_WRITE ? EV_WRITE : EV_READ;
	case EVENT_STATE_OPEN:
		return (room_of(c) > 0 && c->upgrade == NULL ? EV_READ : 0) |
		    (!event_output_is_empty(&c->output) || c->want == EVENT_LINK_WANT_WRITE ? EV_WRITE : 0);
	case EVENT_STATE_CLOSING:
		return EV_WRITE;
	case EVENT_STATE_LINGER:
		return EV_READ;
	default:
		return 0;
	}
}

void
event_connection_kick(struct event_connection *c)
{
	if (c->is_working || ev_is_active(&c->kick))
		return;
	ev_timer_set(&c->kick, 0, 0);
	ev_timer_start(event_loop_backend(c->loop), &c->kick);
}

static void
update_io(struct event_connection *c)
{
	struct ev_loop *ev = event_loop_backend(c->loop);
	int events = events_wanted(c);
	if (events != (c->io.events & (EV_READ | EV_WRITE)) || (events != 0) != (ev_is_active(&c->io) != 0)) {
		ev_io_stop(ev, &c->io);
		ev_io_set(&c->io, event_link_fd(c->link), events);
		if (events != 0)
			ev_io_start(ev, &c->io);
	}
	bool is_blind = c->state == EVENT_STATE_OPEN && room_of(c) > 0 && event_link_has_pending(c->link);
	if (is_blind || (c->state == EVENT_STATE_OPEN && c->is_undelivered && is_delivering(c) && c->input.len > 0))
		event_connection_kick(c);
}

/* The timer is moved only forward in time's direction: too early is looked at again, so progress costs nothing. */
static void
update_timer(struct event_connection *c)
{
	struct ev_loop *ev = event_loop_backend(c->loop);
	uint64_t now = now_of(c);
	bool for_input = c->is_expecting && c->state == EVENT_STATE_OPEN && room_of(c) > 0;
	event_pace_wait(&c->pace, now, for_input || !event_output_is_empty(&c->output));
	uint64_t next = event_pace_next(&c->pace);
	if (c->state_deadline != 0 && c->state_deadline < next)
		next = c->state_deadline;
	if (next >= c->timer_at)
		return;
	ev_timer_stop(ev, &c->timer);
	c->timer_at = next;
	ev_timer_set(&c->timer, (double)(next > now ? next - now : 0) / 1000.0 + 0.001, 0);
	ev_timer_start(ev, &c->timer);
}

void
event_connection_update(struct event_connection *c)
{
	if (c->state == EVENT_STATE_DEAD || c->is_working)
		return;
	update_io(c);
	update_timer(c);
}

void
event_connection_destroy(struct event_connection *c)
{
	struct ev_loop *ev = event_loop_backend(c->loop);
	ev_io_stop(ev, &c->io);
	ev_timer_stop(ev, &c->timer);
	ev_timer_stop(ev, &c->kick);
	if (c->link != NULL)
		event_link_cut(c->link);
	event_link_free(&c->link);
	event_output_deinit(&c->output);
	buf_deinit(&c->input);
	event_tls_credentials_free(&c->upgrade);
	mem_free(&c->host);
	if (c->limiter != NULL)
		event_limiter_leave(c->limiter, &c->peer);
	event_loop_count(c->loop, -1);
	mem_free(&c);
}

static void
report(struct event_connection *c)
{
	struct ev_loop *ev = event_loop_backend(c->loop);
	ev_timer_stop(ev, &c->timer);
	ev_timer_stop(ev, &c->kick);
	c->is_reported = true;
	c->handler->closed(c->arg, c, c->err);
}

static void
work(struct event_connection *c)
{
	c->is_working = true;
	if (c->state != EVENT_STATE_DEAD)
		WORK[c->state](c);
	if (c->state == EVENT_STATE_DEAD && !c->is_reported && !c->is_freed)
		report(c);
	c->is_working = false;
	if (c->is_freed)
		event_connection_destroy(c);
	else
		event_connection_update(c);
}

static void
on_io(struct ev_loop *ev, ev_io *w, int revents)
{
	(void)ev;
	(void)revents;
	work(w->data);
}

static void
on_kick(struct ev_loop *ev, ev_timer *w, int revents)
{
	(void)ev;
	(void)revents;
	work(w->data);
}

static void
on_timer(struct ev_loop *ev, ev_timer *w, int revents)
{
	(void)ev;
	(void)revents;
	struct event_connection *c = w->data;
	uint64_t now = now_of(c);
	c->timer_at = EVENT_PACE_NEVER;
	count_acked(c);
	bool is_over = c->state_deadline != 0 && now >= c->state_deadline;
	if (is_over && c->state == EVENT_STATE_LINGER)
		event_connection_die(c, 0);
	else if (is_over || event_pace_check(&c->pace, now) != 0)
		event_connection_die(c, ERR_TIMEOUT);
	if (c->state == EVENT_STATE_DEAD)
		work(c);
	else
		event_connection_update(c);
}

void
event_connection_watch(struct event_connection *c, int fd)
{
	c->timer_at = EVENT_PACE_NEVER;
	ev_io_init(&c->io, on_io, fd, 0);
	ev_timer_init(&c->timer, on_timer, 0, 0);
	ev_timer_init(&c->kick, on_kick, 0, 0);
	c->io.data = c->timer.data = c->kick.data = c;
}
