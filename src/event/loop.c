/* SPDX-License-Identifier: MIT */
/*
 * The loop and its small handles: timers, descriptors, signals, deferred calls, wake-ups. Owns libev together
 * with connection.c and listener.c (through backend.h). Must not know what its users do. Every role runs one.
 */
#include "event/loop.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "event/backend.h"

struct event_loop {
	struct ev_loop *ev;
	uint8_t *piece;
	int handles;           /* live handles and connections: zero when freed */
};

struct event_timer {
	ev_timer ev;
	struct event_loop *loop;
	void (*fn)(void *arg);
	void *arg;
};

struct event_watch {
	ev_io ev;
	struct event_loop *loop;
	void (*fn)(void *arg, unsigned ready);
	void *arg;
};

struct event_signal {
	ev_signal ev;
	struct event_loop *loop;
	void (*fn)(void *arg);
	void *arg;
};

struct event_deferred {
	ev_timer ev;           /* of no delay: runs in the next round */
	struct event_loop *loop;
	void (*fn)(void *arg);
	void *arg;
};

struct event_wakeup {
	ev_async ev;
	struct event_loop *loop;
	void (*fn)(void *arg);
	void *arg;
};

struct event_loop *
event_loop_new(void)
{
	struct event_loop *l = mem_alloc(sizeof(*l));
	l->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV | EVFLAG_NOTIMERFD);
	if (l->ev == NULL)
		fatal(71, "cannot make an event loop (epoll)");
	l->piece = mem_alloc(EVENT_PIECE_BYTES);
	return l;
}

void
event_loop_free(struct event_loop **loop)
{
	if (*loop == NULL)
		return;
	require((*loop)->handles == 0);
	ev_loop_destroy((*loop)->ev);
	mem_free(&(*loop)->piece);
	mem_free(loop);
}

void
event_loop_run(struct event_loop *loop)
{
	ev_run(loop->ev, 0);
}

void
event_loop_step(struct event_loop *loop, bool is_blocking)
{
	ev_run(loop->ev, is_blocking ? EVRUN_ONCE : EVRUN_NOWAIT);
}

void
event_loop_stop(struct event_loop *loop)
{
	ev_break(loop->ev, EVBREAK_ALL);
}

/* libev's round time is wall time corrected for jumps; ours is the monotonic clock, read at most once a call. */
uint64_t
event_loop_now_ms(const struct event_loop *loop)
{
	(void)loop;
	return clock_mono_ms();
}

struct ev_loop *
event_loop_backend(struct event_loop *loop)
{
	return loop->ev;
}

uint8_t *
event_loop_piece(struct event_loop *loop)
{
	return loop->piece;
}

void
event_loop_count(struct event_loop *loop, int change)
{
	loop->handles += change;
}

static double
seconds(uint64_t ms)
{
	return (double)ms / 1000.0;
}

static void
on_timer(struct ev_loop *ev, ev_timer *w, int revents)
{
	(void)ev;
	(void)revents;
	struct event_timer *t = w->data;
	t->fn(t->arg);
}

struct event_timer *
event_timer_start(struct event_loop *loop, uint64_t delay_ms, void (*fn)(void *arg), void *arg)
{
	struct event_timer *t = mem_alloc(sizeof(*t));
	t->loop = loop;
	t->fn = fn;
	t->arg = arg;
	ev_timer_init(&t->ev, on_timer, 0, 0);
	t->ev.data = t;
	event_loop_count(loop, 1);
	event_timer_again(t, delay_ms);
	return t;
}

void
event_timer_again(struct event_timer *t, uint64_t delay_ms)
{
	ev_timer_stop(t->loop->ev, &t->ev);
	ev_now_update(t->loop->ev);
	ev_timer_set(&t->ev, seconds(delay_ms), 0);
	ev_timer_start(t->loop->ev, &t->ev);
}

void
event_timer_cancel(struct event_timer **t)
{
	if (*t == NULL)
		return;
	ev_timer_stop((*t)->loop->ev, &(*t)->ev);
	event_loop_count((*t)->loop, -1);
	mem_free(t);
}

static int
ev_mask(unsigned events)
{
	return ((events & EVENT_READ) != 0 ? EV_READ : 0) | ((events & EVENT_WRITE) != 0 ? EV_WRITE : 0);
}

