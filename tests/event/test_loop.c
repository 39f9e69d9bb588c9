/* SPDX-License-Identifier: MIT */
/* event/loop.h and event/listener.h: handles, cancelling, wake-ups from threads, running out of descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/harness.h"
#include "event/listener.h"
#include "event/loop.h"

struct fixture {
	struct event_loop *loop;
	struct event_timer *timer;
	struct event_watch *watch;
	struct event_deferred *deferred;
	struct event_wakeup *wakeup;
	struct event_signal *signal;
	int calls;
	int order[8];
};

static void
on_timer_again(void *arg)
{
	struct fixture *f = arg;
	if (++f->calls < 3)
		event_timer_again(f->timer, 1);
	else
		event_timer_cancel(&f->timer);       /* in its own callback */
}

static void
test_timer(void **state)
{
	(void)state;
	struct fixture f = { .loop = event_loop_new() };
	uint64_t start = event_loop_now_ms(f.loop);
	f.timer = event_timer_start(f.loop, 20, on_timer_again, &f);
	event_loop_run(f.loop);                      /* returns when nothing is left */
	assert_int_equal(f.calls, 3);
	assert_null(f.timer);
	assert_in_range(event_loop_now_ms(f.loop) - start, 20, 2000);
	event_timer_cancel(&f.timer);                /* NULL is fine */
	event_loop_free(&f.loop);
	assert_null(f.loop);
}

static void
on_never(void *arg)
{
	(void)arg;
	fail();
}

static void
on_stop(void *arg)
{
	struct fixture *f = arg;
	f->calls++;
	event_loop_stop(f->loop);
}

static void
test_cancelled_timer_never_comes(void **state)
{
	(void)state;
	struct fixture f = { .loop = event_loop_new() };
	f.timer = event_timer_start(f.loop, 1, on_never, &f);
	event_timer_cancel(&f.timer);
	f.timer = event_timer_start(f.loop, 10, on_stop, &f);
	event_loop_run(f.loop);
	event_timer_cancel(&f.timer);
	event_loop_free(&f.loop);
}

static void
on_deferred(void *arg)
{
	struct fixture *f = arg;
	f->calls++;
	event_deferred_cancel(&f->deferred);
}

static void
test_deferred(void **state)
{
	(void)state;
	struct fixture f = { .loop = event_loop_new() };
	f.deferred = event_deferred_start(f.loop, on_deferred, &f);
	assert_int_equal(f.calls, 0);                /* never from inside */
	event_loop_run(f.loop);
	assert_int_equal(f.calls, 1);
	f.deferred = event_deferred_start(f.loop, on_never, &f);
	event_deferred_cancel(&f.deferred);
	event_loop_step(f.loop, false);
	event_loop_free(&f.loop);
}

static int pair[2];

static void
on_readable(void *arg, unsigned ready)
{
	struct fixture *f = arg;
	char byte;
	assert_int_equal(ready, EVENT_READ);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	if (++f->calls == 2)
		event_watch_cancel(&f->watch);
}

static void
test_watch(void **state)
{
	(void)state;
	struct fixture f = { .loop = event_loop_new() };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	f.watch = event_watch_start(f.loop, pair[0], EVENT_READ, on_readable, &f);
	assert_int_equal(write(pair[1], "ab", 2), 2);
	event_watch_change(f.watch, 0);
	event_loop_step(f.loop, false);
	assert_int_equal(f.calls, 0);                /* paused */
	event_watch_change(f.watch, EVENT_READ);
	event_loop_run(f.loop);
	assert_int_equal(f.calls, 2);
	close(pair[0]);
	close(pair[1]);
	event_loop_free(&f.loop);
}

static void
test_signal(void **state)
{
	(void)state;
	struct fixture f = { .loop = event_loop_new() };
	f.signal = event_signal_start(f.loop, SIGUSR1, on_stop, &f);
	raise(SIGUSR1);
	event_loop_run(f.loop);
	assert_int_equal(f.calls, 1);
	event_signal_cancel(&f.signal);
	event_loop_free(&f.loop);
}

#define SENDS 1000

static void *
sender(void *arg)
{
	struct fixture *f = arg;
	for (int i = 0; i < SENDS; i++)
		event_wakeup_send(f->wakeup);
	return NULL;
}

