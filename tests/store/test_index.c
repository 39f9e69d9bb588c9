/* SPDX-License-Identifier: MIT */
/*
 * The index: values, ranges, transactions with children and hooks, recovery after a death in the middle, the format
 * version, readers beside a busy writer.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "store/format.h"
#include "store/index.h"
#include "store/fixture.h"

#define T STORE_TABLE_DUE

struct env {
	struct fixture dir;
	struct store_index *index;
};

static void
env_open(struct env *e)
{
	struct store_index_options o = { .path = e->dir.path, .cache_bytes = 1 << 20 };
	assert_int_equal(store_index_open(&o, &e->index), 0);
}

static int
setup(void **state)
{
	struct env *e = mem_alloc(sizeof(*e));
	fixture_init(&e->dir);
	env_open(e);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;
	store_index_close(&e->index);
	fixture_deinit(&e->dir);
	mem_free(&e);
	return 0;
}

static void
put(struct store_txn *tx, const char *key, const char *value)
{
	store_index_put(tx, T, view_str(key), view_str(value));
}

static void
put_one(struct env *e, const char *key, const char *value)
{
	struct store_txn *tx = store_txn_begin(e->index);
	put(tx, key, value);
	assert_int_equal(store_txn_commit(&tx), 0);
	assert_null(tx);
}

/* The value as a string, "-" if there is none. */
static const char *
value_in(struct store_txn *tx, const char *key)
{
	static char text[64];
	struct buf b;
	buf_init(&b, sizeof(text) - 1);
	int err = store_index_get(tx, T, view_str(key), &b);
	(void)snprintf(text, sizeof(text), "%.*s", err == 0 ? (int)b.len : 1, err == 0 ? (const char *)b.data : "-");
	buf_deinit(&b);
	return text;
}

static const char *
value(struct env *e, const char *key)
{
	struct store_txn *tx = store_txn_view(e->index);
	const char *text = value_in(tx, key);
	store_txn_abort(&tx);
	return text;
}

static void
test_values(void **state)
{
	struct env *e = *state;
	put_one(e, "a", "1");
	assert_string_equal(value(e, "a"), "1");
	assert_string_equal(value(e, "b"), "-");
	struct store_txn *tx = store_txn_begin(e->index);
	assert_int_equal(store_index_insert(tx, T, VIEW_LIT("a"), VIEW_LIT("2")), ERR_EXISTS);
	assert_int_equal(store_index_insert(tx, T, VIEW_LIT("b"), VIEW_LIT("2")), 0);
	assert_int_equal(store_index_delete(tx, T, VIEW_LIT("a")), 0);
	assert_int_equal(store_index_delete(tx, T, VIEW_LIT("a")), ERR_NOT_FOUND);
	assert_true(store_index_has(tx, T, VIEW_LIT("b")));
	assert_false(store_index_has(tx, T, VIEW_LIT("a")));
	assert_int_equal(store_txn_commit(&tx), 0);
	assert_string_equal(value(e, "a"), "-");
	assert_string_equal(value(e, "b"), "2");
}

/* Values from nothing to the largest come back whole, from get and from a cursor; a small buffer is told. */
static void
test_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, 511, 512, 513, 5000, 70000, STORE_VALUE_MAX };
	struct env *e = *state;
	uint8_t *big = mem_alloc(STORE_VALUE_MAX);
	for (size_t i = 0; i < STORE_VALUE_MAX; i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	struct store_txn *tx = store_txn_begin(e->index);
	for (uint8_t i = 0; i < 8; i++)
		store_index_put(tx, T, view_of(&i, 1), view_of(big, sizes[i]));
	assert_int_equal(store_txn_commit(&tx), 0);
	tx = store_txn_view(e->index);
	struct store_cursor *c = store_cursor_open(tx, T, view_str(""), view_str(""), STORE_FORWARD);
	for (uint8_t i = 0; i < 8; i++) {
		struct buf b;
		buf_init(&b, sizes[i]);
		assert_int_equal(store_index_get(tx, T, view_of(&i, 1), &b), 0);
		assert_true(view_equal(buf_view(&b), view_of(big, sizes[i])));
		buf_deinit(&b);
		struct view key, v;
		assert_true(store_cursor_next(c, &key, &v));
		assert_true(key.len == 1 && key.data[0] == i && view_equal(v, view_of(big, sizes[i])));
		if (sizes[i] > 0) {
			buf_init(&b, sizes[i] - 1);
			assert_int_equal(store_index_get(tx, T, view_of(&i, 1), &b), ERR_LIMIT);
			buf_deinit(&b);
		}
	}
	store_cursor_close(&c);
	store_txn_abort(&tx);
	mem_free(&big);
}

