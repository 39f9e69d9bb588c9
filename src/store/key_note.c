/* SPDX-License-Identifier: MIT */
/*
 * Walks the conversations of a party, some a step. Knows nothing of keys. Called where keys are lost and where a company's root
 * changes.
 */
#include "store/key_note.h"

#include "store/entries.h"
#include "store/jobs.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/wire.h"

#define NOTES_A_STEP 50U
#define ACTIVE PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE

/* Reference: event (1 byte), key in "subscription_of" behind which to go on, at first the party alone. */
static void
put_job(struct store *s, struct store_txn *tx, uint64_t event, struct view after)
{
	struct store_rowkey k = { .len = 0 };

	rowkey_add_number(&k, event, 1);
	rowkey_add(&k, after);
	store_jobs_put(s, tx, STORE_JOB_KEY_NOTE, 0, rowkey_view(&k));
}

void
store_key_note(struct store *s, struct store_txn *tx, const struct id *party, Provision__SystemEvent event)
{
	put_job(s, tx, (uint64_t)event, id_view(party));
}

static int
note(struct store *s, struct store_txn *tx, const struct store_settings *settings, const struct id *subscription, uint64_t event)
{
	struct arena *a = store_records_arena();
	Provision__StoredSubscription *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, id_view(subscription), &r);

	if (err == 0 && r->state == ACTIVE)
		err = store_entries_note(s, tx, settings, subscription, r, (Provision__SystemEvent)event);
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
store_key_note_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	uint64_t event = rowkey_number(item->reference, 0, 1);
	struct store_rowkey after = rowkey_of(view_slice(item->reference, 1, item->reference.len), view_of(NULL, 0));
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_SUBSCRIPTION_OF, view_slice(rowkey_view(&after), 0, ID_BYTES),
	    after.len > ID_BYTES ? rowkey_view(&after) : view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;
	int err = 0;

	while (err == 0 && n < NOTES_A_STEP && store_cursor_next(c, &key, &value)) {
		struct id subscription = rowkey_id(key, ID_BYTES);
		after = rowkey_of(key, view_of(NULL, 0));
		err = note(s, tx, item->settings, &subscription, event);
		n++;
	}
	store_cursor_close(&c);
	if (err == 0 && n == NOTES_A_STEP)
		put_job(s, tx, event, rowkey_view(&after));
	return err;
}
