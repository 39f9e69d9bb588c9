/* SPDX-License-Identifier: MIT */
/*
 * Manifests: made from what the sender found on disk, read as what a stranger wrote. Both ways end in check_all(), so that
 * nothing can be sent that would be refused. Paths are borrowed from one block that the manifest owns.
 */
#include "package/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/record.h"
#include "package/keys.h"
#include "package/name.h"
#include "trust/statement.h"

#define MAGIC "PVpm"
#define PURPOSE "provision/1/package-manifest"
#define PLAIN_MAX (PACKAGE_MANIFEST_MAX - CRYPT_RECORD_OVERHEAD)
#define FLAG_EXECUTABLE 1
#define ENTRY_BYTES_MIN 23

struct package_manifest {
	struct package_entry *entries;   /* in tree order */
	uint32_t *order;                 /* see package_manifest_order(), or NULL */
	size_t count;
	uint8_t *paths;                  /* what the entries' paths point into */
	uint64_t plain_bytes;
	uint32_t chunk_count;
};

/* An entry and where it came from, for sorting. */
struct item {
	struct package_entry entry;
	uint32_t origin;
};

static int
compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	return package_name_compare(x->entry.path, y->entry.path);
}

static int
check_entry(const struct package_entry *e)
{
	if (e->kind != PACKAGE_ENTRY_FILE && e->kind != PACKAGE_ENTRY_FOLDER)
		return ERR_SYNTAX;
	/* a folder's record has a '/' more */
	if (e->kind == PACKAGE_ENTRY_FOLDER && (e->size != 0 || e->is_executable || e->path.len >= PACKAGE_PATH_MAX))
		return ERR_SYNTAX;
	if (e->size > (uint64_t)PACKAGE_CHUNKS_MAX * PACKAGE_CHUNK_BYTES)
		return ERR_LIMIT;
	return package_name_check(e->path);
}

/* In tree order everything below a path stands right behind it. */
static int
check_neighbours(const struct package_entry *before, const struct package_entry *e)
{
	int d = package_name_compare(before->path, e->path);
	if (d == 0)
		return ERR_EXISTS;
	if (d > 0)
		return ERR_SYNTAX;
	if (before->kind == PACKAGE_ENTRY_FILE && view_starts(e->path, before->path) && e->path.data[before->path.len] == '/')
		return ERR_SYNTAX;
	return 0;
}

/* All rules; sums up sizes. *bad_r: the entry at fault. */
static int
check_all(struct package_manifest *m, size_t *bad_r)
{
	uint64_t chunks = 0;
	m->plain_bytes = 0;
	if (m->count == 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < m->count; i++) {
		*bad_r = i;
		int err = check_entry(&m->entries[i]);
		if (err == 0 && i > 0)
			err = check_neighbours(&m->entries[i - 1], &m->entries[i]);
		if (err != 0)
			return err;
		m->plain_bytes += m->entries[i].size;
		chunks += package_format_chunks(m->entries[i].size);
		if (chunks > PACKAGE_CHUNKS_MAX)
			return ERR_LIMIT;
	}
	m->chunk_count = (uint32_t)chunks;
	return 0;
}

static void
copy_items(struct package_manifest *m, const struct item *items)
{
	size_t bytes = 0;
	for (size_t i = 0; i < m->count; i++)
		bytes += items[i].entry.path.len;
	m->paths = mem_alloc(bytes);
	uint8_t *at = m->paths;
	for (size_t i = 0; i < m->count; i++) {
		struct view path = items[i].entry.path;
		m->entries[i] = items[i].entry;
		m->entries[i].path = view_of(at, path.len);
		m->order[i] = items[i].origin;
		memcpy(at, path.data, path.len);
		at += path.len;
	}
}

/* Longest paths allowed together: what fits into a stored manifest. */
static int
check_amount(const struct package_entry *entries, size_t n)
{
	size_t bytes = 0;
	if (n > PACKAGE_ENTRIES_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++) {
		if (entries[i].path.len > PACKAGE_MANIFEST_MAX - bytes)
			return ERR_LIMIT;
		bytes += entries[i].path.len;
	}
	return 0;
}

int
package_manifest_new(const struct package_entry *entries, size_t n, struct package_manifest **m_r, size_t *bad_r)
{
	size_t bad = 0;
	int err = check_amount(entries, n);
	if (err != 0)
		return err;
	struct item *items = mem_array(n, sizeof(items[0]));
	for (size_t i = 0; i < n; i++)
		items[i] = (struct item){ entries[i], (uint32_t)i };
	qsort(items, n, sizeof(items[0]), compare_items);
	struct package_manifest *m = mem_alloc(sizeof(*m));
	m->count = n;
	m->entries = mem_array(n, sizeof(m->entries[0]));
	m->order = mem_array(n, sizeof(m->order[0]));
	copy_items(m, items);
	mem_free(&items);
	err = check_all(m, &bad);
	if (err != 0 && bad_r != NULL)
		*bad_r = n == 0 ? 0 : m->order[bad];
	if (err == 0)
		*m_r = m;
	else
		package_manifest_free(&m);
	return err;
}

void
package_manifest_free(struct package_manifest **m)
{
	if (*m == NULL)
		return;
	mem_free(&(*m)->entries);
	mem_free(&(*m)->order);
	mem_free(&(*m)->paths);
	mem_free(m);
}

size_t
package_manifest_count(const struct package_manifest *m)
{
	return m->count;
}

const struct package_entry *
package_manifest_at(const struct package_manifest *m, size_t i)
{
	require(i < m->count);
	return &m->entries[i];
}

