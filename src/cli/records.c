/* SPDX-License-Identifier: MIT */
/*
 * Pages of file records: as many in one as fit a request. The same files give the same pages, so that they may be sent again.
 * Called by cli/send.c; the
 * other way round by all who hold them against what was signed.
 */
#include "cli/records.h"

#include "api/ask.h"
#include "base/text.h"
#include "cli/server.h"
#include "package/files.h"
#include "package/manifest.h"
#include "record/package.pb-c.h"

#define PAGE_RECORDS 1000
/* Of one page of file records as JSON. */
#define PAGE_BYTES ((size_t)700 * 1024)
/* What a record takes beside its path. */
#define RECORD_BYTES 160
#define PAGE_ARENA ((size_t)16 * 1024 * 1024)

struct records {
	struct cli_session *session;
	const struct id *package;
	const struct package_writer *writer;
};

static int
fill_record(const struct package_writer *w, uint32_t i, struct arena *arena, Provision__FileRecord *f)
{
	const struct package_entry *entry = package_manifest_at(package_writer_manifest(w), i);
	struct hash fingerprint;
	provision__file_record__init(f);
	if (entry->kind == PACKAGE_ENTRY_FOLDER) {
		f->path = cli_server_bytes(view_str(arena_printf(arena, "%.*s/", (int)entry->path.len, (const char *)entry->path.data)));
		return 0;
	}
	int err = package_writer_fingerprint(w, i, &fingerprint);
	f->path = cli_server_bytes(entry->path);
	f->size = entry->size;
	f->fingerprint = cli_server_bytes(arena_dup(arena, crypt_hash_view(&fingerprint)));
	return err;
}

/* One page from *next on. */
static int
send_page(struct records *s, uint32_t page, uint32_t *next, struct arena *arena)
{
	const struct package_manifest *manifest = package_writer_manifest(s->writer);
	Provision__PackageFilesPut m = PROVISION__PACKAGE_FILES_PUT__INIT;
	size_t bytes = 0;
	int err = 0;
	arena_reset(arena);
	m.package = cli_server_id(s->package);
	m.page = page;
	m.files = arena_alloc(arena, PAGE_RECORDS * sizeof(m.files[0]));
	while (err == 0 && *next < package_manifest_count(manifest) && m.n_files < PAGE_RECORDS) {
		bytes += TEXT_BASE64URL_LEN(package_manifest_at(manifest, *next)->path.len + 1) + RECORD_BYTES;
		if (bytes > PAGE_BYTES)
			break;
		m.files[m.n_files] = arena_alloc(arena, sizeof(*m.files[0]));
		err = fill_record(s->writer, (*next)++, arena, m.files[m.n_files++]);
	}
	return err == 0 ? cli_session_ask(s->session, "putFiles", &m.base, NULL) : err;
}

int
cli_records_send(struct cli_session *s, const struct id *package, const struct package_writer *w)
{
	struct records records = { .session = s, .package = package, .writer = w };
	struct arena *arena = arena_new(PAGE_ARENA);
	uint32_t next = 0, page = 0;
	int err = 0;
	while (err == 0 && next < package_manifest_count(package_writer_manifest(w)))
		err = send_page(&records, page++, &next, arena);
	arena_free(&arena);
	return err;
}

/* --- the service's, against what was signed */

struct checking {
	struct cli_session *session;
	const struct id *package;
	struct package_files *files;
	uint32_t entry;                /* of the next record */
	cli_records_each *fn;
	void *arg;
	bool is_different;             /* no list of records that anybody could have signed */
};

static int
take_record(struct checking *x, const Provision__FileRecord *f)
{
	int err = package_files_add(x->files, cli_server_view(f->path), f->size, cli_server_view(f->fingerprint));
	x->is_different = err != 0;
	uint32_t entry = x->entry++;
	return err == 0 && x->fn != NULL ? x->fn(x->arg, entry, f) : err;
}

static int
take_page(struct checking *x, uint32_t page, struct arena *arena, bool *is_last_r)
{
	struct cli_session *s = x->session;
	Provision__PackageFilesGet m = PROVISION__PACKAGE_FILES_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	arena_reset(arena);
	m.package = cli_server_id(x->package);
	m.page = page;
	int err = api_ask(s->client, "getFiles", &m.base, arena, &reply);
	if (err != 0)
		return cli_server_fail(s->call, s->client, err);
	const Provision__PackageFilesGetReply *r = (const Provision__PackageFilesGetReply *)reply;
	*is_last_r = r->is_last || r->n_files == 0;
	for (size_t i = 0; err == 0 && i < r->n_files; i++)
		err = take_record(x, r->files[i]);
	return err;
}

int
cli_records_check(struct cli_session *s, const struct id *package, uint32_t count, const struct hash *root, const char *therefore,
    cli_records_each *fn, void *arg)
{
	struct checking x = { .session = s, .package = package, .files = package_files_new(count), .fn = fn, .arg = arg };
	struct arena *arena = arena_new(PAGE_ARENA);
	struct hash shown;
	bool is_last = false;
	int err = 0;
	for (uint32_t page = 0; !is_last && err == 0; page++)
		err = take_page(&x, page, arena, &is_last);
	if (err == 0)
		x.is_different = package_files_root(x.files, &shown) != 0 || !crypt_hash_equal(&shown, root);
	if (x.is_different)
		err = tool_verb_fail(s->call, ERR_TRUST, "the service's record of the files differs from what was signed: %s", therefore);
	arena_free(&arena);
	package_files_free(&x.files);
	return err;
}
