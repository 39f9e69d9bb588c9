/* SPDX-License-Identifier: MIT */
/* Pipelines: real files to a body and back, in odd pieces, resumed anywhere; files that change; broken downloads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "crypt/init.h"
#include "package/decrypt.h"
#include "package/encrypt.h"
#include "package/parcel.h"

#define MIB (1 << 20)
#define FILES 6

static const struct parcel_file files[FILES] = {
	{ "a", 0, 1 }, { "b", 5 * MIB + 3, 2 }, { "c", 1, 3 }, { "d", MIB, 4 }, { "e", 9 * MIB - 1, 5 }, { "f", 0, 6 },
};

/* A folder with the files, and how often the pipeline opened one. */
struct disk {
	char path[64];
	int dir;
	_Atomic int opened;
	int fail_entry;            /* open() fails for this one, -1: none */
};

static void
write_file(const struct disk *d, const struct parcel_file *f)
{
	uint8_t *bytes = parcel_contents(f);
	int fd = openat(d->dir, f->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_write_full(fd, bytes, (size_t)f->size), 0);
	file_close(&fd);
	mem_free(&bytes);
}

static void
disk_init(struct disk *d)
{
	memset(d, 0, sizeof(*d));
	const char *base = getenv("TMPDIR");
	snprintf(d->path, sizeof(d->path), "%s/pipeline-XXXXXX", base != NULL && strlen(base) < 40 ? base : "/tmp");
	assert_non_null(mkdtemp(d->path));
	d->dir = open(d->path, O_RDONLY | O_DIRECTORY);
	assert_true(d->dir >= 0);
	d->fail_entry = -1;
	for (size_t i = 0; i < FILES; i++)
		write_file(d, &files[i]);
}

static void
disk_deinit(struct disk *d)
{
	for (size_t i = 0; i < FILES; i++)
		unlinkat(d->dir, files[i].path, 0);
	file_close(&d->dir);
	assert_int_equal(rmdir(d->path), 0);
}

static int
open_entry(void *arg, uint32_t entry, int *fd_r)
{
	struct disk *d = arg;
	d->opened++;
	if ((int)entry == d->fail_entry)
		return ERR_DENIED;
	*fd_r = openat(d->dir, files[entry].path, O_RDONLY | O_CLOEXEC);
	return *fd_r >= 0 ? 0 : err_from_errno(errno);
}

/* A writer over the files as they are on disk now. */
static struct package_writer *
writer_of(const struct disk *d, const struct parcel *like)
{
	struct package_entry entries[FILES];
	struct package_manifest *m;
	struct package_writer *w;
	for (size_t i = 0; i < FILES; i++) {
		struct stat st;
		assert_int_equal(fstatat(d->dir, files[i].path, &st, 0), 0);
		assert_int_equal(package_encrypt_describe(&st, &entries[i]), 0);
		entries[i].path = view_str(files[i].path);
	}
	struct package_writer_args args = {
		like->package, like->subscription, like->sender, like->recipient,
		trust_company_current(&like->cast->company)->seal,
	};
	assert_int_equal(package_manifest_new(entries, FILES, &m, NULL), 0);
	assert_int_equal(package_writer_new(&args, &m, &w), 0);
	return w;
}

/* Reads the body from an offset in pieces of step bytes; returns the error. */
static int
read_body(struct package_writer *w, struct disk *d, uint64_t from, size_t step, unsigned threads, struct buf *out, int64_t *bad_r)
{
	struct package_source source = { open_entry, d };
	struct package_encrypt *e = package_encrypt_new(w, &source, from, threads);
	size_t n = 0;
	int err;
	do {
		uint8_t *space;
		assert_int_equal(buf_reserve(out, step, &space), 0);
		err = package_encrypt_read(e, space, step, &n);
		if (err == 0)
			buf_commit(out, n);
	} while (err == 0 && n > 0);
	if (err != 0)
		assert_int_equal(package_encrypt_read(e, NULL, 0, &n), err);
	*bad_r = package_encrypt_bad_entry(e);
	package_encrypt_free(&e);
	package_encrypt_free(&e);
	return err;
}

/* The parcel is only for its parties: the bodies here come from disk. */
struct scene {
	struct disk disk;
	struct parcel parcel;
	struct package_writer *writer;
	struct buf body;
};

