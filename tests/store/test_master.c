/* SPDX-License-Identifier: MIT */
/*
 * The master key's change: every key opens as before, in both copies, under the new one alone; while others are made and
 * destroyed; killed at any moment and continued; with the mirror away.
 */
#include "store/rig.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "crypt/random.h"
#include "store/keys.h"

#define KEYS 600U
#define KILLS 40
#define KILLS_IN_THE_MIDDLE 6
#define WITHIN_US 30000

struct world {
	struct rig *rig;
	struct secret *next;
	uint64_t values[KEYS];       /* the first bytes of each key; 0: destroyed */
};

static struct store_key_name
name_of(uint32_t n)
{
	return (struct store_key_name){ STORE_KEY_SUBSCRIPTION_DAY, { { 1 } }, n };
}

static int
create_all(void *arg, struct store_txn *tx)
{
	struct world *w = arg;
	for (uint32_t n = 0; n < KEYS; n++) {
		struct store_key_name name = name_of(n);
		assert_int_equal(store_keys_create(w->rig->store->keys, tx, &name), 0);
	}
	return 0;
}

static int
destroy_some(void *arg, struct store_txn *tx)
{
	struct world *w = arg;
	for (uint32_t n = 0; n < KEYS; n += 10) {
		struct store_key_name name = name_of(n);
		assert_int_equal(store_keys_destroy(w->rig->store->keys, tx, &name), 0);
	}
	return 0;
}

/* 0: it is dead. */
static uint64_t
value_of(struct rig *r, uint32_t n)
{
	struct store_key_name name = name_of(n);
	struct store_slot slot;
	struct secret *key;
	uint64_t value = 0;
	struct store_txn *tx = store_txn_view(r->store->index);
	int err = store_keys_find(r->store->keys, tx, &name, &slot);
	store_txn_abort(&tx);
	if (err == ERR_ERASED)
		return 0;
	assert_int_equal(err, 0);
	assert_int_equal(store_keys_unwrap(r->store->keys, &slot, &key), 0);
	memcpy(&value, secret_view(key).data, sizeof(value));
	secret_free(&key);
	return value;
}

static void
check_all(struct world *w)
{
	for (uint32_t n = 0; n < KEYS; n++)
		if (value_of(w->rig, n) != w->values[n])
			fail_msg("key %u is another one", n);
}

static void
open_with(struct world *w, const struct secret *master, const struct secret *next, int expected)
{
	w->rig->options.master = master;
	w->rig->options.next_master = next;
	assert_int_equal(rig_try_open(w->rig), expected);
}

static void
close_rig(struct world *w)
{
	store_recovery_close(&w->rig->store);
}

