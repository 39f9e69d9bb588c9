/* SPDX-License-Identifier: MIT */
/*
 * Putting due items, and the one job that belongs to no family: forgetting the names of destroyed data keys.
 */
#include "store/jobs.h"

#include "store/rowkey.h"

void
store_jobs_put(struct store *s, struct store_txn *tx, enum store_job job, uint64_t at_ms, struct view reference)
{
	store_due_put(s->due, tx, (uint16_t)job, at_ms, reference, NULL);
}

int
store_jobs_day_key(struct store *s, struct store_txn *tx, const struct store_key_name *name, uint32_t day, enum store_job job,
    uint64_t end_ms)
{
	struct store_rowkey reference = rowkey_of(id_view(&name->owner), view_of(NULL, 0));
	struct store_slot slot;
	int err = store_keys_find(s->keys, tx, name, &slot);

	if (err != ERR_NOT_FOUND)
		return err;
	rowkey_add_number(&reference, day, 4);
	store_jobs_put(s, tx, job, end_ms, rowkey_view(&reference));
	return store_keys_create(s->keys, tx, name);
}

/* Reference: kind (1 byte), owner, day (4 bytes). */
void
store_jobs_forget_key(struct store *s, struct store_txn *tx, const struct store_key_name *name)
{
	struct store_rowkey k = { .len = 0 };

	rowkey_add_number(&k, (uint64_t)name->kind, 1);
	rowkey_add(&k, id_view(&name->owner));
	rowkey_add_number(&k, name->day, 4);
	store_jobs_put(s, tx, STORE_JOB_KEY_FORGET, 0, rowkey_view(&k));
}

int
store_jobs_key_forget(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct store_key_name name = {
		.kind = (enum store_key_kind)rowkey_number(item->reference, 0, 1),
		.owner = rowkey_id(item->reference, 1),
		.day = (uint32_t)rowkey_number(item->reference, 1 + ID_BYTES, 4),
	};
	struct store_slot slot;

	if (store_keys_find(s->keys, tx, &name, &slot) == ERR_ERASED)
		store_keys_forget(s->keys, tx, &name);
	return 0;
}