static void
scene_init(struct scene *s, const struct cast *cast)
{
	static const struct parcel_file one[] = { { "x", 1, 1 } };
	int64_t bad;
	memset(s, 0, sizeof(*s));
	disk_init(&s->disk);
	parcel_init(&s->parcel, cast, one, 1, false);
	s->writer = writer_of(&s->disk, &s->parcel);
	buf_init(&s->body, 64 * MIB);
	assert_int_equal(read_body(s->writer, &s->disk, 0, 100000, 2, &s->body, &bad), 0);
	assert_int_equal(s->body.len, package_layout_body_bytes(package_writer_layout(s->writer)));
	assert_int_equal(package_writer_missing(s->writer), 0);
	buf_clear(&s->parcel.seal);
	assert_int_equal(package_writer_seal(s->writer, s->parcel.sign_private, s->parcel.certificate, 1, CAST_NOW, &s->parcel.seal), 0);
}

static void
scene_deinit(struct scene *s)
{
	package_writer_free(&s->writer);
	parcel_deinit(&s->parcel);
	buf_deinit(&s->body);
	disk_deinit(&s->disk);
}

static struct package_reader *
reader_of(const struct scene *s)
{
	struct package_reader *r;
	struct package_reader_args args = parcel_args(&s->parcel);
	args.header = package_writer_header(s->writer);
	args.manifest = package_writer_manifest_bytes(s->writer);
	assert_int_equal(package_reader_new(&args, &r), 0);
	return r;
}

/* Takes plaintext and compares; may fail at the n-th chunk. */
struct taker {
	uint32_t next;             /* number of the chunk that must come */
	uint32_t fail_at;          /* UINT32_MAX: never */
	uint8_t *contents[FILES];
};

static void
taker_init(struct taker *t, uint32_t first)
{
	memset(t, 0, sizeof(*t));
	t->next = first;
	t->fail_at = UINT32_MAX;
	for (size_t i = 0; i < FILES; i++)
		t->contents[i] = parcel_contents(&files[i]);
}

static void
taker_deinit(struct taker *t)
{
	for (size_t i = 0; i < FILES; i++)
		mem_free(&t->contents[i]);
}

static int
take(void *arg, const struct package_chunk *chunk, struct view plain)
{
	struct taker *t = arg;
	if (chunk->number == t->fail_at)
		return ERR_FULL;
	assert_int_equal(chunk->number, t->next++);
	assert_int_equal(plain.len, chunk->plain_bytes);
	assert_memory_equal(plain.data, t->contents[chunk->entry] + (size_t)chunk->index * MIB, plain.len);
	return 0;
}

/* Pushes body bytes in pieces, then finishes. */
static int
push(struct package_decrypt *d, struct view bytes, size_t step)
{
	int err = 0;
	for (size_t at = 0; at < bytes.len && err == 0; at += step)
		err = package_decrypt_write(d, view_slice(bytes, at, step));
	return err == 0 ? package_decrypt_finish(d) : err;
}

static void
test_there_and_back(void **state)
{
	static const size_t steps[] = { 1000, 65536, MIB, 40 * MIB };
	struct scene s;
	scene_init(&s, *state);
	for (size_t i = 0; i < 4; i++) {
		struct taker t;
		struct package_sink sink = { take, &t };
		struct package_reader *r = reader_of(&s);
		taker_init(&t, 0);
		struct package_decrypt *d = package_decrypt_new(r, &sink, 0, (unsigned)i + 1);
		assert_int_equal(push(d, buf_view(&s.body), steps[i]), 0);
		assert_int_equal(package_reader_missing(r), 0);
		assert_int_equal(t.next, package_layout_chunk_count(package_reader_layout(r)));
		package_decrypt_free(&d);
		package_decrypt_free(&d);
		package_reader_free(&r);
		taker_deinit(&t);
	}
	scene_deinit(&s);
}

/* An upload goes on at any byte with the same bytes, in this process and in another. */
static void
test_resumed_upload(void **state)
{
	struct scene s;
	int64_t bad;
	scene_init(&s, *state);
	const struct package_layout *l = package_writer_layout(s.writer);
	const uint64_t offsets[] = {
		1, MIB + 28, MIB + 27, 3 * MIB, package_layout_content_bytes(l) - 1, package_layout_content_bytes(l),
		package_layout_content_bytes(l) + 1, s.body.len - 1, s.body.len,
	};
	struct secret *key = package_writer_key(s.writer);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct package_writer *again;
		struct buf rest;
		assert_int_equal(package_writer_resume(key, package_writer_header(s.writer), package_writer_manifest_bytes(s.writer), &again), 0);
		buf_init(&rest, 64 * MIB);
		assert_int_equal(read_body(i % 2 == 0 ? again : s.writer, &s.disk, offsets[i], 70000, 2, &rest, &bad), 0);
		assert_true(view_equal(buf_view(&rest), view_slice(buf_view(&s.body), (size_t)offsets[i], SIZE_MAX)));
		if (i % 2 == 0) {
			struct hash a, b;
			assert_int_equal(package_writer_content_root(again, &a), 0);
			assert_int_equal(package_writer_content_root(s.writer, &b), 0);
			assert_true(crypt_hash_equal(&a, &b));
		}
		package_writer_free(&again);
		buf_deinit(&rest);
	}
	struct buf rest;
	buf_init(&rest, MIB);
	assert_int_equal(read_body(s.writer, &s.disk, s.body.len + 1, 10, 1, &rest, &bad), ERR_LIMIT);
	buf_deinit(&rest);
	secret_free(&key);
	scene_deinit(&s);
}

