/* SPDX-License-Identifier: MIT */
/*
 * When to remind. Whom, and how often, is notice.c's.
 */
#include "store/reminder.h"

#include "base/clock.h"
#include "store/clock_guard.h"
#include "store/jobs.h"
#include "store/notice.h"
#include "store/records.h"
#include "store/wire.h"

#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING

static const uint64_t days[] = { 3, 14, 30 };

void
store_reminder_put(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record,
    uint64_t now_ms)
{
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		uint64_t at_ms = record->completed_ms + days[i] * CLOCK_DAY_MS;
		if (at_ms <= now_ms)
			continue;
		if (at_ms + CLOCK_DAY_MS <= record->expires_ms)
			store_jobs_put(s, tx, STORE_JOB_PACKAGE_REMIND, at_ms, id_view(package));
		return;
	}
}

int
store_reminder_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	struct arena *a = store_records_arena();
	struct id package;
	Provision__StoredPackage *r;
	int err = id_from_view(item->reference, &package);

	if (err == 0)
		err = store_records_get(s, tx, a, STORE_TABLE_PACKAGE, item->reference, &r);
	if (err == 0 && r->state == WAITING && now_ms < r->expires_ms) {
		err = store_notice_remind(s, tx, &package, r);
		if (err == 0)
			store_reminder_put(s, tx, &package, r, now_ms);
	}
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}
