/* SPDX-License-Identifier: MIT */
/*
 * The rows of the table "provenance" and the data keys of its days. Knows neither packages nor messages. Called by the handlers
 * that take something in; the job that ends a day is in erase.c.
 */
#include "store/provenance.h"

#include "base/clock.h"
#include "store/jobs.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/wire.h"

static struct store_rowkey
row_key(const struct id *subscription, uint64_t time_ms, const struct id *item)
{
	struct store_rowkey k = rowkey_of(id_view(subscription), view_of(NULL, 0));

	rowkey_add_number(&k, clock_day(time_ms), 4);
	rowkey_add(&k, id_view(item));
	return k;
}

int
store_provenance_put(struct store *s, struct store_txn *tx, const struct id *subscription, const struct id *item,
    const Provision__Caller *caller, uint64_t now_ms)
{
	uint64_t end_ms = clock_day(now_ms) * CLOCK_DAY_MS + store_retention_now_ms(s, STORE_RETENTION_PROVENANCE);
	struct store_key_name name = { STORE_KEY_PROVENANCE_DAY, *subscription, clock_day(now_ms) };
	struct store_key_name whole = { STORE_KEY_SUBSCRIPTION, *subscription, 0 };
	struct store_rowkey key = row_key(subscription, now_ms, item);
	Provision__StoredProvenance r = PROVISION__STORED_PROVENANCE__INIT;
	int err = store_jobs_day_key(s, tx, &name, name.day, STORE_JOB_PROVENANCE_END, end_ms);

	if (err != 0)
		return err;
	r.address = caller->address;
	r.user_agent = caller->user_agent;
	r.time_ms = now_ms;
	return store_records_put2(s, tx, STORE_TABLE_PROVENANCE, rowkey_view(&key), &whole, &name, &r.base);
}

int
store_provenance_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription,
    const struct id *item, uint64_t time_ms, Provision__StoredProvenance **r_r)
{
	struct store_rowkey key = row_key(subscription, time_ms, item);

	return store_records_get(s, tx, a, STORE_TABLE_PROVENANCE, rowkey_view(&key), r_r);
}