const uint32_t *
package_manifest_order(const struct package_manifest *m)
{
	return m->order;
}

uint64_t
package_manifest_plain_bytes(const struct package_manifest *m)
{
	return m->plain_bytes;
}

uint32_t
package_manifest_chunk_count(const struct package_manifest *m)
{
	return m->chunk_count;
}

int64_t
package_manifest_find(const struct package_manifest *m, struct view path)
{
	size_t low = 0, high = m->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = package_name_compare(path, m->entries[mid].path);
		if (d == 0)
			return (int64_t)mid;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

/* purpose || 0 || package */
static void
associated_data(const struct id *package, uint8_t out[sizeof(PURPOSE) + ID_BYTES])
{
	memcpy(out, PURPOSE, sizeof(PURPOSE));
	memcpy(out + sizeof(PURPOSE), package->bytes, ID_BYTES);
}

static void
put_entries(struct encoder *e, const struct package_manifest *m, const struct id *package)
{
	trust_statement_begin(e, MAGIC);
	encoder_bytes(e, package->bytes, ID_BYTES);
	encoder_u32(e, (uint32_t)m->count);
	for (size_t i = 0; i < m->count; i++) {
		const struct package_entry *entry = &m->entries[i];
		encoder_u8(e, (uint8_t)entry->kind);
		encoder_u8(e, entry->is_executable ? FLAG_EXECUTABLE : 0);
		encoder_u64(e, entry->size);
		encoder_u64(e, (uint64_t)entry->mtime_ms);
		encoder_block(e, entry->path);
	}
}

/* Zeros up to the padded length. */
static int
pad(struct buf *plain)
{
	uint8_t *space;
	uint64_t padded = package_format_padded(plain->len);
	if (padded > PLAIN_MAX)
		return ERR_LIMIT;
	size_t n = (size_t)padded - plain->len;
	int err = buf_reserve(plain, n, &space);
	if (err == 0) {
		memset(space, 0, n);
		buf_commit(plain, n);
	}
	return err;
}

int
package_manifest_seal(const struct package_manifest *m, const struct id *package, const struct secret *key,
    struct buf *out)
{
	uint8_t ad[sizeof(PURPOSE) + ID_BYTES];
	struct buf plain;
	buf_init(&plain, PLAIN_MAX);
	associated_data(package, ad);
	struct encoder e = encoder_of(&plain);
	put_entries(&e, m, package);
	int err = encoder_end(&e);
	if (err == 0)
		err = pad(&plain);
	if (err == 0) {
		struct secret *manifest_key = package_keys_derive(key, PACKAGE_KEY_MANIFEST, package);
		err = crypt_record_seal(manifest_key, view_of(ad, sizeof(ad)), buf_view(&plain), out);
		secret_free(&manifest_key);
	}
	buf_wipe(&plain);
	buf_deinit(&plain);
	return err;
}

static void
get_entry(struct cursor *c, struct package_entry *entry)
{
	uint8_t kind = cursor_u8(c);
	uint8_t flags = cursor_u8(c);
	entry->kind = (enum package_entry_kind)kind;
	entry->is_executable = flags == FLAG_EXECUTABLE;
	entry->size = cursor_u64(c);
	entry->mtime_ms = (int64_t)cursor_u64(c);
	entry->path = cursor_block(c, PACKAGE_PATH_MAX);
	if (flags > FLAG_EXECUTABLE)
		cursor_fail(c);
}

/* Only zeros left, and as many as the padding rule says. */
static int
check_padding(const struct cursor *c, size_t total)
{
	if (c->err != 0 || package_format_padded(total - c->rest.len) != total)
		return ERR_SYNTAX;
	for (size_t i = 0; i < c->rest.len; i++)
		if (c->rest.data[i] != 0)
			return ERR_SYNTAX;
	return 0;
}

/* Takes plain, which the entries borrow from. */
static int
parse(struct package_manifest *m, struct view plain, const struct id *package)
{
	struct cursor c = cursor_of(plain);
	size_t bad;
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	cursor_expect(&c, id_view(package));
	uint32_t n = cursor_u32(&c);
	if (c.err != 0 || n > PACKAGE_ENTRIES_MAX || n > c.rest.len / ENTRY_BYTES_MIN)
		return ERR_SYNTAX;
	m->count = n;
	m->entries = mem_array(n, sizeof(m->entries[0]));
	for (uint32_t i = 0; i < n && c.err == 0; i++)
		get_entry(&c, &m->entries[i]);
	err = check_padding(&c, plain.len);
	return err != 0 ? err : check_all(m, &bad);
}

int
package_manifest_open(struct view stored, const struct id *package, const struct secret *key,
    struct package_manifest **m_r)
{
	uint8_t ad[sizeof(PURPOSE) + ID_BYTES];
	if (stored.len > PACKAGE_MANIFEST_MAX)
		return ERR_LIMIT;
	if (stored.len < CRYPT_RECORD_OVERHEAD)
		return ERR_CRYPTO;
	size_t len = stored.len - CRYPT_RECORD_OVERHEAD;
	struct package_manifest *m = mem_alloc(sizeof(*m));
	struct secret *manifest_key = package_keys_derive(key, PACKAGE_KEY_MANIFEST, package);
	associated_data(package, ad);
	m->paths = mem_alloc(len);
	int err = crypt_record_open_at(manifest_key, view_of(ad, sizeof(ad)), stored, m->paths);
	if (err == 0)
		err = parse(m, view_of(m->paths, len), package);
	secret_free(&manifest_key);
	if (err == 0)
		*m_r = m;
	else
		package_manifest_free(&m);
	return err;
}
