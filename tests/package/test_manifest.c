/* SPDX-License-Identifier: MIT */
/* Manifest, layout, file records, padding: limits, order, arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/init.h"
#include "crypt/random.h"
#include "package/files.h"
#include "package/layout.h"
#include "package/manifest.h"

static struct package_entry
file(const char *path, uint64_t size)
{
	return (struct package_entry){ .kind = PACKAGE_ENTRY_FILE, .size = size, .path = view_str(path), .mtime_ms = 5 };
}

static struct package_entry
folder(const char *path)
{
	return (struct package_entry){ .kind = PACKAGE_ENTRY_FOLDER, .path = view_str(path), .mtime_ms = -5 };
}

static int
make(const struct package_entry *entries, size_t n, size_t *bad_r)
{
	struct package_manifest *m = NULL;
	int err = package_manifest_new(entries, n, &m, bad_r);
	assert_int_equal(err == 0, m != NULL);
	package_manifest_free(&m);
	return err;
}

static void
test_rules(void **state)
{
	size_t bad = 99;
	(void)state;
	assert_int_equal(make(NULL, 0, &bad), ERR_SYNTAX);
	assert_int_equal(make((struct package_entry[]){ file("b", 1), file("a", 1), file("b", 2) }, 3, &bad), ERR_EXISTS);
	assert_true(bad == 0 || bad == 2);
	assert_int_equal(make((struct package_entry[]){ file("x", 1), file("../y", 1) }, 2, &bad), ERR_SYNTAX);
	assert_int_equal(bad, 1);
	assert_int_equal(make((struct package_entry[]){ file("a/b", 1), file("a", 1) }, 2, &bad), ERR_SYNTAX);
	assert_int_equal(bad, 0);
	assert_int_equal(make((struct package_entry[]){ file("a/b", 1), file("a!", 1), file("a", 1) }, 3, &bad), ERR_SYNTAX);
	assert_int_equal(make((struct package_entry[]){ file("a/b", 1), file("a!", 1), folder("a") }, 3, &bad), 0);
	assert_int_equal(make((struct package_entry[]){ file("a", (1ULL << 40) + 1) }, 1, &bad), ERR_LIMIT);
	assert_int_equal(make((struct package_entry[]){ file("a", 1ULL << 40) }, 1, &bad), 0);
	assert_int_equal(make((struct package_entry[]){ file("a", 1ULL << 40), file("b", 1) }, 2, &bad), ERR_LIMIT);
	assert_int_equal(make((struct package_entry[]){ file("a", UINT64_MAX) }, 1, &bad), ERR_LIMIT);
	struct package_entry f = folder("a");
	f.size = 1;
	assert_int_equal(make(&f, 1, &bad), ERR_SYNTAX);
	f = folder("a");
	f.is_executable = true;
	assert_int_equal(make(&f, 1, &bad), ERR_SYNTAX);
	f.kind = (enum package_entry_kind)3;
	assert_int_equal(make(&f, 1, &bad), ERR_SYNTAX);
	assert_int_equal(make(NULL, PACKAGE_ENTRIES_MAX + 1, &bad), ERR_LIMIT);
}

struct open_case {
	struct id package;
	struct secret *key;
};

static int
opens(void *arg, struct view bytes)
{
	const struct open_case *o = arg;
	struct package_manifest *m;
	int err = package_manifest_open(bytes, &o->package, o->key, &m);
	if (err == 0)
		package_manifest_free(&m);
	return err;
}

static void
test_seal_and_open(void **state)
{
	struct package_manifest *m, *again;
	struct open_case o = { id_random(), secret_random(32) };
	struct buf out;
	(void)state;
	struct package_entry entries[] = { file("z\xff", 0), folder("d"), file("d/x", 3 << 20), file("a", 1) };
	entries[3].is_executable = true;
	assert_int_equal(package_manifest_new(entries, 4, &m, NULL), 0);
	buf_init(&out, PACKAGE_MANIFEST_MAX);
	assert_int_equal(package_manifest_seal(m, &o.package, o.key, &out), 0);
	assert_int_equal(out.len, 4096 + 40);
	assert_int_equal(package_manifest_open(buf_view(&out), &o.package, o.key, &again), 0);
	assert_int_equal(package_manifest_count(again), 4);
	assert_int_equal(package_manifest_chunk_count(again), 4);
	assert_int_equal(package_manifest_plain_bytes(again), (3 << 20) + 1);
	assert_null(package_manifest_order(again));
	static const uint32_t order[] = { 3, 1, 2, 0 };
	assert_memory_equal(package_manifest_order(m), order, sizeof(order));
	for (size_t i = 0; i < 4; i++) {
		const struct package_entry *a = package_manifest_at(again, i), *b = &entries[order[i]];
		assert_int_equal(a->kind, b->kind);
		assert_int_equal(a->size, b->size);
		assert_int_equal(a->is_executable, b->is_executable);
		assert_int_equal(a->mtime_ms, b->mtime_ms);
		assert_true(view_equal(a->path, b->path));
	}
	assert_int_equal(package_manifest_find(again, VIEW_LIT("d/x")), 2);
	assert_int_equal(package_manifest_find(again, VIEW_LIT("d/y")), -1);
	/* a few bits of the padding's cipher text too, but not all 33,000 changes */
	for (size_t i = 0; i < out.len; i += i < 300 ? 1 : 97) {
		out.data[i] ^= 1;
		assert_int_equal(opens(&o, buf_view(&out)), ERR_CRYPTO);
		out.data[i] ^= 1;
	}
	assert_int_equal(opens(&o, view_of(out.data, out.len - 1)), ERR_CRYPTO);
	assert_int_equal(opens(&o, view_of(out.data, 39)), ERR_CRYPTO);
	struct open_case other = { id_random(), o.key };
	assert_int_equal(opens(&other, buf_view(&out)), ERR_CRYPTO);
	package_manifest_free(&m);
	package_manifest_free(&again);
	secret_free(&o.key);
	buf_deinit(&out);
}