static void
expect_changed(struct scene *s, int expected, int64_t entry)
{
	struct buf out;
	int64_t bad;
	buf_init(&out, 64 * MIB);
	assert_int_equal(read_body(s->writer, &s->disk, 0, MIB, 2, &out, &bad), expected);
	assert_int_equal(bad, entry);
	buf_deinit(&out);
}

static void
set_mtime(const struct disk *d, const char *name, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	assert_int_equal(utimensat(d->dir, name, times, 0), 0);
}

static void
test_changed_files(void **state)
{
	struct scene s;
	struct stat st;
	scene_init(&s, *state);
	const struct parcel_file shorter = { "b", 5 * MIB, 2 }, longer = { "e", 9 * MIB, 5 }, other = { "d", MIB, 9 }, filled = { "f", 1, 6 };
	assert_int_equal(fstatat(s.disk.dir, "b", &st, 0), 0);
	write_file(&s.disk, &shorter);
	set_mtime(&s.disk, "b", &st);
	expect_changed(&s, ERR_CHANGED, 1);
	write_file(&s.disk, &files[1]);
	expect_changed(&s, ERR_CHANGED, 1);          /* same bytes, later time */
	set_mtime(&s.disk, "b", &st);
	assert_int_equal(fstatat(s.disk.dir, "e", &st, 0), 0);
	write_file(&s.disk, &longer);
	set_mtime(&s.disk, "e", &st);
	expect_changed(&s, ERR_CHANGED, 4);
	write_file(&s.disk, &files[4]);
	set_mtime(&s.disk, "e", &st);
	/* same size and time, other bytes: the leaf tells, since this writer has seen the file */
	assert_int_equal(fstatat(s.disk.dir, "d", &st, 0), 0);
	write_file(&s.disk, &other);
	set_mtime(&s.disk, "d", &st);
	expect_changed(&s, ERR_CHANGED, 3);
	write_file(&s.disk, &files[3]);
	set_mtime(&s.disk, "d", &st);
	assert_int_equal(fstatat(s.disk.dir, "f", &st, 0), 0);
	write_file(&s.disk, &filled);
	set_mtime(&s.disk, "f", &st);
	expect_changed(&s, ERR_CHANGED, 5);
	assert_int_equal(unlinkat(s.disk.dir, "f", 0), 0);
	expect_changed(&s, ERR_NOT_FOUND, 5);
	s.disk.fail_entry = 2;
	expect_changed(&s, ERR_DENIED, 2);
	scene_deinit(&s);
}

/* A file that is written to between two chunks: noticed by fstat() after reading. */
static void
test_changes_while_read(void **state)
{
	struct scene s;
	uint8_t piece[1000];
	size_t n;
	int err = 0;
	scene_init(&s, *state);
	struct package_source source = { open_entry, &s.disk };
	struct package_encrypt *e = package_encrypt_new(s.writer, &source, 0, 1);
	assert_int_equal(package_encrypt_read(e, piece, sizeof(piece), &n), 0);
	int fd = openat(s.disk.dir, "e", O_WRONLY);
	assert_int_equal(file_pwrite_full(fd, "x", 1, 8 * MIB), 0);
	file_close(&fd);
	do
		err = package_encrypt_read(e, piece, sizeof(piece), &n);
	while (err == 0 && n > 0);
	assert_int_equal(err, ERR_CHANGED);
	assert_int_equal(package_encrypt_bad_entry(e), 4);
	package_encrypt_free(&e);
	scene_deinit(&s);
}

static void
test_cancelled(void **state)
{
	struct scene s;
	uint8_t piece[10];
	size_t n;
	scene_init(&s, *state);
	struct package_source source = { open_entry, &s.disk };
	for (unsigned threads = 0; threads < 8; threads++) {
		struct package_encrypt *e = package_encrypt_new(s.writer, &source, 0, threads);
		if (threads % 2 == 0)
			assert_int_equal(package_encrypt_read(e, piece, sizeof(piece), &n), 0);
		package_encrypt_free(&e);
	}
	scene_deinit(&s);
}

