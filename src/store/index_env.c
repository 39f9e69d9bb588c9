/* SPDX-License-Identifier: MIT */
/*
 * The environment of Berkeley DB: recovery, tables, format version, checkpoints. One of the index*.c files that know
 * the library. Its errors end the process: after a failed write or sync only recovery can tell what is on disk.
 */
#include "store/index_db.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "base/cursor.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/format.h"
#include "store/thread.h"

#define LOCKS_MAX 200000         /* pages that one batch of writes may touch */
#define LOCKS_AT_START 4000      /* room made at once; more comes when it is needed */
#define LOG_BUFFER_BYTES (1024 * 1024)
#define CHECKPOINT_EVERY_MS 5000
#define CHECKPOINT_LOG_KIB 4096
#define CHECKPOINT_MINUTES 1
#define FILE_MODE 0600

void
store_index_fatal(const char *what, int db_error)
{
	fatal(db_error == ENOSPC ? EX_CANTCREAT : EX_IOERR, "index: %s: %s", what, db_strerror(db_error));
}

static void
on_message(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)env;
	(void)prefix;
	log_event(LOG_WARNING, "index-message", LOG_S("text", text));
}

/* Berkeley DB has given up: memory and disk may differ. Called from whichever thread noticed. */
static void
on_event(DB_ENV *env, u_int32_t event, void *info)
{
	(void)env;
	(void)info;
	if (event == DB_EVENT_PANIC || event == DB_EVENT_WRITE_FAILED)
		fatal(EX_IOERR, "index: a write failed; the store stops and recovers at the next start");
}

static int
environment_settings(DB_ENV *env, const struct store_index_options *o)
{
	uint64_t gib = 1ULL << 30;
	env->set_errcall(env, on_message);
	int e = env->set_event_notify(env, on_event);
	if (e == 0)
		e = env->set_cachesize(env, (u_int32_t)(o->cache_bytes / gib), (u_int32_t)(o->cache_bytes % gib), 1);
	if (e == 0)
		e = env->set_lg_max(env, STORE_FORMAT_LOG_BYTES);
	if (e == 0)
		e = env->set_lg_bsize(env, LOG_BUFFER_BYTES);
	/* a log file is zeroed when it is made, so that flushing it later changes no metadata of the file system */
	if (e == 0)
		e = env->log_set_config(env, DB_LOG_ZERO, 1);
	if (e == 0)
		e = env->set_lk_max_locks(env, LOCKS_MAX);
	if (e == 0)
		e = env->set_lk_max_objects(env, LOCKS_MAX);
	if (e == 0)
		e = env->set_memory_init(env, DB_MEM_LOCK, LOCKS_AT_START);
	if (e == 0)
		e = env->set_memory_init(env, DB_MEM_LOCKOBJECT, LOCKS_AT_START);
	if (e == 0)
		e = env->set_lk_tablesize(env, LOCKS_AT_START);
	return e;
}

static int
environment_open(struct store_index *index, const struct store_index_options *o)
{
	/* Pages and log buffers are written whole, with what of them was never filled: zeros, and not what the heap held before. */
	int e = db_env_set_func_malloc(mem_alloc);
	if (e == 0)
		e = db_env_create(&index->env, 0);
	if (e == 0)
		e = environment_settings(index->env, o);
	if (e == 0)
		e = index->env->open(index->env, o->path, DB_CREATE | DB_INIT_LOCK | DB_INIT_LOG | DB_INIT_MPOOL |
		    DB_INIT_TXN | DB_PRIVATE | DB_RECOVER | DB_THREAD, FILE_MODE);
	return e;
}

static int
table_open(struct store_index *index, enum store_table table)
{
	const struct store_table_row *row = store_table_row(table);
	DB *db;
	int e = db_create(&db, index->env, 0);
	if (e != 0)
		return e;
	index->tables[table] = db;
	e = db->set_pagesize(db, row->page_bytes);
	if (e == 0)
		e = db->set_flags(db, DB_CHKSUM);
	if (e == 0)
		e = db->open(db, NULL, row->name, NULL, DB_BTREE, DB_CREATE | DB_THREAD | DB_AUTO_COMMIT, FILE_MODE);
	return e;
}

/* Checks, or at the first start writes, the version that all of the state directory has. */
static int
check_version(struct store_index *index)
{
	struct buf value;
	buf_init(&value, 16);
	struct store_txn *tx = store_txn_begin(index);
	int err = store_index_get(tx, STORE_TABLE_META, VIEW_LIT(STORE_FORMAT_VERSION_KEY), &value);
	if (err == ERR_NOT_FOUND) {
		require(buf_append_u32(&value, STATE_FORMAT_VERSION) == 0);
		store_index_put(tx, STORE_TABLE_META, VIEW_LIT(STORE_FORMAT_VERSION_KEY), buf_view(&value));
		err = 0;
	}
	if (err == 0)
		err = store_txn_commit(&tx);
	store_txn_abort(&tx);
	struct cursor c = cursor_of(buf_view(&value));
	uint32_t version = cursor_u32(&c);
	buf_deinit(&value);
	if (err != 0 || (cursor_end(&c) == 0 && version == STATE_FORMAT_VERSION))
		return err;
	log_event(LOG_ERROR, "state-version", LOG_S("message", "the state directory was written by a newer version of "
	    "the program: install that version, or restore a backup of this one"), LOG_U("found", version),
	    LOG_U("known", STATE_FORMAT_VERSION));
	return ERR_VERSION;
}

