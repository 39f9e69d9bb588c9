/* SPDX-License-Identifier: MIT */
/*
 * The one writer. A thread takes all queued writes (up to a bound), runs each in its own child of one transaction,
 * flushes new key slots, commits once, overwrites destroyed slots, then reports each as done. Order of
 * submission is order of commit.
 */
#ifndef STORE_COMMITTER_H
#define STORE_COMMITTER_H

#include <stdint.h>

#include "base/err.h"
#include "store/index.h"

struct store_committer;

/* One write; embedded in what it belongs to, owned by the submitter until done() was called. */
struct store_write {
	/* In the committer's thread, inside its own child transaction; 0 or an error that undoes it. May run twice. */
	int (*apply)(struct store_write *w, struct store_txn *tx);
	/* In the committer's thread, after the commit is durable (err = 0) or the write was undone. Must not block. */
	void (*done)(struct store_write *w, int err);
	struct store_write *next;   /* the committer's */
	int err;                    /* the committer's */
};

/* Starts the thread. Returns owned; borrows index. */
struct store_committer *store_committer_new(struct store_index *index);
/* Takes *c, accepts NULL: works off the queue, then ends the thread. */
void store_committer_free(struct store_committer **c);
/* Any thread. Never blocks. */
void store_committer_submit(struct store_committer *c, struct store_write *w);
/* Submits and waits; not from the committer's own thread. Returns apply's error or 0 when durable. */
int store_committer_run(struct store_committer *c, int (*apply)(void *arg, struct store_txn *tx), void *arg) ERR_CHECK;
/* Without a committer thread yet (start, tests): one transaction of its own, with all its hooks. */
int store_committer_run_alone(struct store_index *index, int (*apply)(void *arg, struct store_txn *tx), void *arg)
    ERR_CHECK;
/* Counters since start, for metrics: commits (batches) and writes. */
void store_committer_counters(struct store_committer *c, uint64_t *commits_r, uint64_t *writes_r);

#endif
