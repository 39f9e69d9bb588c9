/* SPDX-License-Identifier: MIT */
/*
 * What is due: order, time, failing and unfinished jobs, cancelling, and erasure that waits for a clock one can believe.
 */
#include "store/rig.h"

#include <string.h>

static char worked[256];
static int result = 0;
static uint32_t tries_seen;

static int
note(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	size_t n = strlen(worked);
	(void)snprintf(worked + n, sizeof(worked) - n, "%.*s ", VIEW_FMT(item->reference));
	tries_seen = item->tries;
	/* what a failing job wrote must not stay */
	store_index_put(tx, STORE_TABLE_META, item->reference, VIEW_LIT("x"));
	(void)s;
	return result;
}

static const struct store_due_kind kinds[] = {
	{ 1, "note", false, note },
	{ 2, "erase", true, note },
};

static int
setup(void **state)
{
	struct rig *r = rig_new();
	r->options.due_kinds = kinds;
	r->options.due_kind_count = 2;
	rig_start(r);
	worked[0] = '\0';
	result = 0;
	*state = r;
	return 0;
}

struct item {
	struct rig *rig;
	uint16_t kind;
	uint64_t at_ms;
	const char *name;
	struct store_due_key key;
};

static int
put(void *arg, struct store_txn *tx)
{
	struct item *i = arg;
	store_due_put(i->rig->store->due, tx, i->kind, i->at_ms, view_str(i->name), &i->key);
	return 0;
}

static int
cancel(void *arg, struct store_txn *tx)
{
	struct item *i = arg;
	store_due_cancel(i->rig->store->due, tx, &i->key);
	return 0;
}

static struct item
put_one(struct rig *r, uint16_t kind, uint64_t at_ms, const char *name)
{
	struct item i = { .rig = r, .kind = kind, .at_ms = at_ms, .name = name };
	assert_int_equal(RIG_RUN(r, put, &i), 0);
	return i;
}

/* Everything ripe now, joined. */
static const char *
work(struct rig *r)
{
	uint32_t done;
	worked[0] = '\0';
	for (int i = 0; i < 20 && store_due_step(r->store->due, 4, &done); i++)
		;
	return worked;
}

static void
test_order_and_time(void **state)
{
	struct rig *r = *state;
	uint64_t now = r->wall_ms;
	put_one(r, 1, now + 600000, "later");
	put_one(r, 1, now + 90000, "soon");
	put_one(r, 1, 0, "now");
	put_one(r, 1, now - 3600000, "past");
	assert_string_equal(work(r), "now past ");
	assert_string_equal(work(r), "");
	rig_pass(r, 60000);
	assert_string_equal(work(r), "");
	rig_pass(r, 60000);
	assert_string_equal(work(r), "soon ");
	rig_restart(r);
	rig_pass(r, 600000);
	assert_string_equal(work(r), "later ");
}

static void
test_many_in_portions(void **state)
{
	struct rig *r = *state;
	uint32_t done;
	for (int i = 0; i < 10; i++)
		put_one(r, 1, r->wall_ms - (uint64_t)i * 60000, "x");
	assert_true(store_due_step(r->store->due, 4, &done));
	assert_int_equal(done, 4);
	assert_true(store_due_step(r->store->due, 4, &done));
	assert_true(store_due_step(r->store->due, 4, &done) || done == 2);
	assert_false(store_due_step(r->store->due, 4, &done));
	assert_int_equal(done, 0);
}

static void
test_cancel(void **state)
{
	struct rig *r = *state;
	struct item i = put_one(r, 1, 0, "x");
	assert_int_equal(RIG_RUN(r, cancel, &i), 0);
	assert_int_equal(RIG_RUN(r, cancel, &i), 0);
	assert_string_equal(work(r), "");
}

static bool
has_meta(struct rig *r, const char *key)
{
	struct store_txn *tx = store_txn_view(r->store->index);
	bool has = store_index_has(tx, STORE_TABLE_META, view_str(key));
	store_txn_abort(&tx);
	return has;
}

/* A failing job leaves nothing, spoils no other, and comes again later and later. */
static void
test_failing(void **state)
{
	struct rig *r = *state;
	put_one(r, 1, 0, "bad");
	result = ERR_UNAVAILABLE;
	assert_string_equal(work(r), "bad ");
	assert_int_equal(tries_seen, 0);
	assert_false(has_meta(r, "bad"));
	assert_int_equal(store_due_failures(r->store->due), 1);
	assert_string_equal(work(r), "");
	rig_pass(r, 60000);
	assert_string_equal(work(r), "bad ");
	assert_int_equal(tries_seen, 1);
	rig_pass(r, 60000);
	assert_string_equal(work(r), "");
	rig_pass(r, 60000);
	result = 0;
	assert_string_equal(work(r), "bad ");
	assert_int_equal(tries_seen, 2);
	assert_true(has_meta(r, "bad"));
	rig_pass(r, RIG_DAY_MS);
	assert_string_equal(work(r), "");
}

static void
test_more(void **state)
{
	struct rig *r = *state;
	put_one(r, 1, 0, "big");
	result = STORE_DUE_MORE;
	worked[0] = '\0';
	uint32_t done;
	assert_true(store_due_step(r->store->due, 4, &done));
	assert_true(store_due_step(r->store->due, 4, &done));
	result = 0;
	(void)store_due_step(r->store->due, 4, &done);
	assert_string_equal(worked, "big big big ");
	assert_string_equal(work(r), "");
}

/* The clock jumps ahead by a year: erasure waits, the rest goes on; accepted, erasure follows. */
static void
test_erasure_waits(void **state)
{
	struct rig *r = *state;
	put_one(r, 2, r->wall_ms + 30 * RIG_DAY_MS, "history");
	put_one(r, 2, r->wall_ms + RIG_DAY_MS, "token");
	put_one(r, 1, r->wall_ms + 30 * RIG_DAY_MS, "mail");
	r->wall_ms += 365 * RIG_DAY_MS;
	(void)store_clock_guard_tick(r->store->clock);
	assert_true(store_clock_guard_is_held(r->store->clock));
	assert_string_equal(work(r), "mail ");
	/* real time goes on meanwhile */
	rig_pass(r, RIG_DAY_MS + 60000);
	(void)store_clock_guard_tick(r->store->clock);
	assert_string_equal(work(r), "token ");
	put_one(r, 2, 0, "asked for");
	assert_string_equal(work(r), "asked for ");
	r->is_synchronised = true;
	(void)store_clock_guard_tick(r->store->clock);
	rig_pass(r, 3600000);
	assert_string_equal(work(r), "");
	(void)store_clock_guard_tick(r->store->clock);
	assert_false(store_clock_guard_is_held(r->store->clock));
	assert_string_equal(work(r), "history ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order_and_time, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_many_in_portions, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_failing, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_more, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_erasure_waits, setup, rig_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