static void
on_watch(struct ev_loop *ev, ev_io *io, int revents)
{
	(void)ev;
	struct event_watch *w = io->data;
	unsigned ready = ((revents & EV_READ) != 0 ? (unsigned)EVENT_READ : 0u) |
	    ((revents & EV_WRITE) != 0 ? (unsigned)EVENT_WRITE : 0u);
	w->fn(w->arg, ready);
}

struct event_watch *
event_watch_start(struct event_loop *loop, int fd, unsigned events, void (*fn)(void *arg, unsigned ready), void *arg)
{
	struct event_watch *w = mem_alloc(sizeof(*w));
	w->loop = loop;
	w->fn = fn;
	w->arg = arg;
	ev_io_init(&w->ev, on_watch, fd, ev_mask(events));
	w->ev.data = w;
	event_loop_count(loop, 1);
	if (events != 0)
		ev_io_start(loop->ev, &w->ev);
	return w;
}

void
event_watch_change(struct event_watch *w, unsigned events)
{
	ev_io_stop(w->loop->ev, &w->ev);
	ev_io_set(&w->ev, w->ev.fd, ev_mask(events));
	if (events != 0)
		ev_io_start(w->loop->ev, &w->ev);
}

void
event_watch_cancel(struct event_watch **w)
{
	if (*w == NULL)
		return;
	ev_io_stop((*w)->loop->ev, &(*w)->ev);
	event_loop_count((*w)->loop, -1);
	mem_free(w);
}

static void
on_signal(struct ev_loop *ev, ev_signal *w, int revents)
{
	(void)ev;
	(void)revents;
	struct event_signal *s = w->data;
	s->fn(s->arg);
}

struct event_signal *
event_signal_start(struct event_loop *loop, int signum, void (*fn)(void *arg), void *arg)
{
	struct event_signal *s = mem_alloc(sizeof(*s));
	s->loop = loop;
	s->fn = fn;
	s->arg = arg;
	ev_signal_init(&s->ev, on_signal, signum);
	s->ev.data = s;
	event_loop_count(loop, 1);
	ev_signal_start(loop->ev, &s->ev);
	return s;
}

void
event_signal_cancel(struct event_signal **s)
{
	if (*s == NULL)
		return;
	ev_signal_stop((*s)->loop->ev, &(*s)->ev);
	event_loop_count((*s)->loop, -1);
	mem_free(s);
}

static void
on_deferred(struct ev_loop *ev, ev_timer *w, int revents)
{
	(void)ev;
	(void)revents;
	struct event_deferred *d = w->data;
	d->fn(d->arg);
}

struct event_deferred *
event_deferred_start(struct event_loop *loop, void (*fn)(void *arg), void *arg)
{
	struct event_deferred *d = mem_alloc(sizeof(*d));
	d->loop = loop;
	d->fn = fn;
	d->arg = arg;
	ev_timer_init(&d->ev, on_deferred, 0, 0);
	d->ev.data = d;
	event_loop_count(loop, 1);
	ev_timer_start(loop->ev, &d->ev);
	return d;
}

void
event_deferred_cancel(struct event_deferred **d)
{
	if (*d == NULL)
		return;
	ev_timer_stop((*d)->loop->ev, &(*d)->ev);
	event_loop_count((*d)->loop, -1);
	mem_free(d);
}

static void
on_wakeup(struct ev_loop *ev, ev_async *w, int revents)
{
	(void)ev;
	(void)revents;
	struct event_wakeup *u = w->data;
	u->fn(u->arg);
}

struct event_wakeup *
event_wakeup_start(struct event_loop *loop, void (*fn)(void *arg), void *arg)
{
	struct event_wakeup *u = mem_alloc(sizeof(*u));
	u->loop = loop;
	u->fn = fn;
	u->arg = arg;
	ev_async_init(&u->ev, on_wakeup);
	u->ev.data = u;
	event_loop_count(loop, 1);
	ev_async_start(loop->ev, &u->ev);
	return u;
}

void
event_wakeup_send(struct event_wakeup *u)
{
	ev_async_send(u->loop->ev, &u->ev);
}

void
event_wakeup_cancel(struct event_wakeup **u)
{
	if (*u == NULL)
		return;
	ev_async_stop((*u)->loop->ev, &(*u)->ev);
	event_loop_count((*u)->loop, -1);
	mem_free(u);
}
