/* SPDX-License-Identifier: MIT */
/*
 * The store's half of a backup: the index copied while it is written is, after the ordinary recovery, the index of some moment,
 * with everything that was committed before; damage is found; nobody waits for a receiver that does not read.
 */
#include "store/rig.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "state/stream.h"
#include "store/backup.h"

#define ROW_BYTES 1500
#define SLOW_MS 200

static int
setup_mirrored(void **state)
{
	struct rig *r = rig_new();
	r->options.mirror_path = r->mirror;
	rig_start(r);
	*state = r;
	return 0;
}

/* ---- what is written: row n in two tables, in one transaction ---- */

static void
number_key(uint32_t n, uint8_t out[4])
{
	/* spread, so that pages all over the file change */
	uint32_t mixed = n * 2654435761U;
	memcpy(out, &mixed, 4);
}

static int
put_row(void *arg, struct store_txn *tx)
{
	uint32_t n = *(uint32_t *)arg;
	uint8_t key[4], value[ROW_BYTES];
	number_key(n, key);
	memset(value, (int)(n % 251), sizeof(value));
	memcpy(value, &n, sizeof(n));
	store_index_put(tx, STORE_TABLE_SLUG, view_of(key, 4), view_of(value, sizeof(value)));
	store_index_put(tx, STORE_TABLE_NUMBER, view_of(key, 4), view_of(value, sizeof(value)));
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT("test"), view_of(&n, sizeof(n)));
	return 0;
}

struct writer {
	struct rig *rig;
	pthread_t thread;
	_Atomic uint32_t committed;
	_Atomic bool is_ending;
};

static void *
write_rows(void *arg)
{
	struct writer *w = arg;
	for (uint32_t n = w->committed + 1; !w->is_ending; n++) {
		assert_int_equal(RIG_RUN(w->rig, put_row, &n), 0);
		w->committed = n;
	}
	return NULL;
}

/* Checkpoints one after the other: what a copy must keep away, or its log would not go back far enough. */
static void *
write_checkpoints(void *arg)
{
	struct writer *w = arg;
	while (!w->is_ending) {
		store_index_checkpoint(w->rig->store->index);
		clock_sleep_ms(1);
	}
	return NULL;
}

/* ---- what comes out ---- */

/* The stream as files in a folder. False: it was broken off. */
static bool
receive(int fd, int folder)
{
	struct state_stream_head head;
	uint8_t bytes[STATE_STREAM_HEAD_BYTES], portion[4096];
	while (file_read_full(fd, bytes, sizeof(bytes)) == 0) {
		assert_int_equal(state_stream_head_decode(bytes, &head), 0);
		if (head.name[0] == '\0')
			return true;
		/* between the two tables: rows and checkpoints go on, the pipe is full */
		if (strcmp(head.name, store_table_row(STORE_TABLE_NUMBER)->name) == 0)
			clock_sleep_ms(SLOW_MS);
		int out = openat(folder, head.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_true(out != -1);
		int err = 0;
		for (uint64_t left = head.bytes; err == 0 && left > 0;) {
			size_t n = left < sizeof(portion) ? (size_t)left : sizeof(portion);
			err = file_read_full(fd, portion, n);
			if (err == 0)
				assert_int_equal(file_write_full(out, portion, n), 0);
			left -= n;
		}
		file_close(&out);
		if (err != 0)
			return false;
	}
	return false;
}

static bool
copy_to(struct rig *r, const char *path, struct state_manifest_head *head_r)
{
	int fd, folder;
	assert_int_equal(file_open_dir(AT_FDCWD, path, &folder), 0);
	assert_int_equal(store_backup_begin(r->store->backup, head_r, &fd), 0);
	bool is_whole = receive(fd, folder);
	file_close(&fd);
	file_close(&folder);
	return is_whole;
}

static uint32_t
number_of(struct store_txn *tx)
{
	struct buf value;
	uint32_t n;
	buf_init(&value, sizeof(n));
	assert_int_equal(store_index_get(tx, STORE_TABLE_META, VIEW_LIT("test"), &value), 0);
	memcpy(&n, value.data, sizeof(n));
	buf_deinit(&value);
	return n;
}

static void
check_row(struct store_txn *tx, uint32_t n)
{
	static const enum store_table tables[] = { STORE_TABLE_SLUG, STORE_TABLE_NUMBER };
	uint8_t key[4];
	number_key(n, key);
	for (int t = 0; t < 2; t++) {
		struct buf value;
		uint32_t found;
		buf_init(&value, ROW_BYTES);
		assert_int_equal(store_index_get(tx, tables[t], view_of(key, 4), &value), 0);
		memcpy(&found, value.data, sizeof(found));
		assert_int_equal(found, n);
		assert_int_equal(value.data[ROW_BYTES - 1], n % 251);
		buf_deinit(&value);
	}
}

/* The last row of a copy; all before it are there. */
static uint32_t
check_copy(const char *path)
{
	struct store_index_options io = { .path = path, .cache_bytes = 1 << 20 };
	struct store_index *index;
	assert_int_equal(store_index_open(&io, &index), 0);
	struct store_txn *tx = store_txn_view(index);
	uint32_t last = number_of(tx);
	for (uint32_t n = 1; n <= last; n++)
		check_row(tx, n);
	uint8_t key[4];
	number_key(last + 1, key);
	assert_false(store_index_has(tx, STORE_TABLE_SLUG, view_of(key, 4)));
	store_txn_abort(&tx);
	store_index_close(&index);
	return last;
}

static void
copied_while_written(void **state)
{
	struct rig *r = *state;
	struct writer w = { .rig = r };
	struct state_manifest_head first, head;
	pthread_t checkpoints;
	assert_int_equal(pthread_create(&w.thread, NULL, write_rows, &w), 0);
	assert_int_equal(pthread_create(&checkpoints, NULL, write_checkpoints, &w), 0);
	for (int round = 0; round < 4; round++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "copy%d", round);
		char *path = fixture_folder(&r->dir, name);
		clock_sleep_ms(100);
		uint32_t before = w.committed;
		assert_true(copy_to(r, path, round == 0 ? &first : &head));
		uint32_t after = w.committed + 1, last = check_copy(path);
		assert_in_range(last, before, after);
		assert_true(after > before + 1);
		mem_free(&path);
	}
	w.is_ending = true;
	pthread_join(w.thread, NULL);
	pthread_join(checkpoints, NULL);
	assert_true(id_equal(&first.store, &head.store));
	assert_int_equal(head.generation, first.generation + 3);
	assert_int_equal(head.time_ms, r->wall_ms);
	assert_int_equal(head.format, 1);
}

