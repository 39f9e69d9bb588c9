/* SPDX-License-Identifier: MIT */
/*
 * A copy of the index while it is used. One of the index*.c files that know Berkeley DB.
 *
 * A checkpoint is written and no other until the copy is complete. Then every page that is read here is at least as young
 * as that checkpoint, and the log from there to the end is copied last: together just what a machine that lost its
 * power would find, so that the ordinary recovery at the next start makes it whole.
 *
 * Pages are read past the library, whose own copying would hold the writer up while the receiver is slow. A page that was
 * being written shows by its checksum and is read again.
 */
#include "store/index_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/index_db.h"

#define PORTION_BYTES (256 * 1024)
#define META_BYTES 512          /* of page 0 only so much is under the checksum */
#define META_CHECKSUM_AT 492
#define CHECKSUM_AT 28
#define TRIES 200
#define TRY_AGAIN_MS 2

struct copy {
	struct store_index *index;
	const struct store_index_sink *sink;
	int folder;
	uint8_t *buffer;         /* PORTION_BYTES */
	uint32_t reread;         /* pages that were being written */
};

/* The library's checksum of a page, whose own four bytes count as zeros. */
static bool
is_sound(const uint8_t *page, size_t len, size_t checksum_at)
{
	uint32_t h = 0, stored;
	for (size_t i = 0; i < len; i++)
		h = h * 33 + (i >= checksum_at && i < checksum_at + sizeof(stored) ? 0 : page[i]);
	memcpy(&stored, page + checksum_at, sizeof(stored));
	return h == stored;
}

static bool
is_empty(const uint8_t *page, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (page[i] != 0)
			return false;
	return true;
}

static bool
is_page(const uint8_t *page, uint32_t page_bytes, uint64_t number)
{
	if (number == 0)
		return is_sound(page, META_BYTES, META_CHECKSUM_AT);
	/* made by extending the file, not written yet */
	return is_sound(page, page_bytes, CHECKSUM_AT) || is_empty(page, page_bytes);
}

/* The pages in the buffer, each as some moment had it. */
static int
settle_pages(struct copy *c, int fd, const struct store_table_row *row, uint64_t offset, size_t n)
{
	for (size_t at = 0; at < n; at += row->page_bytes) {
		uint64_t number = (offset + at) / row->page_bytes;
		int tries = 0;
		while (!is_page(c->buffer + at, row->page_bytes, number)) {
			if (++tries == TRIES) {
				log_event(LOG_ERROR, "index-page-damaged", LOG_S("table", row->name), LOG_U("page", number));
				return ERR_CRYPTO;
			}
			clock_sleep_ms(TRY_AGAIN_MS);
			int err = file_pread_full(fd, c->buffer + at, row->page_bytes, offset + at);
			if (err != 0)
				return err;
			c->reread++;
		}
	}
	return 0;
}

/* The first bytes of an open file; row: it is that table. */
static int
copy_bytes(struct copy *c, int fd, uint64_t bytes, const struct store_table_row *row)
{
	int err = 0;
	for (uint64_t at = 0; err == 0 && at < bytes; at += PORTION_BYTES) {
		size_t n = bytes - at < PORTION_BYTES ? (size_t)(bytes - at) : PORTION_BYTES;
		err = file_pread_full(fd, c->buffer, n, at);
		if (err == 0 && row != NULL)
			err = settle_pages(c, fd, row, at, n);
		if (err == 0)
			err = c->sink->data(c->sink->arg, view_of(c->buffer, n));
	}
	return err;
}

/* At most limit bytes of a file of the environment. */
static int
copy_file(struct copy *c, const char *name, uint64_t limit, const struct store_table_row *row)
{
	struct stat st;
	int fd = openat(c->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_from_errno(errno);
	int err = fstat(fd, &st) == 0 ? 0 : ERR_IO;
	uint64_t bytes = err == 0 && (uint64_t)st.st_size < limit ? (uint64_t)st.st_size : limit;
	/* what a file grows by meanwhile is in the log */
	if (row != NULL)
		bytes -= bytes % row->page_bytes;
	if (err == 0)
		err = c->sink->file(c->sink->arg, name, bytes);
	if (err == 0)
		err = copy_bytes(c, fd, bytes, row);
	file_close(&fd);
	return err;
}

/* ---- the log, last ---- */

/* Everything logged so far is on disk afterwards; where it ends. */
static void
flush_log(DB_ENV *env, uint32_t *file_r, uint32_t *offset_r)
{
	DB_LOG_STAT *stat = NULL;
	int e = env->log_stat(env, &stat, 0);
	if (e == 0)
		e = env->log_flush(env, NULL);
	if (e != 0)
		store_index_fatal("flushing the log", e);
	*file_r = stat->st_cur_file;
	*offset_r = stat->st_cur_offset;
	free(stat);
}

static int
copy_log(struct copy *c)
{
	DB_ENV *env = c->index->env;
	uint32_t last, end;
	char **names = NULL;
	flush_log(env, &last, &end);
	int e = env->log_archive(env, &names, DB_ARCH_LOG);
	if (e != 0)
		store_index_fatal("listing the logs", e);
	int err = 0;
	for (char **name = names; err == 0 && name != NULL && *name != NULL; name++) {
		/* log.0000000001 */
		uint32_t number = (uint32_t)strtoul(*name + strlen("log."), NULL, 10);
		if (number <= last)
			err = copy_file(c, *name, number == last ? end : UINT64_MAX, NULL);
	}
	free(names);
	return err;
}

/* ---- the whole ---- */

static int
copy_all(struct copy *c)
{
	const char *path;
	int e = c->index->env->get_home(c->index->env, &path);
	require(e == 0);
	int err = file_open_dir(AT_FDCWD, path, &c->folder);
	for (int t = 0; err == 0 && t < STORE_TABLE_COUNT; t++) {
		const struct store_table_row *row = store_table_row((enum store_table)t);
		require(PORTION_BYTES % row->page_bytes == 0);
		err = copy_file(c, row->name, UINT64_MAX, row);
	}
	return err == 0 ? copy_log(c) : err;
}

int
store_index_copy(struct store_index *index, const struct store_index_sink *sink)
{
	struct copy c = { .index = index, .sink = sink, .folder = -1, .buffer = mem_array(PORTION_BYTES, 1) };
	uint64_t start_ms = clock_mono_ms();
	store_index_hold(index);
	int err = copy_all(&c);
	store_index_release(index);
	log_event(err == 0 ? LOG_INFO : LOG_WARNING, "index-copied", LOG_ERR(err), LOG_U("reread", c.reread),
	    LOG_U("ms", clock_mono_ms() - start_ms));
	file_close(&c.folder);
	mem_free(&c.buffer);
	return err;
}
