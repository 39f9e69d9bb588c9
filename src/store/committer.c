/* SPDX-License-Identifier: MIT */
/*
 * The one writer: a queue, a thread, batches. Knows nothing of what is written. A batch whose keys could not be flushed
 * is run once more, when those who need new keys are refused and the others go through.
 */
#include "store/committer.h"

#include <pthread.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "store/thread.h"

#define BATCH_MAX 256

struct store_committer {
	struct store_index *index;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct store_write *first, **last;
	bool is_ending;
	uint64_t commits, writes;
};

/* Up to BATCH_MAX writes from the queue, waiting for the first; NULL: the end. */
static struct store_write *
take_batch(struct store_committer *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->first == NULL && !c->is_ending)
		pthread_cond_wait(&c->more, &c->lock);
	struct store_write *batch = c->first, **at = &c->first;
	for (int n = 0; *at != NULL && n < BATCH_MAX; n++)
		at = &(*at)->next;
	c->first = *at;
	*at = NULL;
	if (c->first == NULL)
		c->last = &c->first;
	pthread_mutex_unlock(&c->lock);
	return batch;
}

static void
apply_one(struct store_write *w, struct store_txn *parent)
{
	struct store_txn *tx = store_txn_begin_child(parent);
	w->err = w->apply(w, tx);
	require(w->err <= 0);
	if (w->err != 0)
		store_txn_abort(&tx);
	else
		w->err = store_txn_commit(&tx);
}

/* All of a batch in one transaction. An error: nothing was done, and the batch may be run again. */
static int
apply_batch(struct store_index *index, struct store_write *batch)
{
	struct store_txn *tx = store_txn_begin(index);
	for (struct store_write *w = batch; w != NULL; w = w->next)
		apply_one(w, tx);
	return store_txn_commit(&tx);
}

static void
run_batch(struct store_committer *c, struct store_write *batch)
{
	int err = apply_batch(c->index, batch);
	if (err != 0)
		err = apply_batch(c->index, batch);
	uint64_t n = 0;
	for (struct store_write *w = batch; w != NULL; w = w->next)
		n++;
	pthread_mutex_lock(&c->lock);
	c->commits++;
	c->writes += n;
	pthread_mutex_unlock(&c->lock);
	while (batch != NULL) {
		struct store_write *w = batch;
		batch = w->next;
		w->done(w, w->err != 0 ? w->err : err);
	}
}

static void *
work(void *arg)
{
	struct store_committer *c = arg;
	struct store_write *batch;
	while ((batch = take_batch(c)) != NULL)
		run_batch(c, batch);
	return NULL;
}

struct store_committer *
store_committer_new(struct store_index *index)
{
	struct store_committer *c = mem_alloc(sizeof(*c));
	c->index = index;
	c->last = &c->first;
	require(pthread_mutex_init(&c->lock, NULL) == 0);
	store_thread_cond_init(&c->more);
	store_thread_start(&c->thread, work, c);
	return c;
}

void
store_committer_free(struct store_committer **committer)
{
	struct store_committer *c = *committer;
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->is_ending = true;
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->lock);
	store_thread_join(c->thread);
	pthread_cond_destroy(&c->more);
	pthread_mutex_destroy(&c->lock);
	mem_free(committer);
}

void
store_committer_submit(struct store_committer *c, struct store_write *w)
{
	w->next = NULL;
	pthread_mutex_lock(&c->lock);
	*c->last = w;
	c->last = &w->next;
	pthread_cond_signal(&c->more);
	pthread_mutex_unlock(&c->lock);
}

/* ---- a write that somebody waits for ---- */

struct waited {
	struct store_write write;
	int (*apply)(void *arg, struct store_txn *tx);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t end;
	bool is_done;
	int err;
};

static int
waited_apply(struct store_write *w, struct store_txn *tx)
{
	struct waited *x = (struct waited *)(void *)w;
	return x->apply(x->arg, tx);
}

static void
waited_done(struct store_write *w, int err)
{
	struct waited *x = (struct waited *)(void *)w;
	pthread_mutex_lock(&x->lock);
	x->err = err;
	x->is_done = true;
	pthread_cond_signal(&x->end);
	pthread_mutex_unlock(&x->lock);
}

_Static_assert(offsetof(struct waited, write) == 0, "a waited write begins with its write");

int
store_committer_run(struct store_committer *c, int (*apply)(void *arg, struct store_txn *tx), void *arg)
{
	struct waited x = { .write = { .apply = waited_apply, .done = waited_done }, .apply = apply, .arg = arg };
	require(!pthread_equal(pthread_self(), c->thread));
	require(pthread_mutex_init(&x.lock, NULL) == 0);
	store_thread_cond_init(&x.end);
	store_committer_submit(c, &x.write);
	pthread_mutex_lock(&x.lock);
	while (!x.is_done)
		pthread_cond_wait(&x.end, &x.lock);
	pthread_mutex_unlock(&x.lock);
	pthread_cond_destroy(&x.end);
	pthread_mutex_destroy(&x.lock);
	return x.err;
}

int
store_committer_run_alone(struct store_index *index, int (*apply)(void *arg, struct store_txn *tx), void *arg)
{
	struct store_txn *tx = store_txn_begin(index);
	int err = apply(arg, tx);
	if (err == 0)
		err = store_txn_commit(&tx);
	store_txn_abort(&tx);
	return err;
}

void
store_committer_counters(struct store_committer *c, uint64_t *commits_r, uint64_t *writes_r)
{
	pthread_mutex_lock(&c->lock);
	*commits_r = c->commits;
	*writes_r = c->writes;
	pthread_mutex_unlock(&c->lock);
}