static int
setup(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	w->rig = rig_new();
	w->rig->options.mirror_path = w->rig->mirror;
	w->next = secret_random(CRYPT_KEY_BYTES);
	rig_start(w->rig);
	assert_int_equal(RIG_RUN(w->rig, create_all, w), 0);
	assert_int_equal(RIG_RUN(w->rig, destroy_some, w), 0);
	for (uint32_t n = 0; n < KEYS; n++)
		w->values[n] = value_of(w->rig, n);
	assert_true(w->values[0] == 0 && w->values[1] != 0);
	close_rig(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	rig_free(&w->rig);
	secret_free(&w->next);
	mem_free(&w);
	return 0;
}

/* ---- tests ---- */

static void
changed(void **state)
{
	struct world *w = *state;
	struct store_keys_rotated done;
	open_with(w, w->rig->master, NULL, 0);
	assert_int_equal(store_keys_rotate(w->rig->store->keys, &done), ERR_STATE);
	close_rig(w);
	open_with(w, w->rig->master, w->next, 0);
	assert_int_equal(store_keys_rotate(w->rig->store->keys, &done), 0);
	/* the service's own keys too */
	assert_true(done.rewrapped >= KEYS - KEYS / 10 + 2 && done.rewrapped < KEYS);
	assert_int_equal(done.damaged, 0);
	check_all(w);
	assert_int_equal(store_keys_rotate(w->rig->store->keys, &done), 0);
	assert_int_equal(done.rewrapped, 0);
	close_rig(w);
	open_with(w, w->rig->master, NULL, ERR_CRYPTO);
	open_with(w, w->rig->master, w->next, 0);
	close_rig(w);
	open_with(w, w->next, NULL, 0);
	check_all(w);
	close_rig(w);
	/* the mirror alone is as good */
	char *slots = mem_printf("%s/keys/slots", w->rig->state);
	assert_int_equal(unlink(slots), 0);
	open_with(w, w->next, NULL, 0);
	check_all(w);
	mem_free(&slots);
}

struct maker {
	struct world *world;
	_Atomic bool is_ending;
	_Atomic uint32_t made;
};

static int
make_one(void *arg, struct store_txn *tx)
{
	struct maker *m = arg;
	struct store_key_name made = name_of(KEYS + m->made), ended = name_of(KEYS + m->made / 2);
	assert_int_equal(store_keys_create(m->world->rig->store->keys, tx, &made), 0);
	return m->made % 2 == 0 ? store_keys_destroy(m->world->rig->store->keys, tx, &ended) : 0;
}

static void *
make_and_end(void *arg)
{
	struct maker *m = arg;
	for (; !m->is_ending; m->made++)
		assert_int_equal(RIG_RUN(m->world->rig, make_one, m), 0);
	return NULL;
}

static void
changed_while_used(void **state)
{
	struct world *w = *state;
	struct maker m = { .world = w };
	struct store_keys_rotated done;
	pthread_t thread;
	open_with(w, w->rig->master, w->next, 0);
	store_recovery_start(w->rig->store);
	assert_int_equal(pthread_create(&thread, NULL, make_and_end, &m), 0);
	while (m.made < 3)
		clock_sleep_ms(5);
	assert_int_equal(store_keys_rotate(w->rig->store->keys, &done), 0);
	for (uint32_t before = m.made; m.made < before + 3;)
		clock_sleep_ms(5);
	m.is_ending = true;
	pthread_join(thread, NULL);
	close_rig(w);
	open_with(w, w->next, NULL, 0);
	check_all(w);
	for (uint32_t n = 0; n < m.made; n++) {
		bool is_ended = n < (m.made + 1) / 2;
		assert_int_equal(value_of(w->rig, KEYS + n) == 0, is_ended);
	}
}

/* In a process of its own, which says when it begins. */
_Noreturn static void
rotate_and_exit(struct world *w, int out)
{
	struct store_keys_rotated done;
	w->rig->options.next_master = w->next;
	w->rig->options.master = w->rig->master;
	bool is_open = rig_try_open(w->rig) == 0;
	if (!is_open || write(out, "x", 1) != 1)
		_exit(1);
	_exit(store_keys_rotate(w->rig->store->keys, &done) == 0 ? 0 : 1);
}

/* False: it came to its end before it was killed. */
static bool
killed_after(struct world *w, unsigned us)
{
	int status, ends[2];
	char byte;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		rotate_and_exit(w, ends[1]);
	(void)close(ends[1]);
	/* what a killed one had begun goes on when it opens, so it may end before it says anything */
	bool has_begun = read(ends[0], &byte, 1) == 1;
	(void)close(ends[0]);
	assert_true(has_begun);
	usleep(us);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

/* How many of the two keys open it alone. */
static int
alone(struct world *w)
{
	const struct secret *keys[] = { w->rig->master, w->next };
	int n = 0;
	w->rig->options.next_master = NULL;
	for (int i = 0; i < 2; i++) {
		w->rig->options.master = keys[i];
		int err = rig_try_open(w->rig);
		assert_true(err == 0 || err == ERR_CRYPTO);
		n += err == 0;
		close_rig(w);
	}
	return n;
}

/* Where the change has come to its end, the next one goes the other way. */
static void
turn_round(struct world *w)
{
	struct secret *old = w->rig->master;
	w->rig->options.next_master = NULL;
	w->rig->options.master = w->next;
	if (rig_try_open(w->rig) == 0) {
		w->rig->master = w->next;
		w->next = old;
	}
	close_rig(w);
}

/* Once a change has begun, opening with both keys ends it. */
static void
killed_anywhere(void **state)
{
	struct world *w = *state;
	unsigned middle = 0, n;
	for (n = 0; n < KILLS && middle < KILLS_IN_THE_MIDDLE; n++) {
		uint32_t r = 0;
		crypt_random(&r, sizeof(r));
		(void)killed_after(w, r % WITHIN_US);
		int opens = alone(w);
		assert_true(opens <= 1);
		middle += opens == 0;
		open_with(w, w->rig->master, w->next, 0);
		check_all(w);
		close_rig(w);
		turn_round(w);
	}
	print_message("killed %u times, %u of them in the middle\n", n, middle);
	assert_true(middle > 0);
}

static void
mirror_away(void **state)
{
	struct world *w = *state;
	struct store_keys_rotated done;
	char *away = mem_printf("%s.away", w->rig->mirror);
	assert_int_equal(rename(w->rig->mirror, away), 0);
	open_with(w, w->rig->master, w->next, 0);
	assert_int_equal(store_keys_rotate(w->rig->store->keys, &done), ERR_UNAVAILABLE);
	check_all(w);
	close_rig(w);
	open_with(w, w->rig->master, NULL, 0);
	close_rig(w);
	assert_int_equal(rename(away, w->rig->mirror), 0);
	open_with(w, w->rig->master, w->next, 0);
	assert_int_equal(store_keys_rotate(w->rig->store->keys, &done), 0);
	check_all(w);
	mem_free(&away);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(changed, setup, teardown),
		cmocka_unit_test_setup_teardown(changed_while_used, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(mirror_away, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
