/* SPDX-License-Identifier: MIT */
/*
 * Files and members of an archive. Knows nothing of what the documents say. Called by the other files of this folder and by the verbs
 * that make archives.
 */
#include "archive/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "archive/tar.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"

#define VERSION 1
/* So much is gathered before it is written. */
#define PIECE ((size_t)64 * 1024)
#define PIECE_MAX ((size_t)4 * 1024 * 1024)

struct archive_document {
	struct archive *archive;
	char name[ARCHIVE_TAR_NAME_MAX + 1];
	int fd;                      /* nameless: what was gathered */
	uint64_t size;
	uint64_t items;
	struct buf text;
	struct http_json_write json;
};

struct archive {
	struct file_draft draft;
	struct archive_tar tar;
	uint64_t made_ms;
	struct archive_count count;
	struct archive_document *index;
};

/* ---- documents ---- */

static int
open_document(struct archive *a, const char *name, struct archive_document **d_r)
{
	struct archive_document *d = mem_alloc(sizeof(*d));
	require(strlen(name) < sizeof(d->name));
	d->archive = a;
	memcpy(d->name, name, strlen(name) + 1);
	buf_init(&d->text, PIECE_MAX);
	int err = file_draft_scratch(&a->draft, &d->fd);
	if (err != 0) {
		mem_free(&d);
		return err;
	}
	d->json = http_json_write_to(&d->text);
	http_json_write_object(&d->json, NULL);
	*d_r = d;
	return 0;
}

static void
close_document(struct archive_document **d)
{
	file_close(&(*d)->fd);
	buf_wipe(&(*d)->text);
	buf_deinit(&(*d)->text);
	mem_free(d);
}

/* Says the error of the writer too: it sticks. */
static int
write_out(struct archive_document *d)
{
	int err = d->json.err;
	if (err == 0)
		err = file_write_full(d->fd, d->text.data, d->text.len);
	d->size += d->text.len;
	buf_wipe(&d->text);
	return err;
}

/* From the nameless file into the archive. */
static int
copy(struct archive_document *d)
{
	struct archive *a = d->archive;
	uint8_t piece[8192];
	uint64_t at = 0;
	int err = archive_stream_begin(a, d->name, d->size, a->made_ms);
	while (err == 0 && at < d->size) {
		size_t n = d->size - at < sizeof(piece) ? (size_t)(d->size - at) : sizeof(piece);
		err = file_pread_full(d->fd, piece, n, at);
		if (err == 0)
			err = archive_stream_write(a, view_of(piece, n));
		at += n;
	}
	return err == 0 ? archive_stream_end(a) : err;
}

static int
end_document(struct archive_document *d)
{
	http_json_write_close(&d->json);
	int err = http_json_write_end(&d->json);
	if (err == 0)
		err = buf_append_u8(&d->text, '\n');
	if (err == 0)
		err = write_out(d);
	return err == 0 ? copy(d) : err;
}

static int
note_document(const struct archive_document *d)
{
	struct archive_document *index = d->archive->index;
	http_json_write_object(&index->json, NULL);
	http_json_write_str(&index->json, "name", d->name);
	http_json_write_u64(&index->json, "items", d->items);
	http_json_write_close(&index->json);
	return archive_document_item(index);
}

int
archive_document_begin(struct archive *a, const char *name, struct archive_document **d_r)
{
	return open_document(a, name, d_r);
}

struct http_json_write *
archive_document_json(struct archive_document *d)
{
	return &d->json;
}

int
archive_document_flush(struct archive_document *d)
{
	return d->text.len < PIECE ? d->json.err : write_out(d);
}

int
archive_document_item(struct archive_document *d)
{
	int err = buf_append_u8(&d->text, '\n');
	d->items++;
	return err == 0 ? archive_document_flush(d) : err;
}

int
archive_document_end(struct archive_document **d, int err)
{
	if (err == 0)
		err = end_document(*d);
	if (err == 0)
		err = note_document(*d);
	close_document(d);
	return err;
}

/* ---- the archive ---- */

static void
begin_index(struct archive *a, const char *kind, const char *host)
{
	struct http_json_write *w = &a->index->json;
	http_json_write_str(w, "format", "provision-archive");
	http_json_write_u64(w, "version", VERSION);
	http_json_write_str(w, "kind", kind);
	http_json_write_str(w, "service", host);
	http_json_write_time(w, "made", a->made_ms);
	http_json_write_array(w, "documents");
}

int
archive_begin(const char *path, const char *kind, const char *host, uint64_t made_ms, struct archive **a_r)
{
	struct archive *a = mem_alloc(sizeof(*a));
	int err = file_draft_begin(AT_FDCWD, path, &a->draft);
	if (err != 0) {
		mem_free(&a);
		return err;
	}
	a->made_ms = made_ms;
	a->tar = archive_tar_to(a->draft.fd);
	err = open_document(a, "index.json", &a->index);
	if (err != 0) {
		archive_give_up(&a);
		return err;
	}
	begin_index(a, kind, host);
	*a_r = a;
	return 0;
}

void
archive_give_up(struct archive **a)
{
	if (*a == NULL)
		return;
	if ((*a)->index != NULL)
		close_document(&(*a)->index);
	file_draft_give_up(&(*a)->draft);
	mem_free(a);
}

static int
end_index(struct archive *a)
{
	struct http_json_write *w = &a->index->json;
	http_json_write_close(w);
	http_json_write_u64(w, "conversations", a->count.conversations);
	http_json_write_u64(w, "entries", a->count.entries);
	http_json_write_u64(w, "letters", a->count.letters);
	http_json_write_u64(w, "packages", a->count.packages);
	return end_document(a->index);
}

int
archive_finish(struct archive **a)
{
	int err = end_index(*a);
	if (err == 0)
		err = archive_tar_finish(&(*a)->tar);
	if (err != 0) {
		archive_give_up(a);
		return err;
	}
	close_document(&(*a)->index);
	err = file_draft_finish(&(*a)->draft);
	mem_free(a);
	return err;
}

struct archive_count *
archive_count(struct archive *a)
{
	return &a->count;
}

uint64_t
archive_made_ms(const struct archive *a)
{
	return a->made_ms;
}

/* ---- members ---- */

int
archive_stream_begin(struct archive *a, const char *name, uint64_t size, uint64_t time_ms)
{
	return archive_tar_begin(&a->tar, name, size, time_ms);
}

int
archive_stream_write(struct archive *a, struct view bytes)
{
	return archive_tar_write(&a->tar, bytes);
}

int
archive_stream_end(struct archive *a)
{
	return archive_tar_end(&a->tar);
}

int
archive_put(struct archive *a, const char *name, struct view content, uint64_t time_ms)
{
	int err = archive_stream_begin(a, name, content.len, time_ms);
	if (err == 0)
		err = archive_stream_write(a, content);
	return err == 0 ? archive_stream_end(a) : err;
}