/* A page that stays wrong ends the copy, and is named in the log. */
static void
damaged_page(void **state)
{
	struct rig *r = *state;
	struct state_manifest_head head;
	char *path = fixture_folder(&r->dir, "copy"), *file = mem_printf("%s/index/slug", r->state);
	for (uint32_t n = 1; n < 50; n++)
		assert_int_equal(RIG_RUN(r, put_row, &n), 0);
	store_index_checkpoint(r->store->index);
	int fd = open(file, O_RDWR | O_CLOEXEC);
	assert_true(fd != -1);
	assert_int_equal(file_pwrite_full(fd, "x", 1, 2 * 8192 + 4000), 0);
	file_close(&fd);
	assert_false(copy_to(r, path, &head));
	mem_free(&path);
	mem_free(&file);
}

/* Nobody reads: writes go on, a second backup is refused, and the end does not wait. */
static void
receiver_does_not_read(void **state)
{
	struct rig *r = *state;
	struct state_manifest_head head;
	int fd, other;
	for (uint32_t n = 1; n < 400; n++)
		assert_int_equal(RIG_RUN(r, put_row, &n), 0);
	assert_int_equal(store_backup_begin(r->store->backup, &head, &fd), 0);
	assert_int_equal(store_backup_begin(r->store->backup, &head, &other), ERR_BUSY);
	uint64_t start_ms = clock_mono_ms();
	for (uint32_t n = 400; n < 1400; n++)
		assert_int_equal(RIG_RUN(r, put_row, &n), 0);
	store_recovery_close(&r->store);
	assert_true(clock_mono_ms() - start_ms < 20000);
	file_close(&fd);
	assert_int_equal(rig_try_open(r), 0);
}

static void
receiver_goes_away(void **state)
{
	struct rig *r = *state;
	struct state_manifest_head head;
	char *path = fixture_folder(&r->dir, "copy");
	int fd;
	for (uint32_t n = 1; n < 400; n++)
		assert_int_equal(RIG_RUN(r, put_row, &n), 0);
	assert_int_equal(store_backup_begin(r->store->backup, &head, &fd), 0);
	file_close(&fd);
	for (int i = 0; i < 200 && store_backup_begin(r->store->backup, &head, &fd) == ERR_BUSY; i++)
		clock_sleep_ms(10);
	int folder;
	assert_int_equal(file_open_dir(AT_FDCWD, path, &folder), 0);
	assert_true(receive(fd, folder));
	file_close(&fd);
	file_close(&folder);
	assert_int_equal(check_copy(path), 399);
	mem_free(&path);
}

static void
without_mirror(void **state)
{
	struct rig *r = *state;
	struct state_manifest_head head;
	int fd;
	assert_int_equal(store_backup_begin(r->store->backup, &head, &fd), ERR_STATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(copied_while_written, setup_mirrored, rig_teardown),
		cmocka_unit_test_setup_teardown(damaged_page, setup_mirrored, rig_teardown),
		cmocka_unit_test_setup_teardown(receiver_does_not_read, setup_mirrored, rig_teardown),
		cmocka_unit_test_setup_teardown(receiver_goes_away, setup_mirrored, rig_teardown),
		cmocka_unit_test_setup_teardown(without_mirror, rig_setup, rig_teardown),
	};
	/* a receiver that goes away must not end the process: the roles ignore the signal too */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
