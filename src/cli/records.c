/* SPDX-License-Identifier: MIT */
/*
 * Pages of file records: as many in one as fit a request. The same files give the same pages, so that they may be sent again.
 * Called by cli/send.c.
 */
#include "cli/records.h"

#include "base/text.h"
#include "cli/server.h"
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
