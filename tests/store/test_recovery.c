/* SPDX-License-Identifier: MIT */
/*
 * Start: what is refused, with which error; the ballast; committer with a mirror that fails in the middle.
 */
#include "store/rig.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/format.h"
#include "store/keys.h"
#include "store/reserve.h"

static int
setup_new(void **state)
{
	*state = rig_new();
	return 0;
}

static void
test_wrong_folder(void **state)
{
	struct rig *r = *state;
	assert_int_equal(chmod(r->state, 0750), 0);
	assert_int_equal(rig_try_open(r), ERR_STATE);
	assert_null(r->store);
	assert_int_equal(chmod(r->state, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(r->state, 12345, (gid_t)-1), 0);
		assert_int_equal(rig_try_open(r), ERR_STATE);
		assert_int_equal(chown(r->state, 0, (gid_t)-1), 0);
	}
	r->options.state_path = "/nonexistent/state";
	assert_int_equal(rig_try_open(r), ERR_NOT_FOUND);
	r->options.state_path = r->state;
	assert_int_equal(rig_try_open(r), 0);
}

static void
test_second_instance(void **state)
{
	struct rig *r = *state;
	struct store *second = NULL;
	rig_start(r);
	assert_int_equal(store_recovery_open(&r->options, &second), ERR_BUSY);
	assert_null(second);
	store_recovery_close(&r->store);
	assert_int_equal(store_recovery_open(&r->options, &second), 0);
	store_recovery_close(&second);
}

static int
raise_version(void *arg, struct store_txn *tx)
{
	(void)arg;
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT(STORE_FORMAT_VERSION_KEY), VIEW_LIT("\0\0\0\7"));
	return 0;
}

static void
test_master_and_version(void **state)
{
	struct rig *r = *state;
	rig_start(r);
	store_recovery_close(&r->store);
	secret_bytes(r->master)[0] ^= 1;
	assert_int_equal(rig_try_open(r), ERR_CRYPTO);
	secret_bytes(r->master)[0] ^= 1;
	rig_start(r);
	assert_int_equal(RIG_RUN(r, raise_version, NULL), 0);
	store_recovery_close(&r->store);
	assert_int_equal(rig_try_open(r), ERR_VERSION);
}

static void
test_ballast_and_reserve(void **state)
{
	struct rig *r = *state;
	struct stat st;
	char *path = mem_printf("%s/ballast", r->state);
	rig_start(r);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1 << 16);
	assert_true(st.st_blocks * 512 >= 1 << 16);
	assert_true(store_reserve_is_accepting(r->store->reserve));
	store_recovery_close(&r->store);
	r->options.reserve_bytes = UINT64_MAX;
	rig_start(r);
	assert_false(store_reserve_is_accepting(r->store->reserve));
	store_reserve_set(r->store->reserve, 1);
	assert_true(store_reserve_is_accepting(r->store->reserve));
	mem_free(&path);
}

static int
put_a(void *arg, struct store_txn *tx)
{
	(void)arg;
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT("a"), VIEW_LIT("1"));
	return 0;
}

static int
put_b_and_fail(void *arg, struct store_txn *tx)
{
	(void)arg;
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT("b"), VIEW_LIT("1"));
	return ERR_DENIED;
}

static int
put_with_key(void *arg, struct store_txn *tx)
{
	struct rig *r = arg;
	struct store_key_name name = { STORE_KEY_ACCOUNT, { { 5 } }, 0 };
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT("c"), VIEW_LIT("1"));
	return store_keys_create(r->store->keys, tx, &name);
}

static bool
has(struct rig *r, const char *key)
{
	struct store_txn *tx = store_txn_view(r->store->index);
	bool found = store_index_has(tx, STORE_TABLE_META, view_str(key));
	store_txn_abort(&tx);
	return found;
}

struct submitted {
	struct store_write write;
	struct rig *rig;
	int (*apply)(void *arg, struct store_txn *tx);
	int err;
	bool is_done;
};

static int
apply(struct store_write *w, struct store_txn *tx)
{
	struct submitted *s = (struct submitted *)(void *)w;
	return s->apply(s->rig, tx);
}

static void
done(struct store_write *w, int err)
{
	struct submitted *s = (struct submitted *)(void *)w;
	s->err = err;
	s->is_done = true;
}

