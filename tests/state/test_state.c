/* SPDX-License-Identifier: MIT */
/* What lies in a state directory and a backup, as bytes: header of the slots, manifest, heads of the stream. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "crypt/init.h"
#include "state/manifest.h"
#include "state/slot_header.h"
#include "state/stream.h"

struct env {
	char path[64];
	int folder;
};

static int
setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));
	assert_int_equal(crypt_init(), 0);
	(void)snprintf(e->path, sizeof(e->path), "/tmp/provision-state-XXXXXX");
	assert_non_null(mkdtemp(e->path));
	assert_int_equal(file_open_dir(AT_FDCWD, e->path, &e->folder), 0);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;
	(void)unlinkat(e->folder, STATE_MANIFEST_NAME, 0);
	(void)unlinkat(e->folder, STATE_SLOT_FILE_NAME, 0);
	file_close(&e->folder);
	(void)rmdir(e->path);
	free(e);
	return 0;
}

/* ---- the slots' header ---- */

static void
header_round_trip(void **state)
{
	struct env *e = *state;
	struct state_slot_header h = { { "0123456789abcde" }, { "fedcba987654321" }, { "next" }, STATE_SLOT_MIRROR, true, 77 }, back;
	uint8_t bytes[STATE_SLOT_HEADER_BYTES];
	assert_int_equal(state_slot_header_read(e->folder, &back), ERR_NOT_FOUND);
	state_slot_header_encode(&h, bytes);
	assert_int_equal(state_slot_header_decode(bytes, &back), 0);
	assert_true(id_equal(&h.store, &back.store) && id_equal(&h.master, &back.master));
	assert_true(id_equal(&h.next_master, &back.next_master));
	assert_int_equal(back.copy, STATE_SLOT_MIRROR);
	assert_true(back.has_mirror);
	assert_int_equal(back.generation, 77);
	assert_int_equal(file_replace(e->folder, STATE_SLOT_FILE_NAME, view_of(bytes, 100), 0600, FILE_SCRATCH), 0);
	assert_int_equal(state_slot_header_read(e->folder, &back), ERR_SYNTAX);
	assert_int_equal(file_replace(e->folder, STATE_SLOT_FILE_NAME, view_of(bytes, 0), 0600, FILE_SCRATCH), 0);
	assert_int_equal(state_slot_header_read(e->folder, &back), ERR_STATE);
	assert_int_equal(file_replace(e->folder, STATE_SLOT_FILE_NAME, view_of(bytes, sizeof(bytes)), 0600, FILE_SCRATCH), 0);
	assert_int_equal(state_slot_header_read(e->folder, &back), 0);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 1;
		assert_int_not_equal(state_slot_header_decode(bytes, &back), 0);
		bytes[i] ^= 1;
	}
	bytes[11] = 2;
	assert_int_equal(state_slot_header_decode(bytes, &back), ERR_VERSION);
}

/* ---- the manifest ---- */

static const struct state_manifest_head head = { { "abcdefghijklmno" }, 1, 1800000000000, 42 };

static void
write_manifest(struct env *e, const char *path)
{
	struct state_manifest_writer *w;
	struct state_manifest_file f = { .bytes = 10, .hash = { 1, 2, 3 } };
	assert_int_equal(state_manifest_create(e->folder, &head, &w), 0);
	(void)snprintf(f.path, sizeof(f.path), "%s", path);
	assert_int_equal(state_manifest_add(w, &f), 0);
	f = (struct state_manifest_file){ .path = "packages/new/ab/abc", .bytes = 5ULL << 40, .is_linked = true };
	assert_int_equal(state_manifest_add(w, &f), 0);
	assert_int_equal(state_manifest_close(&w, true), 0);
	assert_null(w);
}

/* 0 when all of it is read. */
static int
read_manifest(struct env *e, int *files_r)
{
	struct state_manifest_reader *r;
	struct state_manifest_head h;
	struct state_manifest_file f;
	bool is_end = false;
	*files_r = 0;
	int err = state_manifest_open(e->folder, &h, &r);
	while (err == 0 && !is_end) {
		err = state_manifest_next(r, &f, &is_end);
		*files_r += err == 0 && !is_end;
	}
	state_manifest_free(&r);
	return err;
}

