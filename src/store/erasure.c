/* SPDX-License-Identifier: MIT */
/*
 * The order in which an account's things end. Knows no request and no rights (handle_erasure.c), and of what is to be removed only the
 * parts: subscription.h, membership.h, belongings.h.
 */
#include "store/erasure.h"

#include "base/log.h"
#include "store/address.h"
#include "store/belongings.h"
#include "store/clock_guard.h"
#include "store/erasure_receipt.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/keys.h"
#include "store/listeners.h"
#include "store/mailqueue.h"
#include "store/membership.h"
#include "store/pins.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/subscription.h"
#include "store/support.h"
#include "store/wire.h"

/* ---- subscriptions ---- */

static int
end_subscription(struct store_call *c, struct arena *scratch, const struct id *id, struct trust_erasure *receipt)
{
	Provision__StoredSubscription *r;
	int err = store_records_get(c->store, c->tx, scratch, STORE_TABLE_SUBSCRIPTION, id_view(id), &r);

	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	store_subscription_count(c->tx, id, r, receipt);
	err = store_subscription_tell_ended(c->store, c->tx, r, true);
	return err == 0 ? store_subscription_end(c->store, c->tx, id, r) : err;
}

static int
end_subscriptions(struct store_call *c, const struct id *account, struct trust_erasure *receipt)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_SUBSCRIPTION_OF, id_view(account),
	    view_of(NULL, 0), STORE_FORWARD);
	struct arena *scratch = store_records_arena();
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		struct id id = rowkey_id(key, ID_BYTES);
		arena_reset(scratch);
		err = end_subscription(c, scratch, &id, receipt);
	}
	arena_free(&scratch);
	store_cursor_close(&cursor);
	return err;
}

/* ---- the account ---- */

/* Everything but what stays is under a key that goes. *is_later_r: no key can be made now, the job does it. */
static int
renew(struct store_call *c, const struct store_erasure *e, bool *is_later_r)
{
	bool keeps_pins = e->pins.len == 0;
	uint64_t version;
	int err = store_pins_version(c, &e->account, &version);

	if (err == 0)
		err = store_belongings_renew(c->store, c->tx, &e->account, keeps_pins);
	*is_later_r = err == ERR_UNAVAILABLE;
	if (*is_later_r) {
		store_jobs_put(c->store, c->tx, STORE_JOB_RESET_LATER, 0, id_view(&e->account));
		err = 0;
	}
	return err == 0 && !keeps_pins ? store_pins_begin(c, &e->account, version + 1, e->pins, e->pin_page) : err;
}

/* The address is free at once, and whatever was asked for it by registering goes. */
static int
release_address(struct store_call *c, const Provision__StoredAccount *record)
{
	struct mail_address_text text;
	struct hash hash;
	int err = store_address_parse(wire_view(record->email), &text);

	if (err != 0)
		return err;
	hash = store_address_hash(c->store, &text);
	store_records_delete(c->tx, STORE_TABLE_ADDRESS, crypt_hash_view(&hash));
	return handle_registration_end_all(c, &hash);
}

/* Aborted, whatever the operator was about to answer (A9). */
static int
end_support(struct store_call *c, const struct id *account)
{
	struct id requests[STORE_SUPPORT_REQUESTS_MAX];
	unsigned n = store_support_list(c->tx, account, requests);
	int err = 0;

	for (unsigned i = 0; err == 0 && i < n; i++) {
		Provision__StoredSupport *r;
		err = store_support_get(c->store, c->tx, c->arena, &requests[i], &r);
		if (err == 0)
			err = store_support_end(c->store, c->tx, &requests[i], r);
	}
	return err;
}

static int
destroy(struct store_call *c, const struct store_erasure *e)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, e->account, 0 };
	int err = release_address(c, e->record);

	if (err == 0)
		err = end_support(c, &e->account);
	if (err == 0)
		err = store_keys_destroy(c->store->keys, c->tx, &key);
	store_records_delete(c->tx, STORE_TABLE_ACCOUNT, id_view(&e->account));
	store_listeners_wake_after(c->store, c->tx, &e->account);
	return err;
}

/* ---- the receipt ---- */

static void
add_what_stays(struct store_call *c, const struct store_erasure *e, struct trust_erasure *receipt)
{
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);

	if (trust_erasure_value(&receipt->gone, TRUST_ERASURE_MEMBERSHIPS) > 0)
		trust_erasure_put(&receipt->stays, TRUST_ERASURE_PROOFS, now_ms + store_retention_ms(c->settings, STORE_RETENTION_HISTORY));
	if (!e->deletes)
		return;
	trust_erasure_put(&receipt->stays, TRUST_ERASURE_LAST_MAIL, now_ms + store_retention_ms(c->settings, STORE_RETENTION_LAST_MAIL));
	trust_erasure_put(&receipt->stays, TRUST_ERASURE_ADDRESS_HASH, 0);
}

