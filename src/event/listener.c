/* SPDX-License-Identifier: MIT */
/*
 * Accepting: bounded steps, limiter, rest when descriptors run out. Must not know what is spoken on the
 * connections. Servers call it with sockets that provisiond has bound.
 */
#include "event/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"

#define ACCEPTS_A_ROUND 32
#define REST_MS 200

struct event_listener {
	struct event_loop *loop;
	int fd;
	struct event_limiter *limiter;
	void (*fn)(void *arg, int fd, const struct event_address *peer);
	void *arg;
	struct event_watch *watch;
	struct event_timer *rest;
	bool is_paused, is_resting;
	bool *is_cancelled;              /* set while a round is running */
	struct event_listener_counts counts;
};

static void
update(struct event_listener *l)
{
	event_watch_change(l->watch, l->is_paused || l->is_resting ? 0 : EVENT_READ);
}

static void
on_rested(void *arg)
{
	struct event_listener *l = arg;
	l->is_resting = false;
	update(l);
}

static void
rest(struct event_listener *l, int saved_errno)
{
	if (l->counts.rested++ % 100 == 0)
		log_event(LOG_WARNING, "accept-rests", LOG_ERRNO(saved_errno), LOG_U("times", l->counts.rested));
	l->is_resting = true;
	update(l);
	if (l->rest == NULL)
		l->rest = event_timer_start(l->loop, REST_MS, on_rested, l);
	else
		event_timer_again(l->rest, REST_MS);
}

/* False: nothing more to accept now. */
static bool
accept_one(struct event_listener *l)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = accept4(l->fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		int saved = errno;
		if (saved == EMFILE || saved == ENFILE || saved == ENOMEM || saved == ENOBUFS)
			rest(l, saved);
		else if (saved != EAGAIN && saved != EINTR && saved != ECONNABORTED)
			log_event(LOG_DEBUG, "accept-failed", LOG_ERRNO(saved));
		return saved == EINTR || saved == ECONNABORTED;
	}
	struct event_address peer = event_address_from_sockaddr((struct sockaddr *)&ss, len);
	if (l->limiter != NULL && event_limiter_enter(l->limiter, &peer) != 0) {
		l->counts.refused++;
		close(fd);
		return true;
	}
	l->counts.accepted++;
	l->fn(l->arg, fd, &peer);
	return true;
}

static void
on_ready(void *arg, unsigned ready)
{
	(void)ready;
	struct event_listener *l = arg;
	bool is_cancelled = false;
	l->is_cancelled = &is_cancelled;
	for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
		bool more = accept_one(l);
		if (is_cancelled)
			return;
		if (!more || l->is_paused)
			break;
	}
	l->is_cancelled = NULL;
}

struct event_listener *
event_listener_start(struct event_loop *loop, int fd, struct event_limiter *limiter,
    void (*fn)(void *arg, int fd, const struct event_address *peer), void *arg)
{
	struct event_listener *l = mem_alloc(sizeof(*l));
	int flags = fcntl(fd, F_GETFL);
	require(flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
	l->loop = loop;
	l->fd = fd;
	l->limiter = limiter;
	l->fn = fn;
	l->arg = arg;
	l->watch = event_watch_start(loop, fd, EVENT_READ, on_ready, l);
	return l;
}

void
event_listener_pause(struct event_listener *l)
{
	l->is_paused = true;
	update(l);
}

void
event_listener_resume(struct event_listener *l)
{
	l->is_paused = false;
	update(l);
}

struct event_listener_counts
event_listener_counts(const struct event_listener *l)
{
	return l->counts;
}

void
event_listener_cancel(struct event_listener **l)
{
	if (*l == NULL)
		return;
	if ((*l)->is_cancelled != NULL)
		*(*l)->is_cancelled = true;
	event_watch_cancel(&(*l)->watch);
	event_timer_cancel(&(*l)->rest);
	mem_free(l);
}
