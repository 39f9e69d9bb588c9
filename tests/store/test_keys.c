/* SPDX-License-Identifier: MIT */
/*
 * Data keys: their life with transactions, death in both copies, what start makes of torn, dead, foreign and unnamed
 * slots, the mirror away and back, the cache.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "store/committer.h"
#include "store/fixture.h"
#include "store/key_cache.h"
#include "store/keys.h"
#include "store/slot_file.h"

struct env {
	struct fixture dir;
	char *index_path, *keys_path, *mirror_path;
	bool has_mirror;
	int keys_fd;
	struct secret *master;
	struct store_index *index;
	struct store_keys *keys;
};

static int
try_open(struct env *e)
{
	struct store_index_options io = { .path = e->index_path, .cache_bytes = 1 << 20 };
	assert_int_equal(store_index_open(&io, &e->index), 0);
	struct store_keys_options ko = { .folder_fd = e->keys_fd, .mirror_path = e->has_mirror ? e->mirror_path : NULL,
	    .master = e->master, .cached_keys = 4 };
	return store_keys_open(&ko, e->index, &e->keys);
}

static void
close_env(struct env *e)
{
	store_keys_close(&e->keys);
	store_index_close(&e->index);
}

static void
reopen(struct env *e)
{
	close_env(e);
	assert_int_equal(try_open(e), 0);
}

static int
setup_with(void **state, bool has_mirror)
{
	struct env *e = mem_alloc(sizeof(*e));
	fixture_init(&e->dir);
	e->index_path = fixture_folder(&e->dir, "index");
	e->keys_path = fixture_folder(&e->dir, "keys");
	e->mirror_path = fixture_folder(&e->dir, "mirror");
	e->has_mirror = has_mirror;
	assert_int_equal(file_open_dir(AT_FDCWD, e->keys_path, &e->keys_fd), 0);
	e->master = secret_random(CRYPT_KEY_BYTES);
	assert_int_equal(try_open(e), 0);
	*state = e;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, false);
}

static int
setup_mirrored(void **state)
{
	return setup_with(state, true);
}

static int
teardown(void **state)
{
	struct env *e = *state;
	close_env(e);
	file_close(&e->keys_fd);
	secret_free(&e->master);
	fixture_deinit(&e->dir);
	mem_free(&e->index_path);
	mem_free(&e->keys_path);
	mem_free(&e->mirror_path);
	mem_free(&e);
	return 0;
}

/* ---- one call in one transaction ---- */

static struct store_key_name
name_of(uint8_t owner, uint32_t day)
{
	return (struct store_key_name){ STORE_KEY_SUBSCRIPTION_DAY, { { owner } }, day };
}

static int
create(struct env *e, uint8_t owner, uint32_t day)
{
	struct store_key_name n = name_of(owner, day);
	struct store_txn *tx = store_txn_begin(e->index);
	int err = store_keys_create(e->keys, tx, &n);
	int commit_err = store_txn_commit(&tx);
	return err != 0 ? err : commit_err;
}

static int
destroy(struct env *e, uint8_t owner, uint32_t day)
{
	struct store_key_name n = name_of(owner, day);
	struct store_txn *tx = store_txn_begin(e->index);
	int err = store_keys_destroy(e->keys, tx, &n);
	assert_int_equal(store_txn_commit(&tx), 0);
	return err;
}

static void
forget(struct env *e, uint8_t owner, uint32_t day)
{
	struct store_key_name n = name_of(owner, day);
	struct store_txn *tx = store_txn_begin(e->index);
	store_keys_forget(e->keys, tx, &n);
	assert_int_equal(store_txn_commit(&tx), 0);
}

static int
find(struct env *e, uint8_t owner, uint32_t day, struct store_slot *slot_r)
{
	struct store_key_name n = name_of(owner, day);
	struct store_txn *tx = store_txn_view(e->index);
	int err = store_keys_find(e->keys, tx, &n, slot_r);
	store_txn_abort(&tx);
	return err;
}

/* The key's first bytes as a number; 0 if it cannot be had, with the error in *err_r. */
static uint64_t
key_value(struct env *e, const struct store_slot *slot, int *err_r)
{
	struct secret *key = NULL;
	uint64_t value = 0;
	*err_r = store_keys_unwrap(e->keys, slot, &key);
	if (*err_r == 0)
		memcpy(&value, secret_view(key).data, sizeof(value));
	secret_free(&key);
	return value;
}