static void
manifest_round_trip(void **state)
{
	struct env *e = *state;
	struct state_manifest_reader *r;
	struct state_manifest_writer *w;
	struct state_manifest_head h;
	struct state_manifest_file f;
	bool is_end;
	write_manifest(e, "index/log.0000000001");
	assert_int_equal(state_manifest_create(e->folder, &head, &w), ERR_EXISTS);
	assert_int_equal(state_manifest_open(e->folder, &h, &r), 0);
	assert_memory_equal(&h.store, &head.store, sizeof(h.store));
	assert_true(h.format == 1 && h.time_ms == head.time_ms && h.generation == 42);
	assert_int_equal(state_manifest_next(r, &f, &is_end), 0);
	assert_false(is_end);
	assert_string_equal(f.path, "index/log.0000000001");
	assert_true(f.bytes == 10 && !f.is_linked && f.hash[2] == 3 && f.hash[3] == 0);
	assert_int_equal(state_manifest_next(r, &f, &is_end), 0);
	assert_true(f.is_linked && f.bytes == 5ULL << 40);
	assert_int_equal(state_manifest_next(r, &f, &is_end), 0);
	assert_true(is_end);
	state_manifest_free(&r);
}

/* Every byte counts, and so does the end. */
static void
manifest_changed(void **state)
{
	struct env *e = *state;
	struct buf content;
	int files;
	write_manifest(e, "index/meta");
	buf_init(&content, 4096);
	assert_int_equal(file_read(e->folder, STATE_MANIFEST_NAME, &content), 0);
	for (size_t i = 0; i < content.len; i++) {
		content.data[i] ^= 1;
		assert_int_equal(file_replace(e->folder, STATE_MANIFEST_NAME, buf_view(&content), 0600, FILE_SCRATCH), 0);
		assert_int_not_equal(read_manifest(e, &files), 0);
		content.data[i] ^= 1;
		struct view cut = view_slice(buf_view(&content), 0, i);
		assert_int_equal(file_replace(e->folder, STATE_MANIFEST_NAME, cut, 0600, FILE_SCRATCH), 0);
		assert_int_not_equal(read_manifest(e, &files), 0);
	}
	assert_int_equal(file_replace(e->folder, STATE_MANIFEST_NAME, buf_view(&content), 0600, FILE_SCRATCH), 0);
	assert_int_equal(read_manifest(e, &files), 0);
	assert_int_equal(files, 2);
	buf_deinit(&content);
}

/* A manifest leads nowhere but into a state directory. */
static void
manifest_paths(void **state)
{
	struct env *e = *state;
	static const char *const bad[] = { "keys/slots", "index/../keys/slots", "index/", "index//a", "/etc/passwd", "packages/./a",
		"index/a/..", "index/a b", "index/A", "packages/new/ab/", "indexa", "index/.tmp", "" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int files;
		write_manifest(e, bad[i]);
		assert_int_equal(read_manifest(e, &files), ERR_SYNTAX);
		assert_int_equal(files, 0);
		assert_int_equal(unlinkat(e->folder, STATE_MANIFEST_NAME, 0), 0);
	}
}

static void
stream_heads(void **state)
{
	(void)state;
	uint8_t bytes[STATE_STREAM_HEAD_BYTES];
	struct state_stream_head h;
	state_stream_head_encode("log.0000000001", 1ULL << 33, bytes);
	assert_int_equal(state_stream_head_decode(bytes, &h), 0);
	assert_string_equal(h.name, "log.0000000001");
	assert_true(h.bytes == 1ULL << 33);
	bytes[1] = STATE_STREAM_NAME_MAX + 1;
	assert_int_equal(state_stream_head_decode(bytes, &h), ERR_SYNTAX);
	bytes[1] = 15;
	assert_int_equal(state_stream_head_decode(bytes, &h), ERR_SYNTAX);
	state_stream_head_encode("", 0, bytes);
	assert_int_equal(state_stream_head_decode(bytes, &h), 0);
	assert_string_equal(h.name, "");
	bytes[0] = 0;
	assert_int_equal(state_stream_head_decode(bytes, &h), ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(header_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(manifest_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(manifest_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(manifest_paths, setup, teardown),
		cmocka_unit_test(stream_heads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
