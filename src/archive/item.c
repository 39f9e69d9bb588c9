/* SPDX-License-Identifier: MIT */
/*
 * Rows of lists, answers and records of files as JSON. Called by the other files of this folder.
 */
#include "archive/item.h"

#include "base/fatal.h"
#include "base/network.h"
#include "base/text.h"
#include "rest/json.h"

#define BOUND_MAX 8
#define PATH_TEXT_MAX ((size_t)16 * 4096)

void
archive_item_members(struct http_json_write *w, const ProtobufCMessage *m, const char *const *bound)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "address");
	const char *but[BOUND_MAX] = { "address" };
	for (size_t n = 0; bound != NULL && bound[n] != NULL; n++) {
		require(n + 2 < BOUND_MAX);
		but[n + 1] = bound[n];
	}
	rest_json_write_members(w, m, but);
	if (f == NULL)
		return;
	const ProtobufCBinaryData *ip = (const void *)((const char *)m + f->offset);
	struct network_text text = network_text(view_of(ip->data, ip->len));
	if (text.s[0] != '\0')
		http_json_write_str(w, "address", text.s);
}

/* ---- files ---- */

/* The name as it can be read, the path as it is. */
static void
put_name(struct http_json_write *w, struct view path)
{
	struct buf name;
	buf_init(&name, PATH_TEXT_MAX);
	if (w->err == 0)
		w->err = text_escape(&name, path);
	http_json_write_string(w, "name", buf_view(&name));
	buf_deinit(&name);
	http_json_write_bytes(w, "path", path);
}

static void
put_file(struct http_json_write *w, const Provision__FileRecord *f)
{
	char fingerprint[TEXT_BASE32_LEN(32) + 1];
	http_json_write_object(w, NULL);
	put_name(w, view_of(f->path.data, f->path.len));
	http_json_write_u64(w, "size", f->size);
	if (f->fingerprint.len == 32) {
		text_base32(view_of(f->fingerprint.data, f->fingerprint.len), fingerprint);
		http_json_write_str(w, "fingerprint", fingerprint);
	}
	http_json_write_close(w);
}

/* Page by page. What ends meanwhile has no more files. */
static int
put_files(struct archive_document *d, const struct archive_source *s, ProtobufCBinaryData package)
{
	Provision__PackageFilesGet m = PROVISION__PACKAGE_FILES_GET__INIT;
	struct arena *arena = arena_new(ARCHIVE_SOURCE_ARENA);
	bool is_last = false;
	int err = 0;
	for (m.package = package; err == 0 && !is_last; m.page++) {
		const ProtobufCMessage *reply = NULL;
		arena_reset(arena);
		err = archive_source_ask(s, "getFiles", &m.base, arena, &reply);
		if (err != 0)
			break;
		const Provision__PackageFilesGetReply *r = (const Provision__PackageFilesGetReply *)reply;
		for (size_t i = 0; i < r->n_files; i++)
			put_file(archive_document_json(d), r->files[i]);
		is_last = r->is_last || r->n_files == 0;
		err = archive_document_flush(d);
	}
	arena_free(&arena);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
archive_item_package(struct archive_document *d, const struct archive_source *s, const Provision__PackageRow *row)
{
	static const char *const bound[] = { "subscription", "files", "page_count", "peer", NULL };
	struct http_json_write *w = archive_document_json(d);
	int err = 0;
	http_json_write_object(w, "package");
	rest_json_write_members(w, &row->base, bound);
	http_json_write_close(w);
	http_json_write_array(w, "files");
	if (row->n_files == row->file_count)
		for (size_t i = 0; i < row->n_files; i++)
			put_file(w, row->files[i]);
	else
		err = put_files(d, s, row->package);
	http_json_write_close(w);
	return err;
}

/* ---- whole documents ---- */

struct listing {
	struct archive_document *document;
	const char *const *bound;
};

static int
put_row(const ProtobufCMessage *row, void *arg)
{
	struct listing *l = arg;
	struct http_json_write *w = archive_document_json(l->document);
	http_json_write_object(w, NULL);
	archive_item_members(w, row, l->bound);
	http_json_write_close(w);
	return archive_document_item(l->document);
}

int
archive_item_list(struct archive *a, const struct archive_source *s, const char *name, const char *operation, ProtobufCMessage *request,
    const char *const *bound)
{
	struct listing l = { .bound = bound };
	int err = archive_document_begin(a, name, &l.document);
	if (err != 0)
		return err;
	http_json_write_array(archive_document_json(l.document), "items");
	err = archive_source_each(s, operation, request, put_row, &l);
	if (err == 0)
		http_json_write_close(archive_document_json(l.document));
	return archive_document_end(&l.document, err);
}

int
archive_item_all(struct archive *a, const struct archive_source *s, const char *name, const char *operation, const ProtobufCMessage *request)
{
	struct arena *arena = arena_new(ARCHIVE_SOURCE_ARENA);
	struct listing l = { .bound = NULL };
	const ProtobufCMessage *reply = NULL;
	int err = archive_source_ask(s, operation, request, arena, &reply);
	if (err == 0)
		err = archive_document_begin(a, name, &l.document);
	if (err == 0) {
		http_json_write_array(archive_document_json(l.document), "items");
		err = rest_pages_each(reply, put_row, &l);
		http_json_write_close(archive_document_json(l.document));
		err = archive_document_end(&l.document, err);
	}
	arena_free(&arena);
	return err;
}

int
archive_item_single(struct archive *a, const struct archive_source *s, const char *name, const char *operation,
    const ProtobufCMessage *request, const char *const *bound)
{
	struct arena *arena = arena_new(ARCHIVE_SOURCE_ARENA);
	struct archive_document *d;
	const ProtobufCMessage *reply = NULL;
	int err = archive_source_ask(s, operation, request, arena, &reply);
	if (err == 0)
		err = archive_document_begin(a, name, &d);
	if (err == 0) {
		archive_item_members(archive_document_json(d), reply, bound);
		err = archive_document_end(&d, 0);
	}
	arena_free(&arena);
	return err;
}
