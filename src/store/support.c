/* SPDX-License-Identifier: MIT */
/*
 * Owns the tables "support" (the requests), "support_of" (an account's) and "support_time" (all of them, in the order in which they
 * were filed). Knows neither sessions nor mails.
 */
#include "store/support.h"

#include "crypt/random.h"
#include "store/clock_guard.h"
#include "store/jobs.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/wire.h"

static struct store_rowkey
time_key(uint64_t created_ms, const struct id *request)
{
	struct store_rowkey k = { .len = 0 };

	rowkey_add_number(&k, created_ms, 8);
	rowkey_add(&k, id_view(request));
	return k;
}

static struct store_key_name
key_of(const struct id *request)
{
	return (struct store_key_name){ STORE_KEY_SUPPORT, *request, 0 };
}

static int
put(struct store *s, struct store_txn *tx, const struct id *request, const Provision__StoredSupport *r)
{
	struct store_key_name of_account = { STORE_KEY_ACCOUNT, wire_id(r->account), 0 }, own = key_of(request);
	int err = store_records_put2(s, tx, STORE_TABLE_SUPPORT, id_view(request), &of_account, &own, &r->base);

	if (err == 0)
		store_jobs_put(s, tx, STORE_JOB_SUPPORT_END, r->end_ms, id_view(request));
	return err;
}

int
store_support_add(struct store *s, struct store_txn *tx, Provision__StoredSupport *r, struct id *request_r)
{
	struct id account = wire_id(r->account);
	struct store_key_name own;
	struct store_rowkey of, in_time;
	int err;

	if (store_records_count(tx, STORE_TABLE_SUPPORT_OF, id_view(&account)) >= STORE_SUPPORT_REQUESTS_MAX)
		return ERR_STATE;
	*request_r = id_random();
	own = key_of(request_r);
	err = store_keys_create(s->keys, tx, &own);
	if (err != 0)
		return err;
	r->created_ms = store_clock_guard_now_ms(s->clock);
	r->end_ms = r->created_ms + store_retention_now_ms(s, STORE_RETENTION_SUPPORT);
	of = rowkey_ids(&account, request_r);
	in_time = time_key(r->created_ms, request_r);
	store_index_put(tx, STORE_TABLE_SUPPORT_OF, rowkey_view(&of), view_of(NULL, 0));
	store_records_put_id(tx, STORE_TABLE_SUPPORT_TIME, rowkey_view(&in_time), &account);
	return put(s, tx, request_r, r);
}

int
store_support_answer(struct store *s, struct store_txn *tx, const struct id *request, Provision__StoredSupport *r)
{
	r->answered_ms = store_clock_guard_now_ms(s->clock);
	r->end_ms = r->answered_ms + store_retention_now_ms(s, STORE_RETENTION_SUPPORT);
	return put(s, tx, request, r);
}

int
store_support_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *request, Provision__StoredSupport **r_r)
{
	return store_records_get(s, tx, a, STORE_TABLE_SUPPORT, id_view(request), r_r);
}

int
store_support_end(struct store *s, struct store_txn *tx, const struct id *request, const Provision__StoredSupport *r)
{
	struct id account = wire_id(r->account);
	struct store_rowkey of = rowkey_ids(&account, request), in_time = time_key(r->created_ms, request);
	struct store_key_name own = key_of(request);

	store_records_delete(tx, STORE_TABLE_SUPPORT_OF, rowkey_view(&of));
	store_records_delete(tx, STORE_TABLE_SUPPORT_TIME, rowkey_view(&in_time));
	return store_records_end(s, tx, STORE_TABLE_SUPPORT, id_view(request), &own);
}

unsigned
store_support_list(struct store_txn *tx, const struct id *account, struct id requests_r[STORE_SUPPORT_REQUESTS_MAX])
{
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_SUPPORT_OF, id_view(account), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;

	while (n < STORE_SUPPORT_REQUESTS_MAX && store_cursor_next(c, &key, &value))
		requests_r[n++] = rowkey_id(key, ID_BYTES);
	store_cursor_close(&c);
	return n;
}

int
store_support_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	struct id request = rowkey_id(item->reference, 0);
	Provision__StoredSupport *r;
	int err = store_support_get(s, tx, a, &request, &r);

	if (err == 0 && r->end_ms <= store_clock_guard_now_ms(s->clock))
		err = store_support_end(s, tx, &request, r);
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}
