/* SPDX-License-Identifier: MIT */
/*
 * The ring. Three counters that only grow (taken back <= begun <= submitted) say in which state each slot is; all of them are
 * under one lock, the bytes in a slot belong to whoever the counters say. Workers block all signals.
 */
#include "package/pipeline.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/mem.h"

#define SLOTS_MAX (PACKAGE_THREADS_MAX + 2)

struct worker {
	pthread_t thread;
	struct package_pipeline *pipeline;
	unsigned number;
};

struct package_pipeline {
	pthread_mutex_t lock;
	pthread_cond_t has_work;
	pthread_cond_t has_result;
	uint64_t submitted;              /* under lock, like the next four */
	uint64_t begun;
	uint64_t released;               /* released <= begun <= submitted <= released + slot_count */
	bool is_done[SLOTS_MAX];
	bool is_stopped;
	struct package_slot slots[SLOTS_MAX];
	unsigned slot_count;
	struct worker workers[PACKAGE_THREADS_MAX];
	unsigned worker_count;
	package_work *work;
	void *arg;
};

unsigned
package_pipeline_threads(unsigned wish)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = wish != 0 ? wish : cores > 0 && cores < PACKAGE_THREADS_MAX ? (unsigned)cores : PACKAGE_THREADS_MAX;
	return n < PACKAGE_THREADS_MAX ? n : PACKAGE_THREADS_MAX;
}

/* The next job's place, or -1 when the pipeline ends. */
static int
begin_job(struct package_pipeline *p)
{
	int at = -1;
	pthread_mutex_lock(&p->lock);
	while (!p->is_stopped && p->begun == p->submitted)
		pthread_cond_wait(&p->has_work, &p->lock);
	if (!p->is_stopped)
		at = (int)(p->begun++ % p->slot_count);
	pthread_mutex_unlock(&p->lock);
	return at;
}

static void *
run(void *arg)
{
	struct worker *w = arg;
	struct package_pipeline *p = w->pipeline;
	for (int at = begin_job(p); at >= 0; at = begin_job(p)) {
		struct package_slot *slot = &p->slots[at];
		slot->err = p->work(p->arg, w->number, slot);
		pthread_mutex_lock(&p->lock);
		p->is_done[at] = true;
		pthread_cond_signal(&p->has_result);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static void
start_workers(struct package_pipeline *p, unsigned threads)
{
	sigset_t all, before;
	sigfillset(&all);
	require(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	for (p->worker_count = 0; p->worker_count < threads; p->worker_count++) {
		struct worker *w = &p->workers[p->worker_count];
		w->pipeline = p;
		w->number = p->worker_count;
		int error = pthread_create(&w->thread, NULL, run, w);
		if (error != 0)
			fatal(EX_OSERR, "cannot start a thread: %s", strerror(error));
	}
	require(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

struct package_pipeline *
package_pipeline_new(unsigned threads, size_t in_bytes, size_t out_bytes, package_work *work, void *arg)
{
	struct package_pipeline *p = mem_alloc(sizeof(*p));
	require(threads > 0 && threads <= PACKAGE_THREADS_MAX);
	require(pthread_mutex_init(&p->lock, NULL) == 0);
	require(pthread_cond_init(&p->has_work, NULL) == 0);
	require(pthread_cond_init(&p->has_result, NULL) == 0);
	p->work = work;
	p->arg = arg;
	p->slot_count = threads + 2;
	for (unsigned i = 0; i < p->slot_count; i++) {
		p->slots[i].in = in_bytes == 0 ? NULL : mem_alloc(in_bytes);
		p->slots[i].out = mem_alloc(out_bytes);
	}
	start_workers(p, threads);
	return p;
}

void
package_pipeline_free(struct package_pipeline **pp)
{
	struct package_pipeline *p = *pp;
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->is_stopped = true;
	pthread_cond_broadcast(&p->has_work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->worker_count; i++)
		require(pthread_join(p->workers[i].thread, NULL) == 0);
	for (unsigned i = 0; i < p->slot_count; i++) {
		mem_free(&p->slots[i].in);
		mem_free(&p->slots[i].out);
	}
	pthread_cond_destroy(&p->has_work);
	pthread_cond_destroy(&p->has_result);
	pthread_mutex_destroy(&p->lock);
	mem_free(pp);
}

/* submitted and released are changed by the calling thread only: it may read them without the lock. */
struct package_slot *
package_pipeline_next(struct package_pipeline *p)
{
	return p->submitted - p->released < p->slot_count ? &p->slots[p->submitted % p->slot_count] : NULL;
}

void
package_pipeline_submit(struct package_pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	require(p->submitted - p->released < p->slot_count);
	p->is_done[p->submitted % p->slot_count] = false;
	p->submitted++;
	pthread_cond_signal(&p->has_work);
	pthread_mutex_unlock(&p->lock);
}

static struct package_slot *
oldest(struct package_pipeline *p, bool may_wait)
{
	struct package_slot *slot = NULL;
	if (p->released == p->submitted)
		return NULL;
	size_t at = (size_t)(p->released % p->slot_count);
	pthread_mutex_lock(&p->lock);
	while (may_wait && !p->is_done[at])
		pthread_cond_wait(&p->has_result, &p->lock);
	if (p->is_done[at])
		slot = &p->slots[at];
	pthread_mutex_unlock(&p->lock);
	return slot;
}

struct package_slot *
package_pipeline_wait(struct package_pipeline *p)
{
	return oldest(p, true);
}

struct package_slot *
package_pipeline_ready(struct package_pipeline *p)
{
	return oldest(p, false);
}

void
package_pipeline_release(struct package_pipeline *p)
{
	pthread_mutex_lock(&p->lock);
	require(p->released < p->submitted && p->is_done[p->released % p->slot_count]);
	p->released++;
	pthread_mutex_unlock(&p->lock);
}
