/* SPDX-License-Identifier: MIT */
/*
 * A queue of jobs and the threads that take from it, in order. Owns no job's memory. Called by the spool, the workers
 * and hooks of the committer.
 */
#include "store/pool.h"

#include "base/fatal.h"
#include "base/mem.h"
#include "store/thread.h"

#define THREADS_MAX 64

struct job {
	struct job *next;
	void (*fn)(void *arg);
	void *arg;
};

struct store_pool {
	pthread_mutex_t lock;
	pthread_cond_t more;      /* a job or the end */
	pthread_cond_t idle;      /* depth has become 0 */
	struct job *first, **last;
	uint32_t depth;           /* queued and running */
	bool is_ending;
	uint32_t thread_count;
	pthread_t threads[THREADS_MAX];
};

/* The next job, waiting for one; NULL: the end. The lock is held. */
static struct job *
take(struct store_pool *p)
{
	while (p->first == NULL && !p->is_ending)
		pthread_cond_wait(&p->more, &p->lock);
	struct job *job = p->first;
	if (job == NULL)
		return NULL;
	p->first = job->next;
	if (p->first == NULL)
		p->last = &p->first;
	return job;
}

static void *
work(void *arg)
{
	struct store_pool *p = arg;
	struct job *job;
	pthread_mutex_lock(&p->lock);
	while ((job = take(p)) != NULL) {
		pthread_mutex_unlock(&p->lock);
		job->fn(job->arg);
		mem_free(&job);
		pthread_mutex_lock(&p->lock);
		if (--p->depth == 0)
			pthread_cond_broadcast(&p->idle);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct store_pool *
store_pool_new(uint32_t threads)
{
	require(threads >= 1 && threads <= THREADS_MAX);
	struct store_pool *p = mem_alloc(sizeof(*p));
	require(pthread_mutex_init(&p->lock, NULL) == 0);
	store_thread_cond_init(&p->more);
	store_thread_cond_init(&p->idle);
	p->last = &p->first;
	p->thread_count = threads;
	for (uint32_t i = 0; i < threads; i++)
		store_thread_start(&p->threads[i], work, p);
	return p;
}

void
store_pool_free(struct store_pool **pool)
{
	struct store_pool *p = *pool;
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->is_ending = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (uint32_t i = 0; i < p->thread_count; i++)
		store_thread_join(p->threads[i]);
	pthread_cond_destroy(&p->more);
	pthread_cond_destroy(&p->idle);
	pthread_mutex_destroy(&p->lock);
	mem_free(pool);
}

void
store_pool_submit(struct store_pool *p, void (*fn)(void *arg), void *arg)
{
	struct job *job = mem_alloc(sizeof(*job));
	*job = (struct job){ NULL, fn, arg };
	pthread_mutex_lock(&p->lock);
	*p->last = job;
	p->last = &job->next;
	p->depth++;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}

uint32_t
store_pool_depth(struct store_pool *p)
{
	pthread_mutex_lock(&p->lock);
	uint32_t depth = p->depth;
	pthread_mutex_unlock(&p->lock);
	return depth;
}

void
store_pool_drain(struct store_pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->depth > 0)
		pthread_cond_wait(&p->idle, &p->lock);
	pthread_mutex_unlock(&p->lock);
}