static void
test_wakeup_from_thread(void **state)
{
	(void)state;
	struct fixture f = { .loop = event_loop_new() };
	pthread_t thread;
	f.wakeup = event_wakeup_start(f.loop, on_stop, &f);
	assert_int_equal(pthread_create(&thread, NULL, sender, &f), 0);
	event_loop_run(f.loop);
	assert_in_range(f.calls, 1, SENDS);
	pthread_join(thread, NULL);
	event_wakeup_cancel(&f.wakeup);
	event_loop_free(&f.loop);
}

struct accepting {
	struct event_loop *loop;
	struct event_listener *listener;
	struct event_limiter *limiter;
	int fds[32];
	int n;
	uint16_t port;
};

static void
on_accept(void *arg, int fd, const struct event_address *peer)
{
	struct accepting *a = arg;
	assert_true(event_address_is_loopback(peer));
	a->fds[a->n++] = fd;
}

static void
client_connects_three(void *arg)
{
	struct accepting *a = arg;
	int fds[3];
	char byte;
	for (int i = 0; i < 3; i++)
		fds[i] = harness_connect(a->port);
	assert_int_equal(read(fds[2], &byte, 1), 0);   /* refused: closed at once */
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void
test_listener_limits(void **state)
{
	(void)state;
	struct accepting a = { .loop = event_loop_new(), .limiter = event_limiter_new(100, 2) };
	int fd = harness_listen(&a.port);
	a.listener = event_listener_start(a.loop, fd, a.limiter, on_accept, &a);
	harness_run(a.loop, client_connects_three, &a);
	struct event_listener_counts counts = event_listener_counts(a.listener);
	assert_int_equal(counts.accepted, 2);
	assert_int_equal(counts.refused, 1);
	struct event_address peer = harness_address(1);
	for (int i = 0; i < a.n; i++) {
		close(a.fds[i]);
		event_limiter_leave(a.limiter, &peer);
	}
	event_listener_cancel(&a.listener);
	event_limiter_free(&a.limiter);
	close(fd);
	event_loop_free(&a.loop);
}

static void
client_waits_for_accept(void *arg)
{
	struct accepting *a = arg;
	char byte;
	/* Reserved before descriptors ran out. */
	assert_int_equal(read(a->fds[31], &byte, 1), 1);
}

static void
give_back(void *arg)
{
	struct accepting *a = arg;
	struct rlimit all = { .rlim_cur = 1024, .rlim_max = 4096 };
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	all.rlim_cur = all.rlim_max;
	setrlimit(RLIMIT_NOFILE, &all);
	(void)a;
}

static void
on_accept_greet(void *arg, int fd, const struct event_address *peer)
{
	on_accept(arg, fd, peer);
	assert_int_equal(write(fd, "x", 1), 1);
}

static void
test_listener_rests_without_descriptors(void **state)
{
	(void)state;
	struct accepting a = { .loop = event_loop_new() };
	struct rlimit limit;
	int fd = harness_listen(&a.port);
	a.fds[31] = harness_connect(a.port);
	a.listener = event_listener_start(a.loop, fd, NULL, on_accept_greet, &a);
	struct event_timer *timer = event_timer_start(a.loop, 50, give_back, &a);
	event_loop_step(a.loop, false);
	/* accepted above or not: make one more connection that must wait */
	for (int i = 0; i < a.n; i++)
		close(a.fds[i]);
	a.n = 0;
	close(a.fds[31]);
	a.fds[31] = harness_connect(a.port);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	event_loop_step(a.loop, false);
	assert_int_equal(a.n, 0);
	assert_true(event_listener_counts(a.listener).rested > 0);
	give_back(&a);
	harness_run(a.loop, client_waits_for_accept, &a);
	assert_int_equal(a.n, 1);
	assert_in_range(event_listener_counts(a.listener).rested, 1, 3);
	close(a.fds[0]);
	close(a.fds[31]);
	event_timer_cancel(&timer);
	event_listener_cancel(&a.listener);
	close(fd);
	event_loop_free(&a.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timer), cmocka_unit_test(test_cancelled_timer_never_comes),
		cmocka_unit_test(test_deferred), cmocka_unit_test(test_watch), cmocka_unit_test(test_signal),
		cmocka_unit_test(test_wakeup_from_thread), cmocka_unit_test(test_listener_limits),
		cmocka_unit_test(test_listener_rests_without_descriptors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