static void
test_layout(void **state)
{
	enum { M = PACKAGE_CHUNK_BYTES };
	struct package_manifest *m;
	struct package_chunk c;
	(void)state;
	struct package_entry entries[] = {
		file("a", 0), file("b", 2 * M), folder("c"), file("d", M + 1), file("e", 0), file("f", 5), file("g", 0),
	};
	assert_int_equal(package_manifest_new(entries, 7, &m, NULL), 0);
	struct package_layout *l = package_layout_new(m);
	static const struct { uint32_t entry, index, plain; bool is_last; uint64_t offset; } rows[] = {
		{ 1, 0, M, false, 0 }, { 1, 1, M, true, M + 28 }, { 3, 0, M, false, 2 * (M + 28) }, { 3, 1, 1, true, 3 * (M + 28) },
		{ 5, 0, 5, true, 3 * (M + 28) + 29 },
	};
	assert_int_equal(package_layout_chunk_count(l), 5);
	for (uint32_t i = 0; i < 5; i++) {
		c = package_layout_chunk(l, i);
		assert_int_equal(c.number, i);
		assert_int_equal(c.entry, rows[i].entry);
		assert_int_equal(c.index, rows[i].index);
		assert_int_equal(c.plain_bytes, rows[i].plain);
		assert_int_equal(c.stored_bytes, rows[i].plain + 28);
		assert_int_equal(c.is_last, rows[i].is_last);
		assert_int_equal(c.stored_offset, rows[i].offset);
		struct package_chunk at;
		assert_true(package_layout_locate(l, c.stored_offset, &at));
		assert_int_equal(at.number, i);
		assert_true(package_layout_locate(l, c.stored_offset + c.stored_bytes - 1, &at));
		assert_int_equal(at.number, i);
		assert_true(package_layout_find(l, c.entry, c.index, &at));
		assert_int_equal(at.number, i);
	}
	assert_int_equal(package_layout_content_bytes(l), 3 * (M + 28) + 29 + 33);
	assert_false(package_layout_locate(l, package_layout_content_bytes(l), &c));
	assert_false(package_layout_find(l, 0, 0, &c));
	assert_false(package_layout_find(l, 1, 2, &c));
	assert_false(package_layout_find(l, 7, 0, &c));
	package_layout_free(&l);
	package_manifest_free(&m);
}

