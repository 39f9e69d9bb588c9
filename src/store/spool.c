/* SPDX-License-Identifier: MIT */
/*
 * Files of the spool: names, leases, flushing, reading. Owns the table "spool" and who writes what (in memory: leases do
 * not outlive the process). Start is in spool_sweep.c. Never reads or writes a byte of a file.
 */
#include "store/spool_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"

#define FILE_MODE 0600
#define ROW_BYTES (1 + ID_BYTES)

/* One writer. Its entry also keeps others away while the store itself opens or flushes the file. */
struct lease {
	struct lease *next;
	struct id file;
	uint64_t link;          /* 0: the store itself */
	int fd;                 /* own copy of the writer's open file; -1 while it is being opened */
	bool is_new;            /* its folders are not flushed yet */
	bool is_over;           /* ends when nobody uses it any more */
	unsigned users;         /* threads that use fd */
};

void
store_spool_start(struct store_spool *s, struct store_pool *pool)
{
	s->pool = pool;
}

/* ---- names ---- */

struct store_spool_path
store_spool_path(enum store_folder folder, const struct id *file)
{
	static const char *const names[] = { [STORE_FOLDER_TMP] = "tmp", [STORE_FOLDER_NEW] = "new",
	    [STORE_FOLDER_CUR] = "cur" };
	struct store_spool_path p;
	struct id_text text = id_text(file);
	require(folder >= STORE_FOLDER_TMP && folder <= STORE_FOLDER_CUR);
	(void)snprintf(p.top, sizeof(p.top), "%s", names[folder]);
	(void)snprintf(p.sub, sizeof(p.sub), "%s/%.2s", p.top, text.s);
	(void)snprintf(p.file, sizeof(p.file), "%s/%s", p.sub, text.s);
	return p;
}

static int
put_row(struct store_txn *tx, const struct id *file, enum store_folder folder, const struct id *owner, bool is_insert)
{
	struct buf value;
	buf_init(&value, ROW_BYTES);
	struct encoder e = encoder_of(&value);
	encoder_u8(&e, (uint8_t)folder);
	encoder_view(&e, id_view(owner));
	require(encoder_end(&e) == 0);
	int err = 0;
	if (is_insert)
		err = store_index_insert(tx, STORE_TABLE_SPOOL, id_view(file), buf_view(&value));
	else
		store_index_put(tx, STORE_TABLE_SPOOL, id_view(file), buf_view(&value));
	buf_deinit(&value);
	return err;
}

int
store_spool_row(struct store_txn *tx, const struct id *file, enum store_folder *folder_r, struct id *owner_r)
{
	struct buf value;
	buf_init(&value, ROW_BYTES);
	int err = store_index_get(tx, STORE_TABLE_SPOOL, id_view(file), &value);
	require(err == 0 || err == ERR_NOT_FOUND);
	if (err == 0) {
		struct cursor c = cursor_of(buf_view(&value));
		*folder_r = (enum store_folder)cursor_u8(&c);
		cursor_copy(&c, owner_r->bytes, ID_BYTES);
		require(cursor_end(&c) == 0);
	}
	buf_deinit(&value);
	return err;
}

/* Where the file lies now, looked for in the order of its life's end: a move may be under way. */
static int
open_anywhere(struct store_spool *s, const struct id *file, int flags, int *fd_r)
{
	static const enum store_folder order[] = { STORE_FOLDER_NEW, STORE_FOLDER_CUR, STORE_FOLDER_TMP, STORE_FOLDER_NEW,
	    STORE_FOLDER_CUR };
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct store_spool_path p = store_spool_path(order[i], file);
		*fd_r = openat(s->folder, p.file, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
		if (*fd_r != -1 || errno != ENOENT)
			break;
	}
	return *fd_r != -1 ? 0 : err_from_errno(errno);
}

/* ---- moves and removals, after the commit ---- */

struct job {
	struct store_spool *spool;
	struct id file;
	enum store_folder to;
};