static uint64_t
key_of(struct env *e, uint8_t owner, uint32_t day)
{
	struct store_slot slot;
	int err;
	assert_int_equal(find(e, owner, day, &slot), 0);
	uint64_t value = key_value(e, &slot, &err);
	assert_int_equal(err, 0);
	return value;
}

static int
unwrap_error(struct env *e, const struct store_slot *slot)
{
	int err;
	(void)key_value(e, slot, &err);
	return err;
}

/* ---- slots in the raw file ---- */

static char *
slot_path(const char *folder)
{
	return mem_printf("%s/slots", folder);
}

static void
raw(const char *folder, uint32_t number, uint8_t bytes[STORE_SLOT_BYTES], bool is_write)
{
	char *path = slot_path(folder);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t at = (off_t)(STATE_SLOT_HEADER_BYTES + (uint64_t)number * STORE_SLOT_BYTES);
	assert_true(fd >= 0);
	ssize_t n = is_write ? pwrite(fd, bytes, STORE_SLOT_BYTES, at) : pread(fd, bytes, STORE_SLOT_BYTES, at);
	assert_int_equal(n, STORE_SLOT_BYTES);
	(void)close(fd);
	mem_free(&path);
}

static bool
is_zero(const char *folder, uint32_t number)
{
	uint8_t bytes[STORE_SLOT_BYTES];
	static const uint8_t zeros[STORE_SLOT_BYTES];
	raw(folder, number, bytes, false);
	return memcmp(bytes, zeros, sizeof(zeros)) == 0;
}

static void
flip(const char *folder, uint32_t number)
{
	uint8_t bytes[STORE_SLOT_BYTES];
	raw(folder, number, bytes, false);
	memset(bytes + 40, 0x5a, 64);
	bytes[0] = 9;
	raw(folder, number, bytes, true);
}

static void
zero(const char *folder, uint32_t number)
{
	uint8_t bytes[STORE_SLOT_BYTES] = { 0 };
	raw(folder, number, bytes, true);
}

/* ---- tests ---- */

static void
test_life(void **state)
{
	struct env *e = *state;
	struct store_slot slot, other;
	assert_int_equal(find(e, 1, 5, &slot), ERR_NOT_FOUND);
	assert_int_equal(create(e, 1, 5), 0);
	assert_int_equal(create(e, 1, 5), ERR_EXISTS);
	assert_int_equal(create(e, 1, 6), 0);
	uint64_t value = key_of(e, 1, 5);
	assert_int_not_equal(value, 0);
	assert_int_not_equal(value, key_of(e, 1, 6));
	reopen(e);
	assert_int_equal(value, key_of(e, 1, 5));
	assert_int_equal(find(e, 1, 5, &slot), 0);
	assert_int_equal(destroy(e, 1, 5), 0);
	assert_int_equal(destroy(e, 1, 5), 0);
	assert_int_equal(destroy(e, 9, 9), ERR_NOT_FOUND);
	assert_true(is_zero(e->keys_path, slot.number));
	assert_int_equal(unwrap_error(e, &slot), ERR_ERASED);
	assert_int_equal(find(e, 1, 5, &other), ERR_ERASED);
	assert_int_equal(create(e, 1, 5), ERR_EXISTS);
	forget(e, 1, 5);
	assert_int_equal(find(e, 1, 5, &other), ERR_NOT_FOUND);
	assert_int_equal(create(e, 1, 5), 0);
	assert_int_not_equal(key_of(e, 1, 5), value);
	reopen(e);
	assert_int_equal(unwrap_error(e, &slot), ERR_ERASED);
}

/* A slot that is used again answers only to its new generation. */
static void
test_generation(void **state)
{
	struct env *e = *state;
	struct store_slot old, now = { 0 };
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(find(e, 1, 0, &old), 0);
	assert_int_equal(destroy(e, 1, 0), 0);
	forget(e, 1, 0);
	for (uint32_t day = 1; day <= STORE_SLOT_GROWTH; day++) {
		assert_int_equal(create(e, 2, day), 0);
		assert_int_equal(find(e, 2, day, &now), 0);
		if (now.number == old.number)
			break;
	}
	assert_int_equal(now.number, old.number);
	assert_int_equal(unwrap_error(e, &old), ERR_ERASED);
	assert_int_equal(unwrap_error(e, &now), 0);
	/* right slot, wrong owner: from the file, since the cache knows only numbers */
	reopen(e);
	now.name.owner.bytes[0]++;
	assert_int_equal(unwrap_error(e, &now), ERR_CRYPTO);
}

