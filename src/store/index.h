/* SPDX-License-Identifier: MIT */
/*
 * Ordered key -> value maps with transactions, on Berkeley DB, which only index*.c know. One environment for
 * the store's process: private, transactional, opened after the lock file was taken (recovery.h).
 *
 * Every read and write goes through a struct store_txn. Two kinds exist:
 *   - a view (store_txn_view): reads only, sees what is committed, any thread, holds no lock between calls;
 *   - a write transaction: made by the committer alone, in the committer's thread, one at a time, with
 *     children. A read that belongs to a write goes through the same transaction.
 * While the committer commits, a view may wait for the disk once (milliseconds).
 *
 * A failed write or sync of Berkeley DB ends the process (fatal): the supervisor restarts it and recovery
 * decides. So no function here returns ERR_IO.
 */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "store/table.h"

#define STORE_KEY_MAX 512                    /* bytes of a key */
#define STORE_VALUE_MAX (1024U * 1024)       /* bytes of a value */

struct store_index;
struct store_txn;

struct store_index_options {
	const char *path;          /* absolute folder of the environment, there already */
	uint64_t cache_bytes;      /* page cache */
};

/*
 * Runs recovery, opens (first: makes) all tables, checks the format version. Blocks, perhaps for seconds.
 * ERR_VERSION: written by a newer program (logged). ERR_FULL: no room for recovery. ERR_IO: else (logged).
 * No thread may exist yet in a process that is still to be jailed; store_index_start() makes the checkpoint thread.
 */
int store_index_open(const struct store_index_options *options, struct store_index **index_r) ERR_CHECK;
/* Starts the thread that writes checkpoints and removes logs that are no longer needed. */
void store_index_start(struct store_index *index);
/* Takes *index, accepts NULL. Ends the thread, writes a checkpoint, closes. No transaction may be open. */
void store_index_close(struct store_index **index);
/* Now rather than later: a checkpoint and removal of old logs. Blocks, also while the index is copied (index_copy.h). */
void store_index_checkpoint(struct store_index *index);

/* ---- transactions ---- */

/* Reads what is committed. Returns owned; end with store_txn_abort(). Cheap: no lock, no disk. */
struct store_txn *store_txn_view(struct store_index *index);
/* The committer's: a write transaction. Returns owned. */
struct store_txn *store_txn_begin(struct store_index *index);
/* A part of parent that can be undone alone. One open child at a time; parent is not used meanwhile. */
struct store_txn *store_txn_begin_child(struct store_txn *parent);
/* Takes *tx. A child: its changes become its parent's. A parent: durable when this returns 0. If a hook of
 * STORE_BEFORE_COMMIT fails its error is returned and everything is undone. */
int store_txn_commit(struct store_txn **tx) ERR_CHECK;
/* Takes *tx, accepts NULL, undoes everything. */
void store_txn_abort(struct store_txn **tx);
bool store_txn_is_view(const struct store_txn *tx);

/*
 * What goes with a transaction's end. fn runs in the committer's thread and must be short; arg lives until then
 * (store_txn_arena()).
 */
enum store_txn_event {
	STORE_BEFORE_COMMIT,   /* once before the parent commits: flush what the commit will name; may fail */
	STORE_AFTER_COMMIT,    /* the parent is durable; nothing has been answered yet */
	STORE_BEFORE_ANSWER,   /* the same, after all of those: destroyed keys are overwritten */
	STORE_ON_ABORT         /* this child or the parent was undone: take back what was done in memory */
};
void store_txn_hook(struct store_txn *tx, enum store_txn_event event, int (*fn)(void *arg), void *arg);
/* Memory that lives until the outermost transaction has ended and its hooks have run. */
struct arena *store_txn_arena(struct store_txn *tx);

/* ---- single values ---- */

/* Appends the value to out. ERR_NOT_FOUND. ERR_LIMIT: larger than out takes. */
int store_index_get(struct store_txn *tx, enum store_table table, struct view key, struct buf *out) ERR_CHECK;
/* The value in arena memory. ERR_NOT_FOUND. */
int store_index_get_arena(struct store_txn *tx, enum store_table table, struct view key, struct arena *a,
    struct view *value_r) ERR_CHECK;
bool store_index_has(struct store_txn *tx, enum store_table table, struct view key);
/* Writes or overwrites. Keys of 1..STORE_KEY_MAX, values up to STORE_VALUE_MAX (panic beyond). Not on a view (panic). */
void store_index_put(struct store_txn *tx, enum store_table table, struct view key, struct view value);
/* Writes; ERR_EXISTS: there is one already. */
int store_index_insert(struct store_txn *tx, enum store_table table, struct view key, struct view value) ERR_CHECK;
/* ERR_NOT_FOUND: there was none. */
int store_index_delete(struct store_txn *tx, enum store_table table, struct view key) ERR_CHECK;
/* Adds 1 to a counter of the meta table and gives the new value; counters never go back. */
uint64_t store_index_count(struct store_txn *tx, struct view counter);

/* ---- ranges ---- */

/*
 * Walks keys in order within [from, until), forward or backward; an empty until has no end. Rows are fetched in small
 * portions, so nothing is locked between two calls: what is changed meanwhile may or may not be seen.
 * Deleting the row that was just given is allowed.
 */
struct store_cursor;

enum store_direction { STORE_FORWARD, STORE_BACKWARD };

/* Borrows tx; copies from and until. Returns owned. */
struct store_cursor *store_cursor_open(struct store_txn *tx, enum store_table table, struct view from,
    struct view until, enum store_direction direction);
/* All keys that begin with prefix. after: only those behind this key in the chosen direction; empty = from the start. */
struct store_cursor *store_cursor_open_prefix(struct store_txn *tx, enum store_table table, struct view prefix,
    struct view after, enum store_direction direction);
/* The next row; the views live until the next call or close. False at the end. */
bool store_cursor_next(struct store_cursor *c, struct view *key_r, struct view *value_r);
/* Takes *c, accepts NULL. */
void store_cursor_close(struct store_cursor **c);

#endif