/* Undone children leave nothing, done ones go with their parent. */
static void
test_children(void **state)
{
	struct env *e = *state;
	struct store_txn *parent = store_txn_begin(e->index);
	struct store_txn *child = store_txn_begin_child(parent);
	put(child, "a", "1");
	assert_int_equal(store_txn_commit(&child), 0);
	child = store_txn_begin_child(parent);
	assert_string_equal(value_in(child, "a"), "1");
	put(child, "a", "2");
	put(child, "b", "2");
	store_txn_abort(&child);
	assert_string_equal(value_in(parent, "a"), "1");
	assert_int_equal(store_txn_commit(&parent), 0);
	assert_string_equal(value(e, "a"), "1");
	assert_string_equal(value(e, "b"), "-");
	parent = store_txn_begin(e->index);
	child = store_txn_begin_child(parent);
	put(child, "c", "3");
	assert_int_equal(store_txn_commit(&child), 0);
	store_txn_abort(&parent);
	assert_string_equal(value(e, "c"), "-");
}

static char hooks_seen[16];
static int before_result;

static void
note(const char *what)
{
	size_t n = strlen(hooks_seen);
	(void)snprintf(hooks_seen + n, sizeof(hooks_seen) - n, "%s", what);
}

static int
hook_before(void *arg)
{
	note(arg);
	return before_result;
}

static int
hook_other(void *arg)
{
	note(arg);
	return 0;
}

static void
add_hooks(struct store_txn *tx, char before[3], char after[3], char undone[3])
{
	store_txn_hook(tx, STORE_AFTER_COMMIT, hook_other, after);
	store_txn_hook(tx, STORE_BEFORE_COMMIT, hook_before, before);
	store_txn_hook(tx, STORE_ON_ABORT, hook_other, undone);
}

/* One parent with a child that is undone and one that is done: what ran, in order. */
static int
run_with_hooks(struct env *e)
{
	hooks_seen[0] = '\0';
	struct store_txn *parent = store_txn_begin(e->index);
	struct store_txn *child = store_txn_begin_child(parent);
	static char names[6][3] = { "b1", "a1", "u1", "b2", "a2", "u2" };
	add_hooks(child, names[0], names[1], names[2]);
	store_txn_abort(&child);
	child = store_txn_begin_child(parent);
	add_hooks(child, names[3], names[4], names[5]);
	put(child, "k", "v");
	assert_int_equal(store_txn_commit(&child), 0);
	return store_txn_commit(&parent);
}

static void
test_hooks(void **state)
{
	struct env *e = *state;
	before_result = ERR_UNAVAILABLE;
	assert_int_equal(run_with_hooks(e), ERR_UNAVAILABLE);
	assert_string_equal(hooks_seen, "u1b2u2");
	assert_string_equal(value(e, "k"), "-");
	before_result = 0;
	assert_int_equal(run_with_hooks(e), 0);
	assert_string_equal(hooks_seen, "u1b2a2");
	assert_string_equal(value(e, "k"), "v");
}

/* The keys a cursor gives, joined. */
static const char *
keys_of(struct store_cursor *c)
{
	static char text[4096];
	struct view key, v;
	size_t n = 0;
	text[0] = '\0';
	while (store_cursor_next(c, &key, &v))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s ", VIEW_FMT(key));
	store_cursor_close(&c);
	return text;
}

