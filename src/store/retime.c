/* SPDX-License-Identifier: MIT */
/*
 * The times that were noted, and what each kind of item makes of a new one. Every step computes from the record or the day, never
 * from the time an item had: doing it twice changes nothing.
 */
#include "store/retime.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/clock_guard.h"
#include "store/packages.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/session.h"
#include "store/settings.h"
#include "store/subscription.h"

#define KEY VIEW_LIT("retention")
#define ITEMS_A_STEP 256
#define NOTED_BYTES (8 * STORE_RETENTION_COUNT)

static uint32_t
day_of(const struct store_due_item *item)
{
	return (uint32_t)rowkey_number(item->reference, ID_BYTES, 4);
}

static uint64_t
history_end(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	(void)s, (void)tx;
	return store_retention_day_end_ms(item->settings, STORE_RETENTION_HISTORY, day_of(item));
}

static uint64_t
provenance_end(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	(void)s, (void)tx;
	return store_retention_day_end_ms(item->settings, STORE_RETENTION_PROVENANCE, day_of(item));
}

static uint64_t
events_end(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	(void)s, (void)tx;
	return store_retention_day_end_ms(item->settings, STORE_RETENTION_EVENT, day_of(item) + 1);
}

static uint64_t
declined_end(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	uint64_t end_ms = item->at_ms;
	Provision__StoredSubscription *r;

	if (store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, item->reference, &r) == 0)
		end_ms = r->decided_ms + store_retention_ms(item->settings, STORE_RETENTION_DECLINED);
	arena_free(&a);
	return end_ms;
}

static const struct {
	enum store_job job;
	uint64_t (*end_ms)(struct store *s, struct store_txn *tx, const struct store_due_item *item);
} rows[] = {
	{ STORE_JOB_ENTRIES_END, history_end },
	{ STORE_JOB_DAY_END, history_end },
	{ STORE_JOB_PROVENANCE_END, provenance_end },
	{ STORE_JOB_EVENTS_END, events_end },
	{ STORE_JOB_PACKAGE_EXPIRE, store_packages_retime },
	{ STORE_JOB_DECLINED_END, declined_end },
	{ STORE_JOB_SESSION_END, store_session_retime },
};

static uint64_t
end_of(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].job == item->kind)
			return rows[i].end_ms(s, tx, item);
	return item->at_ms;
}

bool
store_retime_covers(const struct store_retention_rule *rule)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < STORE_RETENTION_JOBS; k++)
			if (rule->jobs[k] == rows[i].job)
				return true;
	return false;
}

bool
store_retime_is_early(struct store *s, struct store_txn *tx, const struct store_due_item *item, enum store_retention rule)
{
	uint64_t end_ms = store_retention_day_end_ms(item->settings, rule, day_of(item));

	if (end_ms <= store_clock_guard_erasure_ms(s->clock))
		return false;
	store_jobs_put(s, tx, (enum store_job)item->kind, end_ms, item->reference);
	return true;
}

/* True: a time is shorter than it was noted. Notes those in force. */
static bool
note(struct store *s, struct store_txn *tx)
{
	const struct store_settings *settings = store_settings_get(s->settings);
	uint8_t now[NOTED_BYTES];
	bool is_shorter = false;
	struct buf before;

	buf_init(&before, STORE_VALUE_MAX);
	int err = store_index_get(tx, STORE_TABLE_META, KEY, &before);
	for (enum store_retention rule = 0; rule < STORE_RETENTION_COUNT; rule++) {
		uint64_t ms = store_retention_ms(settings, rule);
		for (size_t i = 0; i < 8; i++)
			now[8 * rule + i] = (uint8_t)(ms >> (56 - 8 * i));
		is_shorter |= err == 0 && before.len >= 8 * (rule + 1U) && ms < rowkey_number(buf_view(&before), 8 * rule, 8);
	}
	store_index_put(tx, STORE_TABLE_META, KEY, view_of(now, sizeof(now)));
	buf_deinit(&before);
	store_settings_put(s->settings, &settings);
	return is_shorter;
}

static void
go_on(struct store *s, struct store_txn *tx, const struct store_due_key *after)
{
	store_jobs_put(s, tx, STORE_JOB_RETIME, 0, view_of(after->bytes, sizeof(after->bytes)));
}

int
store_retime_note(void *arg, struct store_txn *tx)
{
	struct store *s = arg;
	struct store_due_key start = { { 0 } };

	if (note(s, tx)) {
		log_event(LOG_NOTICE, "retention-shortened");
		go_on(s, tx, &start);
	}
	return 0;
}

int
store_retime_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct store_due_key after;

	if (item->reference.len != sizeof(after.bytes))
		return ERR_SYNTAX;
	memcpy(after.bytes, item->reference.data, sizeof(after.bytes));
	if (store_due_retime(s->due, tx, &after, ITEMS_A_STEP, end_of))
		go_on(s, tx, &after);
	return 0;
}
