/* SPDX-License-Identifier: MIT */
/*
 * Deleting rows and files of what is erased, a bounded number at a time. Reads no record: keys may be gone. Called by the
 * handlers that end things and by the due jobs.
 */
#include "store/erase.h"

#include "base/buf.h"
#include "record/package.pb-c.h"
#include "store/call.h"
#include "store/entries.h"
#include "store/epochs.h"
#include "store/jobs.h"
#include "store/keys.h"
#include "store/quota.h"
#include "store/records.h"
#include "store/retime.h"
#include "store/rowkey.h"
#include "store/spool.h"
#include "store/wire.h"

#define PAGES_A_STEP 200
#define PACKAGES_A_STEP 20
#define ROWS_A_STEP 200
#define KEYS_A_STEP 100
#define LINK_BYTES (3 * 8 + 2 * ID_BYTES + 1)

/* A subscription's keys of days, but those of entries (entry_remove.c). */
static const enum store_key_kind day_kinds[] = { STORE_KEY_SUBSCRIPTION_DAY, STORE_KEY_PROVENANCE_DAY };

static struct store_rowkey
link_key(const struct id *subscription, uint32_t day, const struct id *package)
{
	struct store_rowkey k = { .len = 0 };

	rowkey_add(&k, id_view(subscription));
	rowkey_add_number(&k, day, 4);
	rowkey_add(&k, id_view(package));
	return k;
}

void
store_erase_put_link(struct store_txn *tx, const struct id *subscription, uint32_t day, const struct id *package,
    const struct store_package_link *link)
{
	struct store_rowkey key = link_key(subscription, day, package);
	struct store_rowkey value = { .len = 0 };

	rowkey_add_number(&value, link->sequence, 8);
	rowkey_add_number(&value, link->customer_number, 8);
	rowkey_add_number(&value, link->company_number, 8);
	rowkey_add(&value, id_view(&link->customer));
	rowkey_add(&value, id_view(&link->company));
	rowkey_add_number(&value, link->is_from_company ? 1 : 0, 1);
	store_index_put(tx, STORE_TABLE_PACKAGE_OF, rowkey_view(&key), rowkey_view(&value));
}

int
store_erase_get_link(struct store_txn *tx, const struct id *subscription, uint32_t day, const struct id *package,
    struct store_package_link *link_r)
{
	struct store_rowkey key = link_key(subscription, day, package);
	struct buf value;
	struct view v;
	int err;

	buf_init(&value, LINK_BYTES);
	err = store_index_get(tx, STORE_TABLE_PACKAGE_OF, rowkey_view(&key), &value);
	v = buf_view(&value);
	if (err == 0)
		*link_r = (struct store_package_link){
			.sequence = rowkey_number(v, 0, 8),
			.customer_number = rowkey_number(v, 8, 8),
			.company_number = rowkey_number(v, 16, 8),
			.customer = rowkey_id(v, 24),
			.company = rowkey_id(v, 24 + ID_BYTES),
			.is_from_company = rowkey_number(v, 24 + 2 * ID_BYTES, 1) != 0,
		};
	buf_deinit(&value);
	return err;
}