static void
test_undone(void **state)
{
	struct env *e = *state;
	struct store_key_name n = name_of(1, 0), kept = name_of(2, 0);
	struct store_slot slot;
	assert_int_equal(create(e, 2, 0), 0);
	struct store_txn *tx = store_txn_begin(e->index);
	struct store_txn *child = store_txn_begin_child(tx);
	assert_int_equal(store_keys_create(e->keys, child, &n), 0);
	assert_int_equal(store_keys_find(e->keys, child, &n, &slot), 0);
	assert_false(is_zero(e->keys_path, slot.number));
	assert_int_equal(store_keys_destroy(e->keys, child, &kept), 0);
	store_txn_abort(&child);
	assert_int_equal(store_txn_commit(&tx), 0);
	assert_true(is_zero(e->keys_path, slot.number));
	assert_int_equal(unwrap_error(e, &slot), ERR_ERASED);
	(void)key_of(e, 2, 0);
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(destroy(e, 2, 0), 0);
	assert_int_equal(find(e, 2, 0, &slot), ERR_ERASED);
	assert_true(is_zero(e->keys_path, slot.number));
}

static void
test_all_of_an_owner(void **state)
{
	struct env *e = *state;
	struct store_slot slot;
	struct id owner = { { 1 } };
	struct store_key_range all = store_key_range_all(STORE_KEY_SUBSCRIPTION_DAY, &owner);
	for (uint32_t day = 0; day < 10; day++) {
		assert_int_equal(create(e, 1, day), 0);
		assert_int_equal(create(e, 2, day), 0);
	}
	struct store_txn *tx = store_txn_begin(e->index);
	assert_true(store_keys_destroy_range(e->keys, tx, &all, 4));
	assert_false(store_keys_destroy_range(e->keys, tx, &all, 100));
	assert_int_equal(store_txn_commit(&tx), 0);
	for (uint32_t day = 0; day < 10; day++) {
		assert_int_equal(find(e, 1, day, &slot), ERR_ERASED);
		assert_true(is_zero(e->keys_path, slot.number));
		(void)key_of(e, 2, day);
	}
	tx = store_txn_begin(e->index);
	assert_false(store_keys_forget_range(e->keys, tx, &all, 100));
	assert_int_equal(store_txn_commit(&tx), 0);
	assert_int_equal(find(e, 1, 3, &slot), ERR_NOT_FOUND);
}

static void
test_some_days_of_an_owner(void **state)
{
	struct env *e = *state;
	struct store_key_range some = { STORE_KEY_SUBSCRIPTION_DAY, { { 1 } }, 3, 5 };
	struct store_slot slot;
	for (uint32_t day = 0; day < 10; day++)
		assert_int_equal(create(e, 1, day), 0);
	struct store_txn *tx = store_txn_begin(e->index);
	assert_false(store_keys_destroy_range(e->keys, tx, &some, 100));
	assert_false(store_keys_forget_range(e->keys, tx, &some, 100));
	assert_int_equal(store_txn_commit(&tx), 0);
	for (uint32_t day = 0; day < 10; day++)
		assert_int_equal(find(e, 1, day, &slot), day >= 3 && day <= 5 ? ERR_NOT_FOUND : 0);
}

/* The former key is overwritten once the new one is durable, and not when the transaction is undone. */
static void
test_replace(void **state)
{
	struct env *e = *state;
	struct store_key_name name = name_of(1, 0);
	struct store_slot former, slot;
	struct store_txn *tx = store_txn_begin(e->index);
	assert_int_equal(store_keys_replace(e->keys, tx, &name), ERR_NOT_FOUND);
	store_txn_abort(&tx);
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(find(e, 1, 0, &former), 0);
	tx = store_txn_begin(e->index);
	assert_int_equal(store_keys_replace(e->keys, tx, &name), 0);
	store_txn_abort(&tx);
	assert_int_equal(find(e, 1, 0, &slot), 0);
	assert_int_equal(slot.generation, former.generation);
	(void)key_of(e, 1, 0);
	tx = store_txn_begin(e->index);
	assert_int_equal(store_keys_replace(e->keys, tx, &name), 0);
	assert_false(is_zero(e->keys_path, former.number));
	assert_int_equal(store_txn_commit(&tx), 0);
	assert_true(is_zero(e->keys_path, former.number));
	assert_int_equal(unwrap_error(e, &former), ERR_ERASED);
	reopen(e);
	assert_int_equal(find(e, 1, 0, &slot), 0);
	assert_int_not_equal(slot.generation, former.generation);
	(void)key_of(e, 1, 0);
	/* its slot may serve again */
	assert_int_equal(create(e, 2, 0), 0);
	assert_int_equal(destroy(e, 1, 0), 0);
	tx = store_txn_begin(e->index);
	assert_int_equal(store_keys_replace(e->keys, tx, &name), ERR_ERASED);
	store_txn_abort(&tx);
}