static void
test_ranges(void **state)
{
	static const char *const keys[] = { "a", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "c", "d" };
	struct env *e = *state;
	for (size_t i = 0; i < 10; i++)
		put_one(e, keys[i], "x");
	struct store_txn *tx = store_txn_view(e->index);
	struct view none = view_str("");
#define KEYS(from, until, dir) keys_of(store_cursor_open(tx, T, view_str(from), view_str(until), dir))
#define PREFIX(p, after, dir) keys_of(store_cursor_open_prefix(tx, T, view_str(p), view_str(after), dir))
	assert_string_equal(KEYS("", "", STORE_FORWARD), "a b1 b2 b3 b4 b5 b6 b7 c d ");
	assert_string_equal(KEYS("", "", STORE_BACKWARD), "d c b7 b6 b5 b4 b3 b2 b1 a ");
	assert_string_equal(KEYS("b3", "c", STORE_FORWARD), "b3 b4 b5 b6 b7 ");
	assert_string_equal(KEYS("b3", "c", STORE_BACKWARD), "b7 b6 b5 b4 b3 ");
	assert_string_equal(KEYS("b9", "bz", STORE_FORWARD), "");
	assert_string_equal(KEYS("b9", "bz", STORE_BACKWARD), "");
	assert_string_equal(PREFIX("b", "", STORE_FORWARD), "b1 b2 b3 b4 b5 b6 b7 ");
	assert_string_equal(PREFIX("b", "b2", STORE_FORWARD), "b3 b4 b5 b6 b7 ");
	assert_string_equal(PREFIX("b", "b2", STORE_BACKWARD), "b1 ");
	assert_string_equal(PREFIX("b", "", STORE_BACKWARD), "b7 b6 b5 b4 b3 b2 b1 ");
	assert_string_equal(PREFIX("\xff", "", STORE_BACKWARD), "");
	assert_string_equal(keys_of(store_cursor_open(tx, STORE_TABLE_SPOOL, none, none, STORE_BACKWARD)), "");
	store_txn_abort(&tx);
}

/* Walking and deleting what was given, over many portions. */
static void
test_delete_while_walking(void **state)
{
	struct env *e = *state;
	struct store_txn *tx = store_txn_begin(e->index);
	for (uint32_t i = 0; i < 1000; i++) {
		char key[8];
		(void)snprintf(key, sizeof(key), "%05u", i);
		put(tx, key, "x");
	}
	assert_int_equal(store_txn_commit(&tx), 0);
	tx = store_txn_begin(e->index);
	struct store_cursor *c = store_cursor_open(tx, T, view_str("00100"), view_str("00900"), STORE_FORWARD);
	struct view key, v;
	uint32_t n = 0;
	while (store_cursor_next(c, &key, &v)) {
		assert_int_equal(store_index_delete(tx, T, key), 0);
		n++;
	}
	assert_int_equal(n, 800);
	store_cursor_close(&c);
	assert_int_equal(store_txn_commit(&tx), 0);
	assert_string_equal(value(e, "00100"), "-");
	assert_string_equal(value(e, "00900"), "x");
}

static void
test_counter(void **state)
{
	struct env *e = *state;
	for (uint64_t i = 1; i <= 3; i++) {
		struct store_txn *tx = store_txn_begin(e->index);
		assert_int_equal(store_index_count(tx, VIEW_LIT("n")), i);
		assert_int_equal(store_txn_commit(&tx), 0);
	}
}

/* A child process commits one value and dies with another not committed. */
static void
test_recovery(void **state)
{
	struct env *e = *state;
	store_index_close(&e->index);
	pid_t pid = fork();
	if (pid == 0) {
		env_open(e);
		put_one(e, "kept", "1");
		struct store_txn *tx = store_txn_begin(e->index);
		put(tx, "lost", "1");
		put(tx, "kept", "2");
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	env_open(e);
	assert_string_equal(value(e, "kept"), "1");
	assert_string_equal(value(e, "lost"), "-");
}

static void
test_newer_version(void **state)
{
	struct env *e = *state;
	struct store_txn *tx = store_txn_begin(e->index);
	uint8_t newer[4] = { 0, 0, 0, STATE_FORMAT_VERSION + 1 };
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT(STORE_FORMAT_VERSION_KEY), view_of(newer, 4));
	assert_int_equal(store_txn_commit(&tx), 0);
	store_index_close(&e->index);
	struct store_index_options o = { .path = e->dir.path, .cache_bytes = 1 << 20 };
	assert_int_equal(store_index_open(&o, &e->index), ERR_VERSION);
	assert_null(e->index);
}