static int
open_all(struct store_index *index, const struct store_index_options *o)
{
	int e = environment_open(index, o);
	if (e == 0)
		e = table_open(index, STORE_TABLE_META);
	int err = 0;
	if (e == 0)
		err = check_version(index);
	for (int t = STORE_TABLE_META + 1; e == 0 && err == 0 && t < STORE_TABLE_COUNT; t++)
		e = table_open(index, (enum store_table)t);
	if (e == 0)
		return err;
	log_event(LOG_ERROR, "index-open", LOG_S("cause", db_strerror(e)), LOG_S("message",
	    e == ENOSPC ? "the disk is full: free some room, the store needs it to recover" : "the index cannot be opened"));
	return e == ENOSPC ? ERR_FULL : ERR_IO;
}

int
store_index_open(const struct store_index_options *o, struct store_index **index_r)
{
	struct store_index *index = mem_alloc(sizeof(*index));
	require(pthread_mutex_init(&index->lock, NULL) == 0);
	require(pthread_mutex_init(&index->checkpointing, NULL) == 0);
	store_thread_cond_init(&index->ending);
	require(pthread_mutex_init(&index->gate, NULL) == 0);
	store_thread_cond_init(&index->gate_moved);
	int err = open_all(index, o);
	if (err != 0)
		store_index_close(&index);
	else
		*index_r = index;
	return err;
}

static void
checkpoint(struct store_index *index, u_int32_t kib, u_int32_t minutes, u_int32_t flags)
{
	int e = index->env->txn_checkpoint(index->env, kib, minutes, flags);
	if (e != 0)
		store_index_fatal("checkpoint", e);
	e = index->env->log_archive(index->env, NULL, DB_ARCH_REMOVE);
	if (e != 0)
		store_index_fatal("removing logs", e);
}

void
store_index_checkpoint(struct store_index *index)
{
	pthread_mutex_lock(&index->checkpointing);
	checkpoint(index, 0, 0, DB_FORCE);
	pthread_mutex_unlock(&index->checkpointing);
}

void
store_index_hold(struct store_index *index)
{
	pthread_mutex_lock(&index->checkpointing);
	checkpoint(index, 0, 0, DB_FORCE);
}

void
store_index_release(struct store_index *index)
{
	pthread_mutex_unlock(&index->checkpointing);
}

static void *
checkpoint_thread(void *arg)
{
	struct store_index *index = arg;
	pthread_mutex_lock(&index->lock);
	while (!index->is_ending) {
		store_thread_cond_wait(&index->ending, &index->lock, CHECKPOINT_EVERY_MS);
		pthread_mutex_unlock(&index->lock);
		/* else the index is being copied: later */
		if (pthread_mutex_trylock(&index->checkpointing) == 0) {
			checkpoint(index, CHECKPOINT_LOG_KIB, CHECKPOINT_MINUTES, 0);
			pthread_mutex_unlock(&index->checkpointing);
		}
		pthread_mutex_lock(&index->lock);
	}
	pthread_mutex_unlock(&index->lock);
	return NULL;
}

void
store_index_start(struct store_index *index)
{
	require(!index->has_thread);
	store_thread_start(&index->checkpointer, checkpoint_thread, index);
	index->has_thread = true;
}

static void
end_thread(struct store_index *index)
{
	pthread_mutex_lock(&index->lock);
	index->is_ending = true;
	pthread_cond_broadcast(&index->ending);
	pthread_mutex_unlock(&index->lock);
	store_thread_join(index->checkpointer);
}

void
store_index_close(struct store_index **index_p)
{
	struct store_index *index = *index_p;
	if (index == NULL)
		return;
	if (index->has_thread)
		end_thread(index);
	if (index->tables[STORE_TABLE_COUNT - 1] != NULL)
		store_index_checkpoint(index);
	for (int t = 0; t < STORE_TABLE_COUNT; t++)
		if (index->tables[t] != NULL)
			(void)index->tables[t]->close(index->tables[t], 0);
	if (index->env != NULL)
		(void)index->env->close(index->env, 0);
	pthread_cond_destroy(&index->gate_moved);
	pthread_mutex_destroy(&index->gate);
	pthread_cond_destroy(&index->ending);
	pthread_mutex_destroy(&index->checkpointing);
	pthread_mutex_destroy(&index->lock);
	mem_free(index_p);
}
