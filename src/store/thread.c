/* SPDX-License-Identifier: MIT */
/*
 * Makes the store's threads: signals stay with the loop's thread, stacks are small because memory is limited. Knows
 * nothing of what they do.
 */
#include "store/thread.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/clock.h"
#include "base/fatal.h"

#define STACK_BYTES ((size_t)512 * 1024)

void
store_thread_start(pthread_t *thread_r, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;
	pthread_attr_t attr;
	sigfillset(&all);
	require(pthread_attr_init(&attr) == 0);
	require(pthread_attr_setstacksize(&attr, STACK_BYTES) == 0);
	require(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	int e = pthread_create(thread_r, &attr, fn, arg);
	require(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	pthread_attr_destroy(&attr);
	if (e != 0)
		fatal(EX_OSERR, "no thread to be had: %s", strerror(e));
}

void
store_thread_join(pthread_t thread)
{
	require(pthread_join(thread, NULL) == 0);
}

void
store_thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	require(pthread_condattr_init(&attr) == 0);
	require(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	require(pthread_cond_init(cond, &attr) == 0);
	pthread_condattr_destroy(&attr);
}

bool
store_thread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, unsigned timeout_ms)
{
	uint64_t end_ms = clock_mono_ms() + timeout_ms;
	struct timespec at = { .tv_sec = (time_t)(end_ms / 1000), .tv_nsec = (long)(end_ms % 1000) * 1000000 };
	return pthread_cond_timedwait(cond, lock, &at) != ETIMEDOUT;
}