/* Deletes up to limit rows that begin with prefix. True: there may be more. */
static bool
delete_prefix(struct store_txn *tx, enum store_table table, struct view prefix, uint32_t limit)
{
	struct store_cursor *c = store_cursor_open_prefix(tx, table, prefix, view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	uint32_t n = 0;

	while (n < limit && store_cursor_next(c, &key, &value)) {
		struct store_rowkey k = rowkey_of(key, view_of(NULL, 0));
		store_records_delete(tx, table, rowkey_view(&k));
		n++;
	}
	store_cursor_close(&c);
	return n == limit;
}

static void
cut_streams(struct store *s, struct store_txn *tx, const struct id *package)
{
	Provision__PackageCut cut = PROVISION__PACKAGE_CUT__INIT;

	cut.package = wire_of_id(package);
	store_tell_after(s, tx, IPC_ROLE_BIT(IPC_ROLE_WEB), IPC_PACKAGE_CUT, &cut.base);
}

static void
remove_parts(struct store *s, struct store_txn *tx, const struct id *package)
{
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_PART, id_view(package), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;

	while (store_cursor_next(c, &key, &value)) {
		struct store_rowkey k = rowkey_of(key, view_of(NULL, 0));
		struct id upload = rowkey_id(value, 0);
		store_spool_remove(s->spool, tx, &upload);
		store_records_delete(tx, STORE_TABLE_UPLOAD, id_view(&upload));
		store_records_delete(tx, STORE_TABLE_PART, rowkey_view(&k));
	}
	store_cursor_close(&c);
}

int
store_erase_content(struct store *s, struct store_txn *tx, const struct id *package)
{
	struct store_key_name key = { STORE_KEY_PACKAGE, *package, 0 };

	cut_streams(s, tx, package);
	store_quota_release(tx, package);
	remove_parts(s, tx, package);
	store_epochs_unuse(s, tx, package);
	store_records_delete(tx, STORE_TABLE_HEADER, id_view(package));
	return store_records_destroy_key(s, tx, &key);
}

static void
delete_inbox(struct store_txn *tx, const struct id *party, bool is_outgoing, uint64_t number)
{
	struct store_rowkey k = rowkey_of(id_view(party), view_of(NULL, 0));

	rowkey_add_number(&k, is_outgoing ? 1 : 0, 1);
	rowkey_add_number(&k, number, 8);
	store_records_delete(tx, STORE_TABLE_INBOX, rowkey_view(&k));
}

static void
delete_history(struct store_txn *tx, const struct id *subscription, uint32_t day, const struct id *package,
    const struct store_package_link *link)
{
	struct store_rowkey key = link_key(subscription, day, package);

	store_entries_remove(tx, subscription, link->sequence);
	delete_inbox(tx, &link->customer, !link->is_from_company, link->customer_number);
	delete_inbox(tx, &link->company, link->is_from_company, link->company_number);
	store_records_delete(tx, STORE_TABLE_PROVENANCE, rowkey_view(&key));
	store_records_delete(tx, STORE_TABLE_PACKAGE, id_view(package));
	store_records_delete(tx, STORE_TABLE_PACKAGE_OF, rowkey_view(&key));
}

int
store_erase_package_step(struct store *s, struct store_txn *tx, const struct id *subscription, uint32_t day,
    const struct id *package)
{
	struct store_package_link link;
	int err = store_erase_get_link(tx, subscription, day, package, &link);

	if (err == 0)
		err = store_erase_content(s, tx, package);
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (delete_prefix(tx, STORE_TABLE_FILES, id_view(package), PAGES_A_STEP))
		return STORE_DUE_MORE;
	delete_history(tx, subscription, day, package, &link);
	return 0;
}

/* The packages whose rows begin with prefix: a subscription, or a day of one. */
static int
erase_packages(struct store *s, struct store_txn *tx, struct view prefix)
{
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_PACKAGE_OF, prefix, view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	int err = 0;

	for (unsigned n = 0; err == 0 && store_cursor_next(c, &key, &value); n++) {
		struct id subscription = rowkey_id(key, 0), package = rowkey_id(key, ID_BYTES + 4);
		uint32_t day = (uint32_t)rowkey_number(key, ID_BYTES, 4);
		err = n < PACKAGES_A_STEP ? store_erase_package_step(s, tx, &subscription, day, &package) : STORE_DUE_MORE;
	}
	store_cursor_close(&c);
	return err;
}

int
store_erase_subscription_step(struct store *s, struct store_txn *tx, const struct id *subscription)
{
	int err = erase_packages(s, tx, id_view(subscription));

	if (err == 0)
		err = store_entries_erase_step(s, tx, subscription);
	if (err != 0)
		return err;
	bool more = delete_prefix(tx, STORE_TABLE_PROVENANCE, id_view(subscription), ROWS_A_STEP);
	more |= delete_prefix(tx, STORE_TABLE_READ_STATE, id_view(subscription), ROWS_A_STEP);
	for (size_t i = 0; i < sizeof(day_kinds) / sizeof(day_kinds[0]); i++) {
		struct store_key_range keys = store_key_range_all(day_kinds[i], subscription);
		more |= store_keys_destroy_range(s->keys, tx, &keys, KEYS_A_STEP);
	}
	return more ? STORE_DUE_MORE : 0;
}

static bool
forget_keys(struct store *s, struct store_txn *tx, const struct id *subscription)
{
	bool more = false;

	for (size_t i = 0; i < sizeof(day_kinds) / sizeof(day_kinds[0]); i++) {
		struct store_key_range keys = store_key_range_all(day_kinds[i], subscription);
		more |= store_keys_forget_range(s->keys, tx, &keys, KEYS_A_STEP);
	}
	return more;
}

/* Only after the subscription's key was destroyed: a subscription that lives is left alone. */
int
store_erase_subscription_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id subscription = rowkey_id(item->reference, 0);
	struct store_key_name key = { STORE_KEY_SUBSCRIPTION, subscription, 0 };
	struct store_slot slot;
	int err = store_keys_find(s->keys, tx, &key, &slot);

	if (err != ERR_ERASED)
		return 0;
	err = store_erase_subscription_step(s, tx, &subscription);
	if (err == 0 && forget_keys(s, tx, &subscription))
		err = STORE_DUE_MORE;
	if (err == 0)
		store_keys_forget(s->keys, tx, &key);
	return err;
}

int
store_erase_day_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct store_key_name key = {
		.kind = STORE_KEY_SUBSCRIPTION_DAY,
		.owner = rowkey_id(item->reference, 0),
		.day = (uint32_t)rowkey_number(item->reference, ID_BYTES, 4),
	};
	if (store_retime_is_early(s, tx, item, STORE_RETENTION_HISTORY))
		return 0;
	int err = store_keys_destroy(s->keys, tx, &key);
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	err = erase_packages(s, tx, item->reference);
	if (err == 0)
		store_jobs_forget_key(s, tx, &key);
	return err;
}

int
store_erase_provenance_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct store_key_name key = {
		.kind = STORE_KEY_PROVENANCE_DAY,
		.owner = rowkey_id(item->reference, 0),
		.day = (uint32_t)rowkey_number(item->reference, ID_BYTES, 4),
	};
	if (store_retime_is_early(s, tx, item, STORE_RETENTION_PROVENANCE))
		return 0;
	int err = store_keys_destroy(s->keys, tx, &key);
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (delete_prefix(tx, STORE_TABLE_PROVENANCE, item->reference, ROWS_A_STEP))
		return STORE_DUE_MORE;
	store_jobs_forget_key(s, tx, &key);
	return 0;
}
