/* SPDX-License-Identifier: MIT */
/*
 * From files to a body, all cores at once. The caller's thread hands out chunk numbers and takes encrypted chunks back in order;
 * workers open, read and encrypt. Each worker keeps the file of its last chunk open and compares what fstat() says before and
 * after every read with the manifest and with itself.
 */
#include "package/encrypt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "package/lane.h"
#include "package/pipeline.h"

enum mode { MODE_ENCRYPT, MODE_HASH };

/* What one thread has of its own. */
struct reading {
	struct package_lane *lane;
	uint8_t *plain;            /* PACKAGE_CHUNK_BYTES */
	int fd;                    /* of entry, -1: none */
	uint32_t entry;
	struct stat before;        /* when it was opened */
};

struct package_encrypt {
	struct package_writer *w;
	struct package_source source;
	struct package_pipeline *pipeline;
	struct reading readings[PACKAGE_THREADS_MAX + 1];   /* the last is the calling thread's */
	unsigned threads;
	uint32_t next;             /* chunk to submit next */
	uint64_t offset;           /* of the body: what is handed out next */
	bool is_checked;           /* check_empty_files() was content */
	int err;                   /* sticky */
	int64_t bad_entry;
};

static int64_t
mtime_ms(const struct stat *st)
{
	/* rounded down, also before 1970 */
	return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

int
package_encrypt_describe(const struct stat *st, struct package_entry *entry)
{
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return ERR_UNSUPPORTED;
	bool is_file = S_ISREG(st->st_mode);
	entry->kind = is_file ? PACKAGE_ENTRY_FILE : PACKAGE_ENTRY_FOLDER;
	entry->is_executable = is_file && (st->st_mode & S_IXUSR) != 0;
	entry->size = is_file ? (uint64_t)st->st_size : 0;
	entry->mtime_ms = mtime_ms(st);
	return 0;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Opens the entry's file in place of the one before; it must be what the manifest says. */
static int
switch_to(struct package_encrypt *e, struct reading *r, uint32_t entry)
{
	const struct package_entry *m = package_manifest_at(package_writer_manifest(e->w), entry);
	if (r->fd >= 0 && r->entry == entry)
		return 0;
	file_close(&r->fd);
	int err = e->source.open(e->source.arg, entry, &r->fd);
	if (err != 0)
		return err;
	r->entry = entry;
	if (fstat(r->fd, &r->before) != 0)
		return err_from_errno(errno);
	if (!S_ISREG(r->before.st_mode) || (uint64_t)r->before.st_size != m->size || mtime_ms(&r->before) != m->mtime_ms)
		return ERR_CHANGED;
	return 0;
}

static int
check_unchanged(const struct reading *r)
{
	struct stat now;
	if (fstat(r->fd, &now) != 0)
		return err_from_errno(errno);
	return is_same(&r->before, &now) ? 0 : ERR_CHANGED;
}

static int
read_chunk(struct package_encrypt *e, struct reading *r, const struct package_chunk *chunk)
{
	int err = switch_to(e, r, chunk->entry);
	if (err == 0)
		err = file_pread_full(r->fd, r->plain, chunk->plain_bytes, (uint64_t)chunk->index * PACKAGE_CHUNK_BYTES);
	if (err == ERR_CLOSED)
		return ERR_CHANGED;   /* shorter than it was */
	return err == 0 ? check_unchanged(r) : err;
}

static int
work(void *arg, unsigned thread, struct package_slot *slot)
{
	struct package_encrypt *e = arg;
	struct reading *r = &e->readings[thread];
	int err = read_chunk(e, r, &slot->chunk);
	struct view plain = view_of(r->plain, slot->chunk.plain_bytes);
	slot->out_len = 0;
	if (err != 0)
		return err;
	if (slot->mode == MODE_HASH)
		return package_lane_hash(r->lane, &slot->chunk, plain);
	slot->out_len = slot->chunk.stored_bytes;
	return package_lane_encrypt(r->lane, &slot->chunk, plain, slot->out);
}

struct package_encrypt *
package_encrypt_new(struct package_writer *w, const struct package_source *source, uint64_t from_offset, unsigned threads)
{
	struct package_encrypt *e = mem_alloc(sizeof(*e));
	e->w = w;
	e->source = *source;
	e->offset = from_offset;
	e->bad_entry = -1;
	e->threads = package_pipeline_threads(threads);
	for (unsigned i = 0; i <= e->threads; i++) {
		e->readings[i].fd = -1;
		e->readings[i].lane = package_lane_of_writer(w);
		e->readings[i].plain = i == e->threads ? NULL : mem_alloc(PACKAGE_CHUNK_BYTES);
	}
	e->pipeline = package_pipeline_new(e->threads, 0, PACKAGE_STORED_CHUNK_BYTES, work, e);
	return e;
}

void
package_encrypt_free(struct package_encrypt **e)
{
	if (*e == NULL)
		return;
	package_pipeline_free(&(*e)->pipeline);
	for (unsigned i = 0; i <= (*e)->threads; i++) {
		struct reading *r = &(*e)->readings[i];
		mem_free(&r->plain);
		package_lane_free(&r->lane);
		file_close(&r->fd);
	}
	mem_free(e);
}

int64_t
package_encrypt_bad_entry(const struct package_encrypt *e)
{
	return e->bad_entry;
}

/* Gives every free slot a chunk. Chunks before the offset are hashed if they have no leaf, else passed over. */
static void
feed(struct package_encrypt *e)
{
	const struct package_layout *l = package_writer_layout(e->w);
	struct package_slot *slot;
	while (e->next < package_layout_chunk_count(l) && (slot = package_pipeline_next(e->pipeline)) != NULL) {
		struct package_chunk chunk = package_layout_chunk(l, e->next++);
		bool is_behind = chunk.stored_offset + chunk.stored_bytes <= e->offset;
		if (is_behind && package_writer_has_leaf(e->w, chunk.number))
			continue;
		slot->chunk = chunk;
		slot->mode = is_behind ? MODE_HASH : MODE_ENCRYPT;
		package_pipeline_submit(e->pipeline);
	}
}

static int
fail(struct package_encrypt *e, int err, int64_t entry)
{
	e->err = err;
	e->bad_entry = entry;
	return err;
}

/* Bytes of the oldest chunk; *n_r = 0 when it is used up and released. */
static int
read_content(struct package_encrypt *e, struct package_slot *slot, uint8_t *out, size_t max, size_t *n_r)
{
	size_t n = 0;
	if (slot->err != 0)
		return fail(e, slot->err, slot->chunk.entry);
	if (slot->out_len > 0) {
		size_t done = (size_t)(e->offset - slot->chunk.stored_offset);
		n = slot->out_len - done < max ? slot->out_len - done : max;
		memcpy(out, slot->out + done, n);
		e->offset += n;
	}
	if (slot->out_len == 0 || e->offset == slot->chunk.stored_offset + slot->chunk.stored_bytes)
		package_pipeline_release(e->pipeline);
	*n_r = n;
	return 0;
}

/* Files without contents have no chunk: that they are still empty is looked at here, once, before the padding. */
static int
check_empty_files(struct package_encrypt *e)
{
	const struct package_manifest *m = package_writer_manifest(e->w);
	struct reading *r = &e->readings[e->threads];
	for (uint32_t i = 0; i < package_manifest_count(m); i++) {
		const struct package_entry *entry = package_manifest_at(m, i);
		if (entry->kind != PACKAGE_ENTRY_FILE || entry->size != 0)
			continue;
		int err = switch_to(e, r, i);
		if (err != 0)
			return fail(e, err, i);
	}
	return 0;
}

static int
read_padding(struct package_encrypt *e, uint8_t *out, size_t max, size_t *n_r)
{
	const struct package_layout *l = package_writer_layout(e->w);
	uint64_t left = package_layout_body_bytes(l) - e->offset;
	size_t n = left < max ? (size_t)left : max;
	int err = package_lane_padding(e->readings[e->threads].lane, e->offset, out, n);
	if (err != 0)
		return fail(e, err, -1);
	e->offset += n;
	*n_r = n;
	return 0;
}

int
package_encrypt_read(struct package_encrypt *e, void *out, size_t max, size_t *n_r)
{
	const struct package_layout *l = package_writer_layout(e->w);
	struct package_slot *slot;
	size_t n = 0;
	if (e->err != 0)
		return e->err;
	if (e->offset > package_layout_body_bytes(l))
		return fail(e, ERR_LIMIT, -1);
	for (feed(e); n == 0 && (slot = package_pipeline_wait(e->pipeline)) != NULL; feed(e)) {
		int err = read_content(e, slot, out, max, &n);
		if (err != 0)
			return err;
	}
	if (n == 0 && !e->is_checked) {
		int err = check_empty_files(e);
		if (err != 0)
			return err;
		e->is_checked = true;
	}
	*n_r = n;
	return n > 0 ? 0 : read_padding(e, out, max, n_r);
}