static void
test_many_grow_the_file(void **state)
{
	struct env *e = *state;
	struct store_slot a, b;
	for (uint32_t day = 0; day < STORE_SLOT_GROWTH + 10; day += 61) {
		struct store_txn *tx = store_txn_begin(e->index);
		for (uint32_t i = 0; i < 61; i++) {
			struct store_key_name n = name_of(1, day + i);
			assert_int_equal(store_keys_create(e->keys, tx, &n), 0);
		}
		assert_int_equal(store_txn_commit(&tx), 0);
	}
	uint64_t first = key_of(e, 1, 0), last = key_of(e, 1, STORE_SLOT_GROWTH + 9);
	assert_int_equal(find(e, 1, 0, &a), 0);
	assert_int_equal(find(e, 1, STORE_SLOT_GROWTH + 9, &b), 0);
	assert_int_not_equal(a.number, b.number);
	reopen(e);
	assert_int_equal(key_of(e, 1, 0), first);
	assert_int_equal(key_of(e, 1, STORE_SLOT_GROWTH + 9), last);
}

static void
test_wrong_master(void **state)
{
	struct env *e = *state;
	assert_int_equal(create(e, 1, 0), 0);
	close_env(e);
	secret_bytes(e->master)[3] ^= 1;
	assert_int_equal(try_open(e), ERR_CRYPTO);
	store_index_close(&e->index);
	secret_bytes(e->master)[3] ^= 1;
	assert_int_equal(try_open(e), 0);
	(void)key_of(e, 1, 0);
}

/* What lies in the file without a name goes at start; what is torn is told, its name stays. */
static void
test_sweep_and_damage(void **state)
{
	struct env *e = *state;
	struct store_slot slot;
	uint8_t bytes[STORE_SLOT_BYTES];
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(find(e, 1, 0, &slot), 0);
	raw(e->keys_path, slot.number, bytes, false);
	raw(e->keys_path, 300, bytes, true);
	reopen(e);
	assert_true(is_zero(e->keys_path, 300));
	(void)key_of(e, 1, 0);
	flip(e->keys_path, slot.number);
	reopen(e);
	assert_int_equal(unwrap_error(e, &slot), ERR_CRYPTO);
	zero(e->keys_path, slot.number);
	reopen(e);
	assert_int_equal(find(e, 1, 0, &slot), ERR_ERASED);
}

/* Death between the commit of a destruction and its overwriting: start finishes it. */
static void
test_destruction_is_finished(void **state)
{
	struct env *e = *state;
	struct store_slot slot;
	uint8_t bytes[STORE_SLOT_BYTES];
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(find(e, 1, 0, &slot), 0);
	raw(e->keys_path, slot.number, bytes, false);
	assert_int_equal(destroy(e, 1, 0), 0);
	raw(e->keys_path, slot.number, bytes, true);
	reopen(e);
	assert_true(is_zero(e->keys_path, slot.number));
	assert_int_equal(unwrap_error(e, &slot), ERR_ERASED);
}

static void
test_missing_and_damaged_file(void **state)
{
	struct env *e = *state;
	assert_int_equal(create(e, 1, 0), 0);
	close_env(e);
	char *path = slot_path(e->keys_path), *away = mem_printf("%s.away", path);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(try_open(e), ERR_STATE);
	store_index_close(&e->index);
	assert_int_equal(rename(away, path), 0);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 30), 1);
	assert_int_equal(try_open(e), ERR_STATE);
	store_index_close(&e->index);
	assert_int_equal(pwrite(fd, "\0\0\0\7", 4, 8), 4);
	assert_int_equal(try_open(e), ERR_VERSION);
	(void)close(fd);
	mem_free(&path);
	mem_free(&away);
}

