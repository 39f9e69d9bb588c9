/* SPDX-License-Identifier: MIT */
/*
 * Transactions, their hooks, and single values. One of the index*.c files that know Berkeley DB. There is one writer;
 * readers never wait inside the library, so nothing can lock up (index_db.h: gate).
 */
#include "store/index_db.h"

#include <string.h>

#include "base/cursor.h"
#include "base/fatal.h"
#include "base/mem.h"

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define FIRST_READ_BYTES 512

/* Write transactions open in this thread: a view beside one would wait for its own thread's locks for ever. */
static _Thread_local unsigned open_writes;

/* ---- transactions ---- */

static struct store_txn *
txn_new(struct store_index *index, struct store_txn *parent)
{
	struct store_txn *tx = mem_alloc(sizeof(*tx));
	tx->index = index;
	tx->parent = parent;
	tx->last = &tx->first;
	return tx;
}

struct store_txn *
store_txn_view(struct store_index *index)
{
	require(open_writes == 0);
	return txn_new(index, NULL);
}

static void
begin(struct store_txn *tx)
{
	DB_ENV *env = tx->index->env;
	int e = env->txn_begin(env, tx->parent == NULL ? NULL : tx->parent->db, &tx->db, 0);
	if (e != 0)
		store_index_fatal("begin", e);
}

/* A write transaction begins, after the readers that the last one kept out. */
static void
gate_close(struct store_index *index)
{
	pthread_mutex_lock(&index->gate);
	while (index->is_writing || index->refused > 0)
		pthread_cond_wait(&index->gate_moved, &index->gate);
	index->is_writing = true;
	pthread_mutex_unlock(&index->gate);
}

static void
gate_open(struct store_index *index)
{
	pthread_mutex_lock(&index->gate);
	index->is_writing = false;
	pthread_cond_broadcast(&index->gate_moved);
	pthread_mutex_unlock(&index->gate);
}

struct store_txn *
store_txn_begin(struct store_index *index)
{
	struct store_txn *tx = txn_new(index, NULL);
	gate_close(index);
	begin(tx);
	open_writes++;
	return tx;
}

struct store_txn *
store_txn_begin_child(struct store_txn *parent)
{
	require(parent->db != NULL);
	struct store_txn *tx = txn_new(parent->index, parent);
	begin(tx);
	return tx;
}

struct arena *
store_txn_arena(struct store_txn *tx)
{
	while (tx->parent != NULL)
		tx = tx->parent;
	if (tx->arena == NULL)
		tx->arena = arena_new(ARENA_BYTES);
	return tx->arena;
}

void
store_txn_hook(struct store_txn *tx, enum store_txn_event event, int (*fn)(void *arg), void *arg)
{
	require(tx->db != NULL);
	struct store_hook *hook = arena_alloc(store_txn_arena(tx), sizeof(*hook));
	*hook = (struct store_hook){ NULL, event, fn, arg };
	*tx->last = hook;
	tx->last = &hook->next;
}

static int
run_hooks(const struct store_txn *tx, enum store_txn_event event)
{
	for (const struct store_hook *h = tx->first; h != NULL; h = h->next) {
		int err = h->event == event ? h->fn(h->arg) : 0;
		if (err != 0 && event == STORE_BEFORE_COMMIT)
			return err;
	}
	return 0;
}

static void
txn_free(struct store_txn **tx, bool was_write)
{
	if (was_write && (*tx)->parent == NULL) {
		open_writes--;
		gate_open((*tx)->index);
	}
	arena_free(&(*tx)->arena);
	mem_free(tx);
}

void
store_txn_abort(struct store_txn **tx)
{
	if (*tx == NULL)
		return;
	bool is_write = (*tx)->db != NULL;
	if (is_write) {
		int e = (*tx)->db->abort((*tx)->db);
		if (e != 0)
			store_index_fatal("abort", e);
		(void)run_hooks(*tx, STORE_ON_ABORT);
	}
	txn_free(tx, is_write);
}

static int
db_commit(struct store_txn *tx)
{
	int e = tx->db->commit(tx->db, 0);
	if (e != 0)
		store_index_fatal("commit", e);
	tx->db = NULL;
	return 0;
}

static void
commit_child(struct store_txn **tx_p)
{
	struct store_txn *tx = *tx_p;
	db_commit(tx);
	if (tx->first != NULL) {
		*tx->parent->last = tx->first;
		tx->parent->last = tx->last;
	}
	txn_free(tx_p, true);
}

int
store_txn_commit(struct store_txn **tx)
{
	require((*tx)->db != NULL);
	if ((*tx)->parent != NULL) {
		commit_child(tx);
		return 0;
	}
	int err = run_hooks(*tx, STORE_BEFORE_COMMIT);
	if (err != 0) {
		store_txn_abort(tx);
		return err;
	}
	db_commit(*tx);
	(void)run_hooks(*tx, STORE_AFTER_COMMIT);
	(void)run_hooks(*tx, STORE_BEFORE_ANSWER);
	txn_free(tx, true);
	return 0;
}

bool
store_txn_is_view(const struct store_txn *tx)
{
	return tx->db == NULL;
}

/* ---- single values ---- */

static int
read_once(struct store_index *index, int (*fn)(void *arg, DB_TXN *db), void *arg)
{
	DB_TXN *db;
	int e = index->env->txn_begin(index->env, NULL, &db, DB_TXN_NOWAIT);
	if (e != 0)
		store_index_fatal("begin", e);
	int result = fn(arg, db);
	e = db->abort(db);
	if (e != 0)
		store_index_fatal("abort", e);
	return result;
}

