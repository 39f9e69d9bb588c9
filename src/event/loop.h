/* SPDX-License-Identifier: MIT */
/*
 * The event loop of a process: timers, descriptors, signals, deferred calls, a wake-up from other threads.
 * One thread runs a loop and makes all calls on it, except event_wakeup_send().
 *
 * Every _start() returns a handle that the caller owns until its _cancel(), also when it has fired.
 * Cancelling is allowed at any time, also inside the handle's own callback; it clears the pointer, accepts
 * NULL, and the callback never comes afterwards. Callbacks come only from event_loop_run() and
 * event_loop_step(), never from inside a _start(), _change() or _cancel().
 */
#ifndef EVENT_LOOP_H
#define EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct event_loop;
struct event_timer;
struct event_watch;
struct event_signal;
struct event_deferred;
struct event_wakeup;

/* epoll; needs no file name afterwards, so it may be used in a jail. */
struct event_loop *event_loop_new(void);
/* Takes *loop, accepts NULL. All handles must have been cancelled, all connections freed. */
void event_loop_free(struct event_loop **loop);
/* Runs until event_loop_stop() or until nothing is left that could call back. */
void event_loop_run(struct event_loop *loop);
/* One round: waits for something to happen (is_blocking) or takes only what is ready. */
void event_loop_step(struct event_loop *loop, bool is_blocking);
/* Makes event_loop_run() return after the present round; from callbacks. */
void event_loop_stop(struct event_loop *loop);
/* CLOCK_MONOTONIC in milliseconds (a vDSO call: cheap). */
uint64_t event_loop_now_ms(const struct event_loop *loop);

/* Once, delay_ms from now; again after event_timer_again(), also from its own callback. */
struct event_timer *event_timer_start(struct event_loop *loop, uint64_t delay_ms, void (*fn)(void *arg), void *arg);
/* (Re)arms a pending or fired timer to delay_ms from now. */
void event_timer_again(struct event_timer *t, uint64_t delay_ms);
void event_timer_cancel(struct event_timer **t);

enum event_ready { EVENT_READ = 1, EVENT_WRITE = 2 };

/* Level-triggered: fn comes as long as fd is ready for one of events (EVENT_READ | EVENT_WRITE, 0 = pause).
 * Borrows fd; cancel before closing it. */
struct event_watch *event_watch_start(struct event_loop *loop, int fd, unsigned events,
    void (*fn)(void *arg, unsigned ready), void *arg);
void event_watch_change(struct event_watch *w, unsigned events);
void event_watch_cancel(struct event_watch **w);

/* A signal, delivered as a callback of the loop. One handle for each signal in a process. */
struct event_signal *event_signal_start(struct event_loop *loop, int signum, void (*fn)(void *arg), void *arg);
void event_signal_cancel(struct event_signal **s);

/* fn once, in the next round of the loop, after the callbacks that are due now. */
struct event_deferred *event_deferred_start(struct event_loop *loop, void (*fn)(void *arg), void *arg);
void event_deferred_cancel(struct event_deferred **d);

/* fn in the loop's thread after one or more event_wakeup_send() (several may become one callback). */
struct event_wakeup *event_wakeup_start(struct event_loop *loop, void (*fn)(void *arg), void *arg);
/* From any thread or signal handler, while the handle exists. Never blocks. */
void event_wakeup_send(struct event_wakeup *w);
/* No other thread may be sending any more. */
void event_wakeup_cancel(struct event_wakeup **w);

#endif