static void
test_mirror_follows(void **state)
{
	struct env *e = *state;
	struct store_slot slot;
	uint8_t here[STORE_SLOT_BYTES], there[STORE_SLOT_BYTES];
	assert_true(store_keys_is_mirrored(e->keys));
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(find(e, 1, 0, &slot), 0);
	raw(e->keys_path, slot.number, here, false);
	raw(e->mirror_path, slot.number, there, false);
	assert_memory_equal(here, there, sizeof(here));
	assert_int_equal(destroy(e, 1, 0), 0);
	assert_true(is_zero(e->mirror_path, slot.number));
	assert_int_equal(store_keys_pending(e->keys), 0);
}

/* The same state with its own copy torn or lost, or the mirror's: the other one helps. Dead in the mirror stays dead. */
static void
test_mirror_mends(void **state)
{
	struct env *e = *state;
	struct store_slot slot;
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(find(e, 1, 0, &slot), 0);
	uint64_t value = key_of(e, 1, 0);
	flip(e->keys_path, slot.number);
	reopen(e);
	assert_int_equal(key_of(e, 1, 0), value);
	zero(e->keys_path, slot.number);
	reopen(e);
	assert_int_equal(key_of(e, 1, 0), value);
	flip(e->mirror_path, slot.number);
	reopen(e);
	zero(e->keys_path, slot.number);
	reopen(e);
	assert_int_equal(key_of(e, 1, 0), value);
	zero(e->mirror_path, slot.number);
	reopen(e);
	assert_int_equal(find(e, 1, 0, &slot), ERR_ERASED);
	assert_true(is_zero(e->keys_path, slot.number));
}

static void
test_restored_from_mirror(void **state)
{
	struct env *e = *state;
	assert_int_equal(create(e, 1, 0), 0);
	uint64_t value = key_of(e, 1, 0);
	close_env(e);
	char *path = slot_path(e->keys_path);
	assert_int_equal(unlink(path), 0);
	mem_free(&path);
	assert_int_equal(try_open(e), 0);
	assert_int_equal(key_of(e, 1, 0), value);
	assert_true(store_keys_is_mirrored(e->keys));
}

static void
test_mirror_away(void **state)
{
	struct env *e = *state;
	struct store_slot slot;
	char *away = mem_printf("%s.away", e->mirror_path);
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(create(e, 2, 0), 0);
	assert_int_equal(find(e, 1, 0, &slot), 0);
	close_env(e);
	assert_int_equal(rename(e->mirror_path, away), 0);
	assert_int_equal(mkdir(e->mirror_path, 0700), 0);
	assert_int_equal(try_open(e), 0);
	assert_false(store_keys_is_mirrored(e->keys));
	assert_int_equal(create(e, 3, 0), ERR_UNAVAILABLE);
	(void)key_of(e, 2, 0);
	assert_int_equal(destroy(e, 1, 0), 0);
	assert_int_equal(store_keys_pending(e->keys), 1);
	store_keys_tend(e->keys);
	assert_false(store_keys_is_mirrored(e->keys));
	assert_int_equal(rmdir(e->mirror_path), 0);
	assert_int_equal(rename(away, e->mirror_path), 0);
	assert_false(is_zero(e->mirror_path, slot.number));
	store_keys_tend(e->keys);
	assert_true(store_keys_is_mirrored(e->keys));
	assert_int_equal(store_keys_pending(e->keys), 0);
	assert_true(is_zero(e->mirror_path, slot.number));
	(void)key_of(e, 2, 0);
	assert_int_equal(create(e, 3, 0), 0);
	mem_free(&away);
}

static void
test_foreign_mirror(void **state)
{
	struct env *a = *state, *b;
	void *second;
	assert_int_equal(setup_mirrored(&second), 0);
	b = second;
	close_env(a);
	close_env(b);
	char *from = slot_path(b->mirror_path), *to = slot_path(a->mirror_path);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(try_open(a), ERR_TRUST);
	store_index_close(&a->index);
	/* an empty file asks for a new mirror */
	int fd = open(to, O_WRONLY | O_TRUNC);
	(void)close(fd);
	assert_int_equal(try_open(a), 0);
	assert_true(store_keys_is_mirrored(a->keys));
	mem_free(&from);
	mem_free(&to);
	assert_int_equal(try_open(b), 0);
	assert_false(store_keys_is_mirrored(b->keys));
	(void)teardown(&second);
}

