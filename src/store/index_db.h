/* SPDX-License-Identifier: MIT */
/*
 * What the index*.c files share: the only header that knows Berkeley DB. Nobody else includes it.
 */
#ifndef STORE_INDEX_DB_H
#define STORE_INDEX_DB_H

#include <db.h>
#include <pthread.h>

#include "store/index.h"

struct store_index {
	DB_ENV *env;
	DB *tables[STORE_TABLE_COUNT];
	/*
	 * Readers never wait for a page while they hold another (no deadlock, the writer never gives way): one that is
	 * refused a page comes back between two write transactions, and the next one lets it go first.
	 */
	pthread_mutex_t gate;
	pthread_cond_t gate_moved;
	bool is_writing;
	unsigned refused;         /* readers that have been refused and are not done yet */
	pthread_mutex_t checkpointing;   /* whoever writes a checkpoint, or wants none (index_copy.c) */
	/* the thread that writes checkpoints */
	pthread_t checkpointer;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t ending;
	bool is_ending;
};

struct store_hook {
	struct store_hook *next;
	enum store_txn_event event;
	int (*fn)(void *arg);
	void *arg;
};

struct store_txn {
	struct store_index *index;
	struct store_txn *parent;
	DB_TXN *db;               /* NULL: a view */
	struct arena *arena;      /* of the outermost transaction, made when first asked for */
	struct store_hook *first, **last;
};

/* One portion of reading in a transaction of its own, on behalf of a view; asks again after a refusal.
 * fn: 0, DB_NOTFOUND, DB_BUFFER_SMALL or the library's refusal; called again from the start after one. */
int store_index_read(struct store_index *index, int (*fn)(void *arg, DB_TXN *db), void *arg);
/* Writes a checkpoint, and from then on none until _release() by the same thread: no log goes. */
void store_index_hold(struct store_index *index);
void store_index_release(struct store_index *index);
/* Ends the process: what Berkeley DB says is not something to go on after. */
_Noreturn void store_index_fatal(const char *what, int db_error);

static inline DBT
store_index_dbt(struct view v)
{
	DBT d = { .size = (u_int32_t)v.len };
	*(const void **)&d.data = v.data;
	return d;
}

#endif
