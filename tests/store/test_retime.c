/* SPDX-License-Identifier: MIT */
/*
 * Other times than before (E1): a shorter one counts for what is stored, a longer one as well, to the day; whatever the number of
 * items, in bounded steps, and also when the store ends in the middle.
 */
#include "store/talk.h"

#include <string.h>

#include "base/clock.h"
#include "conf/load.h"
#include "store/jobs.h"
#include "store/retime.h"
#include "store/rowkey.h"
#include "store/settings.h"

static struct conf *configured;

/* The operator changes the configuration and reloads. */
static void
configure(struct cast *c, const char *lines)
{
	struct store *s = c->d->rig->store;
	struct conf *conf = load_good(lines);

	store_settings_replace(s->settings, conf, NULL);
	c->d->settings.conf = conf;
	conf_free(&configured);
	configured = conf;
	assert_int_equal(store_committer_run(s->committer, store_retime_note, s), 0);
}

static int
end(void **state)
{
	int err = teardown(state);
	conf_free(&configured);
	return err;
}

/* Time goes on to this day's first moment, and that many minutes on. */
static void
until(struct cast *c, uint64_t day, uint64_t minutes)
{
	uint64_t at_ms = day * CLOCK_DAY_MS + minutes * 60000;
	assert_true(at_ms >= desk_now(c->d));
	desk_pass(c->d, at_ms - desk_now(c->d));
}

static void
login(struct cast *c)
{
	assert_int_equal(desk_login(c->d, &c->anna), 0);
}

static unsigned
entries(struct cast *c)
{
	return desk_rows(c->d, STORE_TABLE_ENTRY);
}

static void
test_history(void **state)
{
	struct cast *c = *state;
	uint64_t today = clock_day(desk_now(c->d));
	struct desk_parcel p;

	configure(c, "");
	assert_int_equal(say(c, &c->anna, false, "eins"), 0);
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	until(c, today + 3, 0);
	login(c);
	assert_int_equal(say(c, &c->anna, false, "zwei"), 0);
	unsigned before = entries(c);
	assert_int_equal(history(c, &c->anna)->items[0]->ends_ms, (today + 3 + 365) * CLOCK_DAY_MS);
	configure(c, "history_days = 10\npackage_expiry_days = 30\n");
	assert_int_equal(history(c, &c->anna)->items[0]->ends_ms, (today + 13) * CLOCK_DAY_MS);
	desk_work(c->d);
	assert_int_equal(entries(c), before);
	until(c, today + 9, 1439);
	assert_int_equal(entries(c), before);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PACKAGE), 1);
	until(c, today + 10, 2);
	assert_int_equal(entries(c), 1);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PACKAGE), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_HEADER), 0);
	/* longer again, before the second day has ended: it stays, and ends by the new time */
	configure(c, "history_days = 20\n");
	until(c, today + 22, 1439);
	assert_int_equal(entries(c), 1);
	until(c, today + 23, 2);
	assert_int_equal(entries(c), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_MESSAGE), 0);
	desk_parcel_deinit(&p);
}

static Provision__PackageRow *
package_of(struct cast *c)
{
	Provision__HistoryListReply *reply = history(c, &c->anna);
	for (size_t i = 0; i < reply->n_items; i++)
		if (reply->items[i]->package != NULL)
			return reply->items[i]->package;
	return NULL;
}

static void
test_package(void **state)
{
	struct cast *c = *state;
	uint64_t sent_ms = desk_now(c->d);
	struct desk_parcel p;

	configure(c, "package_expiry_days = 300\n");
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	assert_int_equal(package_of(c)->expires_ms, sent_ms + 300 * CLOCK_DAY_MS);
	configure(c, "package_expiry_days = 40\n");
	desk_work(c->d);
	/* both sides see what counts now */
	assert_int_equal(package_of(c)->expires_ms, sent_ms + 40 * CLOCK_DAY_MS);
	desk_pass(c->d, 40 * CLOCK_DAY_MS - 120000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_HEADER), 1);
	desk_pass(c->d, 240000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_HEADER), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PACKAGE), 1);
	/* what was promised is not taken back: a longer time is for what comes after */
	desk_parcel_deinit(&p);
}

static void
test_others(void **state)
{
	struct cast *c = *state;
	uint64_t today = clock_day(desk_now(c->d));

	configure(c, "");
	assert_int_equal(say(c, &c->anna, false, "von hier"), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PROVENANCE), 1);
	configure(c, "provenance_days = 2\nevent_days = 1\nsession_max_s = 3600\nsession_idle_s = 1800\n");
	until(c, today + 1, 1439);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PROVENANCE), 1);
	assert_true(desk_rows(c->d, STORE_TABLE_EVENT) > 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_SESSION), 0);
	until(c, today + 2, 2);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PROVENANCE), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_EVENT), 0);
}

#define MANY 1000

static int
put_many(void *arg, struct store_txn *tx)
{
	struct cast *c = arg;
	uint32_t day = clock_day(desk_now(c->d));
	for (unsigned i = 0; i < MANY; i++) {
		struct id id = id_random();
		struct store_rowkey k = rowkey_of(id_view(&id), view_of(NULL, 0));
		rowkey_add_number(&k, day, 4);
		store_jobs_put(c->d->rig->store, tx, STORE_JOB_ENTRIES_END, (day + 365 + i % 7) * CLOCK_DAY_MS, rowkey_view(&k));
	}
	return 0;
}

struct count {
	uint64_t limit_ms;
	unsigned early, late;
};

static void
on_item(void *arg, const struct store_due_kind *kind, const struct store_due_item *item)
{
	struct count *n = arg;
	if (kind->kind != STORE_JOB_ENTRIES_END)
		return;
	n->early += item->at_ms <= n->limit_ms;
	n->late += item->at_ms > n->limit_ms;
}

static struct count
count(struct cast *c, uint64_t limit_ms)
{
	struct store_txn *tx = store_txn_view(c->d->rig->store->index);
	struct count n = { .limit_ms = limit_ms };
	store_due_each(c->d->rig->store->due, tx, on_item, &n);
	store_txn_abort(&tx);
	return n;
}

static void
test_steps(void **state)
{
	struct cast *c = *state;
	uint32_t done;
	uint64_t end_ms = (clock_day(desk_now(c->d)) + 5) * CLOCK_DAY_MS;

	configure(c, "");
	desk_work(c->d);
	assert_int_equal(store_committer_run(c->d->rig->store->committer, put_many, c), 0);
	configure(c, "history_days = 5\n");
	assert_int_equal(count(c, end_ms).early, 0);
	/* one step, then the store ends */
	(void)store_due_step(c->d->rig->store->due, 1, &done);
	unsigned moved = count(c, end_ms).early;
	assert_true(moved > 0 && moved < MANY);
	desk_restart(c->d);
	configure(c, "history_days = 5\n");
	desk_work(c->d);
	struct count n = count(c, end_ms);
	assert_true(n.early >= MANY && n.late == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_history, setup, end),
		cmocka_unit_test_setup_teardown(test_package, setup, end),
		cmocka_unit_test_setup_teardown(test_others, setup, end),
		cmocka_unit_test_setup_teardown(test_steps, setup, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