int
store_spool_move_file(struct store_spool *s, const struct id *file, enum store_folder from, enum store_folder to)
{
	struct store_spool_path a = store_spool_path(from, file), b = store_spool_path(to, file);
	int err = file_make_dir(s->folder, b.sub, 0700, FILE_DURABLE);
	if (err == 0 && renameat(s->folder, a.file, s->folder, b.file) != 0)
		err = err_from_errno(errno);
	if (err == 0)
		err = file_sync_dir(s->folder, b.sub);
	if (err == 0)
		err = file_sync_dir(s->folder, a.sub);
	return err;
}

static void
move_job(void *arg)
{
	struct job *j = arg;
	for (enum store_folder from = STORE_FOLDER_TMP; from <= STORE_FOLDER_CUR; from++) {
		int err = from == j->to ? ERR_NOT_FOUND : store_spool_move_file(j->spool, &j->file, from, j->to);
		if (err != 0 && err != ERR_NOT_FOUND)
			log_event(LOG_ERROR, "spool-move", LOG_ID("file", &j->file), LOG_ERR(err));
	}
	mem_free(&j);
}

static void
remove_job(void *arg)
{
	struct job *j = arg;
	for (enum store_folder from = STORE_FOLDER_TMP; from <= STORE_FOLDER_CUR; from++) {
		struct store_spool_path p = store_spool_path(from, &j->file);
		int err = file_unlink(j->spool->folder, p.file, FILE_DURABLE);
		if (err != 0 && err != ERR_NOT_FOUND)
			log_event(LOG_ERROR, "spool-remove", LOG_ID("file", &j->file), LOG_ERR(err));
	}
	mem_free(&j);
}

static int
submit_move(void *arg)
{
	struct job *j = mem_dup(arg, sizeof(*j));
	store_pool_submit(j->spool->pool, move_job, j);
	return 0;
}

static void lease_end(struct store_spool *s, const struct id *file, uint64_t link, bool is_any_link);

static int
submit_remove(void *arg)
{
	struct job *j = mem_dup(arg, sizeof(*j));
	lease_end(j->spool, &j->file, 0, true);
	store_pool_submit(j->spool->pool, remove_job, j);
	return 0;
}

static void
after_commit(struct store_spool *s, struct store_txn *tx, const struct id *file, enum store_folder to,
    int (*hook)(void *arg))
{
	struct job *j = arena_alloc(store_txn_arena(tx), sizeof(*j));
	*j = (struct job){ s, *file, to };
	store_txn_hook(tx, STORE_AFTER_COMMIT, hook, j);
}

int
store_spool_add(struct store_spool *s, struct store_txn *tx, const struct id *file, const struct id *owner)
{
	(void)s;
	return put_row(tx, file, STORE_FOLDER_TMP, owner, true);
}

int
store_spool_move(struct store_spool *s, struct store_txn *tx, const struct id *file, enum store_folder to)
{
	enum store_folder now;
	struct id owner;
	int err = store_spool_row(tx, file, &now, &owner);
	if (err != 0 || now == to)
		return err;
	(void)put_row(tx, file, to, &owner, false);
	after_commit(s, tx, file, to, submit_move);
	return 0;
}

void
store_spool_remove(struct store_spool *s, struct store_txn *tx, const struct id *file)
{
	if (store_index_delete(tx, STORE_TABLE_SPOOL, id_view(file)) == 0)
		after_commit(s, tx, file, STORE_FOLDER_TMP, submit_remove);
}

/* ---- leases ---- */

/* Lock held. */
static struct lease **
lease_find(struct store_spool *s, const struct id *file)
{
	struct lease **at = &s->leases;
	while (*at != NULL && !id_equal(&(*at)->file, file))
		at = &(*at)->next;
	return at;
}

/* Lock held: gone (true), or marked to go with its last user. */
static bool
lease_drop(struct lease **at)
{
	struct lease *l = *at;
	l->is_over = true;
	if (l->users > 0)
		return false;
	*at = l->next;
	file_close(&l->fd);
	mem_free(&l);
	return true;
}