static void
expect_broken(struct scene *s, struct view body, int expected)
{
	struct taker t;
	struct package_sink sink = { take, &t };
	struct package_reader *r = reader_of(s);
	taker_init(&t, 0);
	struct package_decrypt *d = package_decrypt_new(r, &sink, 0, 2);
	assert_int_equal(push(d, body, 333333), expected);
	assert_int_equal(package_decrypt_write(d, VIEW_LIT("x")), expected);
	assert_int_equal(package_decrypt_finish(d), expected);
	package_decrypt_free(&d);
	package_reader_free(&r);
	taker_deinit(&t);
}

static void
test_broken_bodies(void **state)
{
	struct scene s;
	scene_init(&s, *state);
	const struct package_layout *l = package_writer_layout(s.writer);
	size_t content = (size_t)package_layout_content_bytes(l), total = s.body.len;
	const size_t places[] = { 0, 11, 12, MIB, MIB + 27, MIB + 28, 6 * MIB, content - 1, content, content + 70000, total - 1 };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		s.body.data[places[i]] ^= 1;
		expect_broken(&s, buf_view(&s.body), ERR_CRYPTO);
		s.body.data[places[i]] ^= 1;
	}
	expect_broken(&s, view_of(s.body.data, total - 1), ERR_CLOSED);
	expect_broken(&s, view_of(s.body.data, content), ERR_CLOSED);
	expect_broken(&s, view_of(s.body.data, content - 1), ERR_CLOSED);
	expect_broken(&s, view_of(NULL, 0), ERR_CLOSED);
	assert_int_equal(buf_append(&s.body, "x", 1), 0);
	expect_broken(&s, buf_view(&s.body), ERR_LIMIT);
	scene_deinit(&s);
}

/* The connection breaks, the disk is full: it goes on from the first chunk that was not taken. */
static void
test_resumed_download(void **state)
{
	struct scene s;
	struct taker t;
	struct package_sink sink = { take, &t };
	scene_init(&s, *state);
	struct package_reader *r = reader_of(&s);
	taker_init(&t, 0);
	t.fail_at = 9;
	struct package_decrypt *d = package_decrypt_new(r, &sink, 0, 2);
	assert_int_equal(push(d, buf_view(&s.body), 100000), ERR_FULL);
	uint32_t chunk = package_decrypt_resume_chunk(d);
	uint64_t offset = package_decrypt_resume_offset(d);
	assert_int_equal(chunk, 9);
	assert_int_equal(chunk, t.next);
	package_decrypt_free(&d);
	assert_int_equal(package_reader_missing(r), package_layout_chunk_count(package_reader_layout(r)) - 9);
	t.fail_at = UINT32_MAX;
	d = package_decrypt_new(r, &sink, chunk, 2);
	assert_int_equal(push(d, view_slice(buf_view(&s.body), (size_t)offset, SIZE_MAX), 100000), 0);
	assert_int_equal(package_reader_missing(r), 0);
	chunk = package_decrypt_resume_chunk(d);
	offset = package_decrypt_resume_offset(d);
	assert_int_equal(chunk, package_layout_chunk_count(package_reader_layout(r)));
	assert_int_equal(offset, package_layout_content_bytes(package_reader_layout(r)));
	package_decrypt_free(&d);
	/* only the padding is left to look at */
	d = package_decrypt_new(r, &sink, chunk, 1);
	assert_int_equal(push(d, view_slice(buf_view(&s.body), (size_t)offset, SIZE_MAX), 5000), 0);
	package_decrypt_free(&d);
	package_reader_free(&r);
	taker_deinit(&t);
	scene_deinit(&s);
}

static void
test_describe(void **state)
{
	struct stat st = { .st_mode = S_IFREG | 0700, .st_size = 5, .st_mtim = { -2, 500000000 } };
	struct package_entry e;
	(void)state;
	assert_int_equal(package_encrypt_describe(&st, &e), 0);
	assert_int_equal(e.kind, PACKAGE_ENTRY_FILE);
	assert_true(e.is_executable);
	assert_int_equal(e.mtime_ms, -1500);
	st.st_mode = S_IFDIR | 0700;
	assert_int_equal(package_encrypt_describe(&st, &e), 0);
	assert_int_equal(e.kind, PACKAGE_ENTRY_FOLDER);
	assert_false(e.is_executable);
	assert_int_equal(e.size, 0);
	st.st_mode = S_IFIFO;
	assert_int_equal(package_encrypt_describe(&st, &e), ERR_UNSUPPORTED);
}

static struct cast cast;

static int
setup(void **state)
{
	*state = &cast;
	cast_init(&cast);
	return 0;
}

static int
teardown(void **state)
{
	cast_deinit(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_resumed_upload),
		cmocka_unit_test(test_changed_files),
		cmocka_unit_test(test_changes_while_read),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_broken_bodies),
		cmocka_unit_test(test_resumed_download),
		cmocka_unit_test(test_describe),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