/* A copy of the mirror from before lacks keys made since: it must not have a say. */
static void
test_old_mirror(void **state)
{
	struct env *e = *state;
	struct id store;
	uint64_t generation, next;
	char *path = slot_path(e->mirror_path);
	struct buf old;
	buf_init(&old, 1 << 20);
	assert_int_equal(create(e, 1, 0), 0);
	assert_int_equal(store_keys_mark(e->keys, &store, &generation), 0);
	assert_int_equal(file_read(AT_FDCWD, path, &old), 0);
	assert_int_equal(store_keys_mark(e->keys, &store, &next), 0);
	assert_int_equal(next, generation + 1);
	assert_int_equal(create(e, 2, 0), 0);
	uint64_t value = key_of(e, 2, 0);
	close_env(e);
	assert_int_equal(file_replace(AT_FDCWD, path, buf_view(&old), 0600, FILE_SCRATCH), 0);
	assert_int_equal(try_open(e), 0);
	assert_false(store_keys_is_mirrored(e->keys));
	assert_int_equal(store_keys_mark(e->keys, &store, &next), ERR_UNAVAILABLE);
	assert_int_equal(key_of(e, 2, 0), value);
	store_keys_tend(e->keys);
	assert_false(store_keys_is_mirrored(e->keys));
	assert_int_equal(file_replace(AT_FDCWD, path, view_of(NULL, 0), 0600, FILE_SCRATCH), 0);
	store_keys_tend(e->keys);
	assert_true(store_keys_is_mirrored(e->keys));
	assert_int_equal(store_keys_mark(e->keys, &store, &next), 0);
	assert_true(next > generation + 1);
	assert_int_equal(key_of(e, 2, 0), value);
	buf_deinit(&old);
	mem_free(&path);
}

static void
test_cache(void **state)
{
	struct store_key_cache *c = store_key_cache_new(3);
	struct secret *keys[5], *got;
	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		keys[i] = secret_random(CRYPT_KEY_BYTES);
	for (uint32_t i = 0; i < 3; i++)
		store_key_cache_put(c, i, 7, keys[i], store_key_cache_epoch(c));
	got = store_key_cache_get(c, 0, 7);
	assert_true(view_equal(secret_view(got), secret_view(keys[0])));
	secret_free(&got);
	assert_null(store_key_cache_get(c, 0, 8));
	store_key_cache_put(c, 3, 7, keys[3], store_key_cache_epoch(c));   /* 1 was unused for longest */
	assert_null(store_key_cache_get(c, 1, 7));
	got = store_key_cache_get(c, 0, 7);
	assert_non_null(got);
	secret_free(&got);
	uint64_t epoch = store_key_cache_epoch(c);
	store_key_cache_drop(c, 0);
	assert_null(store_key_cache_get(c, 0, 7));
	store_key_cache_put(c, 4, 7, keys[4], epoch);                      /* read before the drop: not kept */
	assert_null(store_key_cache_get(c, 4, 7));
	store_key_cache_put(c, 4, 7, keys[4], store_key_cache_epoch(c));   /* takes the dropped one's place */
	for (uint32_t i = 2; i < 5; i++) {
		got = store_key_cache_get(c, i, 7);
		assert_true(view_equal(secret_view(got), secret_view(keys[i])));
		secret_free(&got);
		secret_free(&keys[i]);
	}
	secret_free(&keys[0]);
	secret_free(&keys[1]);
	store_key_cache_free(&c);
}

int
main(void)
{
	assert_int_equal(crypt_init(), 0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cache),
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_life, setup_mirrored, teardown),
		cmocka_unit_test_setup_teardown(test_generation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_of_an_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(test_some_days_of_an_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_grow_the_file, setup_mirrored, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_master, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sweep_and_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_destruction_is_finished, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_and_damaged_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mirror_follows, setup_mirrored, teardown),
		cmocka_unit_test_setup_teardown(test_mirror_mends, setup_mirrored, teardown),
		cmocka_unit_test_setup_teardown(test_restored_from_mirror, setup_mirrored, teardown),
		cmocka_unit_test_setup_teardown(test_mirror_away, setup_mirrored, teardown),
		cmocka_unit_test_setup_teardown(test_old_mirror, setup_mirrored, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_mirror, setup_mirrored, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