static atomic_bool is_held;

/* Holds the committer while the test queues a batch. */
static int
wait_a_moment(void *arg, struct store_txn *tx)
{
	(void)arg;
	(void)tx;
	is_held = true;
	(void)usleep(20000);
	return 0;
}

/* In one batch: one that is refused, one that needs a key, one that does not. */
static void
test_batch(void **state)
{
	struct rig *r = *state;
	struct submitted s[4] = {
		{ .apply = wait_a_moment }, { .apply = put_a }, { .apply = put_b_and_fail }, { .apply = put_with_key } };
	r->options.mirror_path = r->mirror;
	rig_start(r);
	for (int i = 0; i < 4; i++) {
		s[i].write = (struct store_write){ .apply = apply, .done = done };
		s[i].rig = r;
		store_committer_submit(r->store->committer, &s[i].write);
	}
	assert_int_equal(RIG_RUN(r, wait_a_moment, NULL), 0);
	assert_true(s[0].is_done && s[1].is_done && s[2].is_done && s[3].is_done);
	assert_int_equal(s[1].err, 0);
	assert_int_equal(s[2].err, ERR_DENIED);
	assert_int_equal(s[3].err, 0);
	assert_true(has(r, "a") && !has(r, "b") && has(r, "c"));
}

static int before_calls, before_failures;

static int
before_commit(void *arg)
{
	(void)arg;
	return ++before_calls <= before_failures ? ERR_UNAVAILABLE : 0;
}

static int
put_d_with_hook(void *arg, struct store_txn *tx)
{
	(void)arg;
	store_index_put(tx, STORE_TABLE_META, VIEW_LIT("d"), VIEW_LIT("1"));
	store_txn_hook(tx, STORE_BEFORE_COMMIT, before_commit, NULL);
	return 0;
}

/* What must be flushed before a commit cannot be: the batch runs once more; fails it again, nothing of it was done. */
static void
test_batch_runs_again(void **state)
{
	struct rig *r = *state;
	rig_start(r);
	before_calls = 0;
	before_failures = 1;
	assert_int_equal(RIG_RUN(r, put_d_with_hook, r), 0);
	assert_int_equal(before_calls, 2);
	assert_true(has(r, "d"));
	before_calls = 0;
	before_failures = 2;
	struct submitted s[3] = { { .apply = wait_a_moment }, { .apply = put_a }, { .apply = put_d_with_hook } };
	is_held = false;
	for (int i = 0; i < 3; i++) {
		s[i].write = (struct store_write){ .apply = apply, .done = done };
		s[i].rig = r;
		store_committer_submit(r->store->committer, &s[i].write);
		while (!is_held)
			(void)usleep(100);
	}
	assert_int_equal(RIG_RUN(r, put_b_and_fail, NULL), ERR_DENIED);
	assert_int_equal(s[2].err, ERR_UNAVAILABLE);
	assert_int_equal(s[1].err, s[2].err);
	assert_int_equal(before_calls, 2);
	assert_false(has(r, "a"));
}

/* A process dies at once after each answered write: all answered ones are there. */
static void
test_death(void **state)
{
	struct rig *r = *state;
	for (int round = 0; round < 3; round++) {
		pid_t pid = fork();
		if (pid == 0) {
			rig_start(r);
			if (RIG_RUN(r, round == 0 ? put_a : put_with_key, r) != 0)
				_exit(round == 2 ? 0 : 1);
			_exit(round == 2 ? 1 : 0);
		}
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	rig_start(r);
	assert_true(has(r, "a") && has(r, "c"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wrong_folder, setup_new, rig_teardown),
		cmocka_unit_test_setup_teardown(test_second_instance, setup_new, rig_teardown),
		cmocka_unit_test_setup_teardown(test_master_and_version, setup_new, rig_teardown),
		cmocka_unit_test_setup_teardown(test_ballast_and_reserve, setup_new, rig_teardown),
		cmocka_unit_test_setup_teardown(test_batch, setup_new, rig_teardown),
		cmocka_unit_test_setup_teardown(test_batch_runs_again, setup_new, rig_teardown),
		cmocka_unit_test_setup_teardown(test_death, setup_new, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