static bool
is_refused(int e)
{
	return e == DB_LOCK_DEADLOCK || e == DB_LOCK_NOTGRANTED;
}

int
store_index_read(struct store_index *index, int (*fn)(void *arg, DB_TXN *db), void *arg)
{
	int e = read_once(index, fn, arg);
	if (!is_refused(e))
		return e;
	pthread_mutex_lock(&index->gate);
	index->refused++;
	do {
		while (index->is_writing)
			pthread_cond_wait(&index->gate_moved, &index->gate);
		pthread_mutex_unlock(&index->gate);
		e = read_once(index, fn, arg);
		pthread_mutex_lock(&index->gate);
	} while (is_refused(e));
	index->refused--;
	pthread_cond_broadcast(&index->gate_moved);
	pthread_mutex_unlock(&index->gate);
	return e;
}

struct get {
	DB *db;
	DBT *key, *value;
};

static int
get_once(void *arg, DB_TXN *txn)
{
	struct get *g = arg;
	return g->db->get(g->db, txn, g->key, g->value, 0);
}

static int
db_get(struct store_txn *tx, enum store_table table, DBT *key, DBT *value)
{
	struct get g = { tx->index->tables[table], key, value };
	int e = tx->db != NULL ? get_once(&g, tx->db) : store_index_read(tx->index, get_once, &g);
	if (e != 0 && e != DB_NOTFOUND && e != DB_BUFFER_SMALL)
		store_index_fatal("get", e);
	return e;
}

int
store_index_get(struct store_txn *tx, enum store_table table, struct view key, struct buf *out)
{
	require(key.len >= 1 && key.len <= STORE_KEY_MAX);
	size_t room = FIRST_READ_BYTES < out->max - out->len ? FIRST_READ_BYTES : out->max - out->len;
	DBT k = store_index_dbt(key);
	for (;;) {
		uint8_t *space;
		if (buf_reserve(out, room, &space) != 0)
			return ERR_LIMIT;
		DBT v = { .data = space, .ulen = (u_int32_t)room, .flags = DB_DBT_USERMEM };
		int e = db_get(tx, table, &k, &v);
		if (e == DB_NOTFOUND)
			return ERR_NOT_FOUND;
		if (e == 0) {
			buf_commit(out, v.size);
			return 0;
		}
		room = v.size;     /* too small: now its size is known */
	}
}

int
store_index_get_arena(struct store_txn *tx, enum store_table table, struct view key, struct arena *a,
    struct view *value_r)
{
	struct buf value;
	buf_init(&value, STORE_VALUE_MAX);
	int err = store_index_get(tx, table, key, &value);
	if (err == 0)
		*value_r = arena_dup(a, buf_view(&value));
	buf_deinit(&value);
	return err;
}

bool
store_index_has(struct store_txn *tx, enum store_table table, struct view key)
{
	require(key.len >= 1 && key.len <= STORE_KEY_MAX);
	DBT k = store_index_dbt(key);
	DBT v = { .flags = DB_DBT_USERMEM | DB_DBT_PARTIAL };
	return db_get(tx, table, &k, &v) != DB_NOTFOUND;
}

static int
db_put(struct store_txn *tx, enum store_table table, struct view key, struct view value, u_int32_t flags)
{
	require(tx->db != NULL);
	require(key.len >= 1 && key.len <= STORE_KEY_MAX && value.len <= STORE_VALUE_MAX);
	DB *db = tx->index->tables[table];
	DBT k = store_index_dbt(key), v = store_index_dbt(value);
	int e = db->put(db, tx->db, &k, &v, flags);
	if (e != 0 && e != DB_KEYEXIST)
		store_index_fatal("put", e);
	return e;
}

void
store_index_put(struct store_txn *tx, enum store_table table, struct view key, struct view value)
{
	require(db_put(tx, table, key, value, 0) == 0);
}

int
store_index_insert(struct store_txn *tx, enum store_table table, struct view key, struct view value)
{
	return db_put(tx, table, key, value, DB_NOOVERWRITE) == 0 ? 0 : ERR_EXISTS;
}

int
store_index_delete(struct store_txn *tx, enum store_table table, struct view key)
{
	require(tx->db != NULL && key.len >= 1 && key.len <= STORE_KEY_MAX);
	DB *db = tx->index->tables[table];
	DBT k = store_index_dbt(key);
	int e = db->del(db, tx->db, &k, 0);
	if (e != 0 && e != DB_NOTFOUND)
		store_index_fatal("delete", e);
	return e == 0 ? 0 : ERR_NOT_FOUND;
}

uint64_t
store_index_count(struct store_txn *tx, struct view counter)
{
	struct buf value;
	buf_init(&value, sizeof(uint64_t));
	int err = store_index_get(tx, STORE_TABLE_META, counter, &value);
	require(err == 0 || err == ERR_NOT_FOUND);
	struct cursor c = cursor_of(buf_view(&value));
	uint64_t n = err == 0 ? cursor_u64(&c) + 1 : 1;
	buf_clear(&value);
	require(buf_append_u64(&value, n) == 0);
	store_index_put(tx, STORE_TABLE_META, counter, buf_view(&value));
	buf_deinit(&value);
	return n;
}