/* The mail with the receipt of a reset. */
static int
tell_reset(struct store *s, struct store_txn *tx, const struct id *account, ProtobufCBinaryData receipt)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_RESET;
	mail.account = wire_of_id(account);
	mail.receipt = receipt;
	return store_mailqueue_add(s, tx, &mail);
}

/* No key can be made for a last address while the mirror is away: then the answer alone has the receipt. */
static int
tell_deleted(struct store_call *c, const struct store_erasure *e, struct view receipt)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;
	int err;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_DELETED;
	mail.address = e->record->email;
	mail.locale = e->record->locale;
	mail.receipt = wire_bytes(receipt);
	err = store_mailqueue_add(c->store, c->tx, &mail);
	return err == ERR_UNAVAILABLE ? 0 : err;
}

static int
write_account(struct store *s, struct store_txn *tx, const struct id *account, const Provision__StoredAccount *record)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };

	return store_records_put(s, tx, STORE_TABLE_ACCOUNT, id_view(account), &key, &record->base);
}

/* A mail that lies under the old key would go with it: the receipt waits in the record, which stays. */
static int
tell_person(struct store_call *c, const struct store_erasure *e, struct view receipt, bool is_later)
{
	Provision__StoredAccount *record;
	int err;

	if (e->deletes)
		return tell_deleted(c, e, receipt);
	if (!is_later)
		return tell_reset(c->store, c->tx, &e->account, wire_bytes(receipt));
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&e->account), &record);
	if (err == 0) {
		record->receipt = wire_bytes(receipt);
		err = write_account(c->store, c->tx, &e->account, record);
	}
	return err;
}

/* The mail that waited for the other key. */
static int
tell_later(struct store *s, struct store_txn *tx, const struct id *account)
{
	struct arena *a = store_records_arena();
	ProtobufCBinaryData receipt = { .len = 0 };
	Provision__StoredAccount *record;
	int err = store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, id_view(account), &record);

	if (err == 0) {
		receipt = record->receipt;
		record->receipt = (ProtobufCBinaryData){ .len = 0 };
		err = write_account(s, tx, account, record);
	}
	if (err == 0 && receipt.len != 0)
		err = tell_reset(s, tx, account, receipt);
	arena_free(&a);
	return err;
}

/* ERR_UNAVAILABLE has it come again. */
int
store_erasure_later_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id account = rowkey_id(item->reference, 0);
	int err = store_belongings_renew(s, tx, &account, true);

	if (err == 0) {
		store_belongings_remove(s, tx, &account);
		err = tell_later(s, tx, &account);
	}
	return err == ERR_NOT_FOUND || err == ERR_ERASED ? 0 : err;
}

int
store_erasure_account(struct store_call *c, const struct store_erasure *e)
{
	struct trust_erasure receipt = store_erasure_receipt_begin(c, e->deletes ? TRUST_ERASURE_DELETED : TRUST_ERASURE_RESET, e->by,
	    &e->account);
	uint64_t memberships = 0;
	bool is_later = false;
	struct view bytes;
	int err = store_membership_check_owner(c, &e->account);

	if (e->deletes)
		store_belongings_count(c->tx, &e->account, &receipt.gone);
	/* first, so that what the person is told of its end lies under the new key */
	if (err == 0 && !e->deletes)
		err = renew(c, e, &is_later);
	if (err == 0)
		err = end_subscriptions(c, &e->account, &receipt);
	if (err == 0)
		err = store_membership_end_all(c, &e->account, &memberships);
	if (err == 0 && e->deletes)
		err = destroy(c, e);
	if (err != 0)
		return err;
	trust_erasure_add(&receipt.gone, TRUST_ERASURE_MEMBERSHIPS, memberships);
	add_what_stays(c, e, &receipt);
	store_erasure_receipt_copies(&receipt);
	store_belongings_remove(c->store, c->tx, &e->account);
	err = store_erasure_receipt_answer(c, &receipt, &bytes);
	if (err == 0)
		err = tell_person(c, e, bytes, is_later);
	if (err == 0)
		log_event(LOG_NOTICE, e->deletes ? "account-deleted" : "account-reset", LOG_ID("account", &e->account));
	return err;
}