/* A new one with its maker as user. ERR_BUSY: somebody writes. */
static int
lease_begin(struct store_spool *s, const struct id *file, uint64_t link, struct lease **lease_r)
{
	pthread_mutex_lock(&s->lock);
	struct lease **at = lease_find(s, file);
	int err = *at == NULL ? 0 : ERR_BUSY;
	if (err == 0) {
		struct lease *l = mem_alloc(sizeof(*l));
		*l = (struct lease){ .file = *file, .link = link, .fd = -1, .users = 1 };
		*at = *lease_r = l;
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

/* The link's lease for use by this thread. ERR_STATE: it has none. */
static int
lease_use(struct store_spool *s, const struct id *file, uint64_t link, struct lease **lease_r)
{
	pthread_mutex_lock(&s->lock);
	struct lease *l = *lease_find(s, file);
	int err = l == NULL || l->link != link || l->is_over || l->fd == -1 ? ERR_STATE : 0;
	if (err == 0) {
		l->users++;
		*lease_r = l;
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

/* This thread uses it no more; with is_end it goes. False: it is over. */
static bool
lease_unuse(struct store_spool *s, struct lease *l, bool is_end)
{
	pthread_mutex_lock(&s->lock);
	l->users--;
	bool is_over = l->is_over || is_end;
	if (is_over)
		(void)lease_drop(lease_find(s, &l->file));
	pthread_mutex_unlock(&s->lock);
	return !is_over;
}

static void
lease_end(struct store_spool *s, const struct id *file, uint64_t link, bool is_any_link)
{
	pthread_mutex_lock(&s->lock);
	struct lease **at = lease_find(s, file);
	if (*at != NULL && (is_any_link || (*at)->link == link))
		(void)lease_drop(at);
	pthread_mutex_unlock(&s->lock);
}

void
store_spool_write_close(struct store_spool *s, const struct id *file, uint64_t link)
{
	lease_end(s, file, link, false);
}

void
store_spool_link_gone(struct store_spool *s, uint64_t link)
{
	pthread_mutex_lock(&s->lock);
	for (struct lease **at = &s->leases; *at != NULL;)
		if ((*at)->link != link || !lease_drop(at))
			at = &(*at)->next;
	pthread_mutex_unlock(&s->lock);
}

void
store_spool_close(struct store_spool **spool)
{
	struct store_spool *s = *spool;
	if (s == NULL)
		return;
	while (s->leases != NULL)
		require(lease_drop(&s->leases));
	pthread_mutex_destroy(&s->lock);
	mem_free(spool);
}

/* ---- writing ---- */

static int
size_of(int fd, uint64_t *size_r)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR_IO;
	*size_r = (uint64_t)st.st_size;
	return 0;
}

/*
 * The one writer, as the kernel sees it: the lock belongs to the open file that the writer's descriptor shares with the
 * store's, so it lasts as long as any copy, also one from before a restart of the store. ERR_BUSY: there is another.
 */
static int
lock_file(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? ERR_BUSY : err_from_errno(errno);
}

/* The file in tmp, to append to; made if it is not there. */
static int
open_to_append(struct store_spool *s, struct lease *l)
{
	struct store_spool_path p = store_spool_path(STORE_FOLDER_TMP, &l->file);
	int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
	int fd = openat(s->folder, p.file, flags);
	if (fd == -1 && errno == ENOENT) {
		int err = file_make_dir(s->folder, p.sub, 0700, FILE_SCRATCH);
		if (err != 0)
			return err;
		fd = openat(s->folder, p.file, flags | O_CREAT | O_EXCL, FILE_MODE);
	}
	l->fd = fd;
	/* also when it was there: whoever made it may have died before its folder was flushed */
	l->is_new = true;
	return fd != -1 ? 0 : err_from_errno(errno);
}

static int
cut_to(struct lease *l, uint64_t acknowledged)
{
	uint64_t size;
	int err = size_of(l->fd, &size);
	if (err == 0 && size < acknowledged) {
		log_event(LOG_ERROR, "spool-short", LOG_ID("file", &l->file), LOG_U("size", size),
		    LOG_U("acknowledged", acknowledged));
		return ERR_CHANGED;
	}
	if (err == 0 && size > acknowledged && ftruncate(l->fd, (off_t)acknowledged) != 0)
		err = err_from_errno(errno);
	return err;
}

int
store_spool_write_open(struct store_spool *s, const struct id *file, uint64_t link, uint64_t acknowledged, int *fd_r)
{
	struct lease *l;
	int err = lease_begin(s, file, link, &l);
	if (err != 0)
		return err;
	err = open_to_append(s, l);
	if (err == 0)
		err = lock_file(l->fd);
	if (err == 0)
		err = cut_to(l, acknowledged);
	if (err == 0) {
		*fd_r = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
		err = *fd_r != -1 ? 0 : err_from_errno(errno);
	}
	bool is_kept = lease_unuse(s, l, err != 0);
	if (err == 0 && !is_kept) {
		/* the link died, or the file was removed, meanwhile */
		file_close(fd_r);
		err = ERR_CLOSED;
	}
	return err;
}

/* Content, then the folders that lead to it. */
static int
flush(struct store_spool *s, struct lease *l, uint64_t *size_r)
{
	struct store_spool_path p = store_spool_path(STORE_FOLDER_TMP, &l->file);
	/* the size first: what is written from here on is not promised */
	int err = size_of(l->fd, size_r);
	if (err == 0 && fdatasync(l->fd) != 0)
		err = err_from_errno(errno);
	if (err == 0 && l->is_new)
		err = file_sync_dir(s->folder, p.sub);
	if (err == 0 && l->is_new)
		err = file_sync_dir(s->folder, p.top);
	if (err == 0)
		l->is_new = false;
	else
		log_event(LOG_ERROR, "spool-flush", LOG_ID("file", &l->file), LOG_ERR(err));
	return err;
}

int
store_spool_flush(struct store_spool *s, const struct id *file, uint64_t link, uint64_t *size_r)
{
	struct lease *l;
	int err = lease_use(s, file, link, &l);
	if (err != 0)
		return err;
	err = flush(s, l, size_r);
	(void)lease_unuse(s, l, err != 0);
	return err;
}

int
store_spool_settle(struct store_spool *s, const struct id *file, uint64_t acknowledged, uint64_t *size_r)
{
	struct lease *l;
	int err = lease_begin(s, file, 0, &l);
	if (err != 0)
		return err;
	err = open_anywhere(s, file, O_WRONLY, &l->fd);
	l->is_new = true;
	if (err == 0)
		err = lock_file(l->fd);
	if (err == 0)
		err = flush(s, l, size_r);
	if (err == 0 && *size_r < acknowledged)
		err = ERR_CHANGED;
	(void)lease_unuse(s, l, true);
	return err;
}

/* ---- reading ---- */

int
store_spool_read_open(struct store_spool *s, const struct id *file, uint64_t size, int *fd_r)
{
	uint64_t found;
	int err = open_anywhere(s, file, O_RDONLY, fd_r);
	if (err != 0)
		return err;
	err = size_of(*fd_r, &found);
	if (err == 0 && found != size) {
		log_event(LOG_ERROR, "spool-size", LOG_ID("file", file), LOG_U("size", found), LOG_U("recorded", size));
		err = ERR_CHANGED;
	}
	if (err != 0)
		file_close(fd_r);
	return err;
}

int
store_spool_copy_open(struct store_spool *s, struct store_txn *tx, const struct id *file, enum store_folder *folder_r,
    int *fd_r)
{
	struct id owner;
	int err = store_spool_row(tx, file, folder_r, &owner);
	return err != 0 ? err : open_anywhere(s, file, O_RDONLY, fd_r);
}