static atomic_bool readers_end;
static atomic_uint walks;

/* Walks all rows to and fro, and looks at one. */
static void *
reader(void *arg)
{
	struct env *e = arg;
	while (!readers_end) {
		struct store_txn *tx = store_txn_view(e->index);
		struct store_cursor *c = store_cursor_open(tx, T, view_str(""), view_str(""),
		    walks % 2 == 0 ? STORE_FORWARD : STORE_BACKWARD);
		struct view key, v;
		uint32_t n = 0;
		while (store_cursor_next(c, &key, &v))
			n++;
		assert_true(n >= 200);
		store_cursor_close(&c);
		(void)store_index_has(tx, T, VIEW_LIT("00050"));
		store_txn_abort(&tx);
		walks++;
	}
	return NULL;
}

/* Readers and the one writer on the same pages: nobody waits for ever, the writer never gives way. */
static void
test_readers_and_writer(void **state)
{
	struct env *e = *state;
	pthread_t threads[3];
	char key[8];
	struct store_txn *tx = store_txn_begin(e->index);
	for (uint32_t i = 0; i < 200; i++) {
		(void)snprintf(key, sizeof(key), "%05u", i);
		put(tx, key, "x");
	}
	assert_int_equal(store_txn_commit(&tx), 0);
	readers_end = false;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, e), 0);
	for (uint32_t round = 0; round < 150 || walks < 50; round++) {
		tx = store_txn_begin(e->index);
		for (uint32_t i = 0; i < 20; i++) {
			struct store_txn *child = store_txn_begin_child(tx);
			(void)snprintf(key, sizeof(key), "%05u", (round * 37 + i * 61) % 1000);
			put(child, key, "longer value, so that pages split here and there");
			assert_int_equal(store_txn_commit(&child), 0);
		}
		assert_int_equal(store_txn_commit(&tx), 0);
	}
	readers_end = true;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* ---- what the heap held ---- */

/* Every byte of memory that the library gets and does not write is this one; AddressSanitizer chose it. */
#define UNWRITTEN 0xBE
#define RUN_BYTES 64

static bool
holds(const char *path)
{
	uint8_t run[RUN_BYTES];
	struct buf bytes;
	bool found;

	memset(run, UNWRITTEN, sizeof(run));
	buf_init(&bytes, 64 << 20);
	assert_int_equal(file_read(AT_FDCWD, path, &bytes), 0);
	found = memmem(buf_view(&bytes).data, buf_view(&bytes).len, run, sizeof(run)) != NULL;
	buf_deinit(&bytes);
	return found;
}

/* Page ends that were never written are written all the same. */
static void
test_writes_nothing_of_the_heap(void **state)
{
	struct env *e = *state;
	DIR *folder;
	unsigned files = 0;

	store_index_close(&e->index);
	/* glibc fills what it gives with the complement; a sanitizer's heap takes no options */
	(void)mallopt(M_PERTURB, UNWRITTEN ^ 0xFF);
	env_open(e);
	for (unsigned i = 0; i < 2000; i++) {
		struct store_txn *tx = store_txn_begin(e->index);
		char key[16];
		(void)snprintf(key, sizeof(key), "%u", i * 7919 % 2000);
		put(tx, key, "some value that is not long");
		assert_int_equal(store_txn_commit(&tx), 0);
	}
	store_index_checkpoint(e->index);
	store_index_close(&e->index);
	(void)mallopt(M_PERTURB, 0);
	folder = opendir(e->dir.path);
	assert_non_null(folder);
	for (struct dirent *d; (d = readdir(folder)) != NULL;) {
		char path[PATH_MAX];
		(void)snprintf(path, sizeof(path), "%s/%s", e->dir.path, d->d_name);
		if (d->d_type != DT_REG)
			continue;
		files++;
		if (holds(path))
			fail_msg("%s holds what stood in memory before", d->d_name);
	}
	(void)closedir(folder);
	assert_true(files > STORE_TABLE_COUNT);
	env_open(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_children, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hooks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ranges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_delete_while_walking, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recovery, setup, teardown),
		cmocka_unit_test_setup_teardown(test_newer_version, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readers_and_writer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writes_nothing_of_the_heap, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