static void
test_padding_rule(void **state)
{
	static const struct { uint64_t n, padded; } rows[] = {
		{ 0, 4096 }, { 1, 4096 }, { 4096, 4096 }, { 4097, 4352 }, { 65536, 65536 }, { 65537, 67584 }, { 1000000, 1015808 },
		{ 1 << 20, 1 << 20 }, { (1 << 20) + 28, (1 << 20) + 32768 }, { 10737418240ULL, 10737418240ULL }, { 10737418241ULL, 10871635968ULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(package_format_padded(rows[i].n), rows[i].padded);
	for (uint64_t n = 1; n < (1ULL << 40); n = n * 5 / 3 + 1) {
		uint64_t p = package_format_padded(n);
		assert_true(p >= n);
		assert_int_equal(package_format_padded(p), p);
		assert_true(n < 4096 || (p - n) * 100 <= n * 12);
	}
	assert_int_equal(package_format_chunks(0), 0);
	assert_int_equal(package_format_chunks(1), 1);
	assert_int_equal(package_format_chunks(1 << 20), 1);
	assert_int_equal(package_format_chunks((1 << 20) + 1), 2);
}

static struct hash
root_of(const char *path, uint64_t size, uint8_t first)
{
	uint8_t fingerprint[32] = { first };
	struct hash root;
	struct package_files *f = package_files_new(2);
	assert_int_equal(package_files_add(f, VIEW_LIT("a/"), 0, view_of(NULL, 0)), 0);
	assert_int_equal(package_files_root(f, &root), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, view_str(path), size, view_of(fingerprint, 32)), 0);
	assert_int_equal(package_files_add(f, VIEW_LIT("z"), size, view_of(fingerprint, 32)), ERR_LIMIT);
	assert_int_equal(package_files_plain_bytes(f), size);
	assert_int_equal(package_files_root(f, &root), 0);
	package_files_free(&f);
	return root;
}

static void
test_content_root(void **state)
{
	(void)state;
	struct hash a = root_of("b", 1, 1), again = root_of("b", 1, 1);
	struct hash others[] = { root_of("c", 1, 1), root_of("b", 2, 1), root_of("b", 1, 2) };
	assert_true(crypt_hash_equal(&a, &again));
	for (size_t i = 0; i < 3; i++)
		assert_false(crypt_hash_equal(&a, &others[i]));
}

static void
test_bad_records(void **state)
{
	uint8_t fp[32] = { 1 };
	struct view fingerprint = view_of(fp, 32), none = view_of(NULL, 0);
	struct package_files *f = package_files_new(10);
	(void)state;
	assert_int_equal(package_files_add(f, VIEW_LIT("m"), 1, fingerprint), 0);
	assert_int_equal(package_files_add(f, VIEW_LIT("m"), 1, fingerprint), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("a"), 1, fingerprint), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("n"), 1, none), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("n"), 1, view_of(fp, 31)), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("n/"), 0, fingerprint), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("n/"), 1, none), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("/"), 0, none), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT(""), 0, none), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("../n"), 1, fingerprint), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("n//"), 0, none), ERR_SYNTAX);
	assert_int_equal(package_files_add(f, VIEW_LIT("n"), UINT64_MAX, fingerprint), ERR_LIMIT);
	assert_int_equal(package_files_add(f, VIEW_LIT("n/"), 0, none), 0);
	package_files_free(&f);
	package_files_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_seal_and_open),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_padding_rule),
		cmocka_unit_test(test_content_root),
		cmocka_unit_test(test_bad_records),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
