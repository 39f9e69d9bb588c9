/* SPDX-License-Identifier: MIT */
/*
 * Streams of packages: one file each below packages/, in tmp (arriving), new (waiting) or cur (being fetched), under a
 * random name in a hashed subfolder. The table "spool" says which files exist and where; a file that no row
 * names is removed at start. Bytes never pass through here: descriptors are handed out.
 *
 * One writer: _write_open() gives a lease that ends by _write_close() or with the link it was given to. A lock on the open
 * file, which the writer's descriptor shares, keeps others away until that is closed too, also when the store was
 * restarted meanwhile. Whoever resumes gets the file cut to the offset acknowledged before. The store flushes on its own copy of the same open
 * file, so it sees write errors; after one the file cannot be resumed beyond what was acknowledged.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "store/index.h"
#include "store/pool.h"

enum store_folder { STORE_FOLDER_TMP = 1, STORE_FOLDER_NEW = 2, STORE_FOLDER_CUR = 3 };

struct store_spool;

/* folder_fd: packages/; borrowed until close, like index. Makes tmp, new and cur. */
int store_spool_open(int folder_fd, struct store_index *index, struct store_spool **spool_r) ERR_CHECK;
/* Where files are moved and removed after commits; needed before the first write transaction. Borrows pool. */
void store_spool_start(struct store_spool *spool, struct store_pool *pool);
/* Ends all leases; nothing may be flushing any more. */
void store_spool_close(struct store_spool **spool);
/* At start: removes files without a row, moves the others to where their row says. Blocks. */
int store_spool_sweep(struct store_spool *spool) ERR_CHECK;

/* ---- names, in write transactions; files follow after the commit ---- */

/* A new, empty file in tmp. file: random id; owner: the package (for verify). ERR_EXISTS. */
int store_spool_add(struct store_spool *spool, struct store_txn *tx, const struct id *file, const struct id *owner)
    ERR_CHECK;
/* ERR_NOT_FOUND. The file can be opened during the move. */
int store_spool_move(struct store_spool *spool, struct store_txn *tx, const struct id *file, enum store_folder to)
    ERR_CHECK;
/* The file goes (in the pool) after the commit; a lease on it ends. 0 if there is none. */
void store_spool_remove(struct store_spool *spool, struct store_txn *tx, const struct id *file);

/* ---- writing; link: the id of the link the descriptor goes to (store_call.link) ---- */

/*
 * A descriptor to append with, write-only, for the reply (owned by the caller). The file is made if it is not there and
 * cut to acknowledged bytes. ERR_BUSY: another writer holds the lease (also on the same link) or has
 * not closed its descriptor.
 * ERR_CHANGED: the file is shorter than acknowledged (damaged; logged). ERR_FULL, ERR_IO. Blocks a little.
 */
int store_spool_write_open(struct store_spool *spool, const struct id *file, uint64_t link, uint64_t acknowledged,
    int *fd_r) ERR_CHECK;
/* Everything written so far to disk; *size_r is the durable length. Blocks: only in STORE_CALL_SLOW handlers.
 * ERR_STATE: no lease of this link. ERR_FULL, ERR_IO: nothing new may be acknowledged; the lease has ended. */
int store_spool_flush(struct store_spool *spool, const struct id *file, uint64_t link, uint64_t *size_r) ERR_CHECK;
/* The writer has closed its descriptor. 0 if there was no lease. */
void store_spool_write_close(struct store_spool *spool, const struct id *file, uint64_t link);
/* What lies in a file that nobody writes: flushed, so that it can be acknowledged (after a writer has died).
 * *size_r >= acknowledged. ERR_BUSY: somebody writes. ERR_NOT_FOUND: no file yet. Blocks: only SLOW handlers. */
int store_spool_settle(struct store_spool *spool, const struct id *file, uint64_t acknowledged, uint64_t *size_r)
    ERR_CHECK;
/* The link has gone and its process is dead: all its leases end. */
void store_spool_link_gone(struct store_spool *spool, uint64_t link);

/* ---- reading ---- */

/* A read-only descriptor (owned by the caller) of a file of exactly size bytes. ERR_NOT_FOUND. ERR_CHANGED: another
 * size (damaged; logged). */
int store_spool_read_open(struct store_spool *spool, const struct id *file, uint64_t size, int *fd_r) ERR_CHECK;

/* For a backup: the file of a row as far as it has come, and the row's folder. ERR_NOT_FOUND: no row, or no file. */
int store_spool_copy_open(struct store_spool *spool, struct store_txn *tx, const struct id *file, enum store_folder *folder_r,
    int *fd_r) ERR_CHECK;

#endif
