/* SPDX-License-Identifier: MIT */
/*
 * Removing entries and the rows that belong to them, a bounded number at a time. Reads heads only: the keys are destroyed first.
 */
#include "base/fatal.h"
#include "store/entries.h"
#include "store/jobs.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/retime.h"

#define ENTRIES_A_STEP 200
#define KEYS_A_STEP 100
#define DAYS_A_STEP 10

/* The rows of an entry with that head, and the entry. */
static void
delete_entry(struct store_txn *tx, const struct id *subscription, uint64_t sequence, const struct store_entry_head *head)
{
	struct store_rowkey key = store_entry_key(subscription, sequence), message = rowkey_ids(subscription, &head->id);

	store_records_delete(tx, STORE_TABLE_MESSAGE, rowkey_view(&message));
	store_records_delete(tx, STORE_TABLE_ENTRY, rowkey_view(&key));
}

void
store_entries_remove(struct store_txn *tx, const struct id *subscription, uint64_t sequence)
{
	struct store_rowkey key = store_entry_key(subscription, sequence), until = store_entry_key(subscription, sequence + 1);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_ENTRY, rowkey_view(&key), rowkey_view(&until), STORE_FORWARD);
	struct view found, value;

	if (store_cursor_next(c, &found, &value)) {
		struct store_entry_head head = store_entry_head_of(value);
		delete_entry(tx, subscription, sequence, &head);
	}
	store_cursor_close(&c);
}

/* ---- a day ---- */

/* A row of "entry_day". */
struct day {
	struct id subscription;
	uint32_t day;
	uint64_t first;
};

static struct day
day_of(struct view key, struct view value)
{
	return (struct day){
		.subscription = rowkey_id(key, 0),
		.day = (uint32_t)rowkey_number(key, ID_BYTES, 4),
		.first = rowkey_number(value, 0, 8),
	};
}

/* Its entries: a run of numbers, up to the first entry of a later day. */
static int
delete_entries(struct store_txn *tx, const struct day *d)
{
	struct store_rowkey from = store_entry_key(&d->subscription, d->first), until = store_entry_key(&d->subscription, UINT64_MAX);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_ENTRY, rowkey_view(&from), rowkey_view(&until), STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;

	while (n < ENTRIES_A_STEP && store_cursor_next(c, &key, &value)) {
		struct store_entry_head head = store_entry_head_of(value);
		if (store_entry_day(head.key_number) != d->day)
			break;
		delete_entry(tx, &d->subscription, rowkey_number(key, ID_BYTES, 8), &head);
		n++;
	}
	store_cursor_close(&c);
	return n == ENTRIES_A_STEP ? STORE_DUE_MORE : 0;
}

static int
erase_day(struct store *s, struct store_txn *tx, const struct day *d, const struct store_rowkey *key)
{
	struct store_key_range keys = { STORE_KEY_ENTRY_DAY, d->subscription, store_entry_first_key(d->day), store_entry_first_key(d->day + 1) - 1 };
	int err;

	if (store_keys_destroy_range(s->keys, tx, &keys, KEYS_A_STEP))
		return STORE_DUE_MORE;
	err = delete_entries(tx, d);
	if (err == 0 && store_keys_forget_range(s->keys, tx, &keys, KEYS_A_STEP))
		err = STORE_DUE_MORE;
	if (err == 0)
		store_records_delete(tx, STORE_TABLE_ENTRY_DAY, rowkey_view(key));
	return err;
}

/* The days whose rows begin with prefix: a subscription, or a day of one. */
static int
erase_days(struct store *s, struct store_txn *tx, struct view prefix)
{
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_ENTRY_DAY, prefix, view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	int err = 0;

	for (unsigned n = 0; err == 0 && store_cursor_next(c, &key, &value); n++) {
		struct store_rowkey k = rowkey_of(key, view_of(NULL, 0));
		struct day d = day_of(key, value);
		err = n < DAYS_A_STEP ? erase_day(s, tx, &d, &k) : STORE_DUE_MORE;
	}
	store_cursor_close(&c);
	return err;
}

int
store_entries_erase_step(struct store *s, struct store_txn *tx, const struct id *subscription)
{
	return erase_days(s, tx, id_view(subscription));
}

int
store_entries_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	return store_retime_is_early(s, tx, item, STORE_RETENTION_HISTORY) ? 0 : erase_days(s, tx, item->reference);
}
