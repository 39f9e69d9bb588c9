/* SPDX-License-Identifier: MIT */
/*
 * The rows of a subscription and how they come and go together. Knows no request and tells nobody; handle_subscription.c
 * does.
 */
#include "store/subscription.h"

#include "base/fatal.h"
#include "crypt/random.h"
#include "store/clock_guard.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/mailqueue.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/vault.h"
#include "store/wire.h"

#define NUMBER_MIN 10000000U
#define NUMBER_COUNT 90000000U
#define NUMBER_TRIES 100

static struct hash
number_hash(struct store *s, const struct id *company, struct view number)
{
	struct store_rowkey k = rowkey_of(id_view(company), number);

	return store_vault_lookup(s->vault, "number", rowkey_view(&k));
}

int
store_subscription_put(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *record)
{
	struct store_key_name key = { STORE_KEY_SUBSCRIPTION, *subscription, 0 };

	return store_records_put(s, tx, STORE_TABLE_SUBSCRIPTION, id_view(subscription), &key, &record->base);
}

int
store_subscription_by_number(struct store *s, struct store_txn *tx, const struct id *company, struct view number,
    struct id *subscription_r)
{
	struct hash hash = number_hash(s, company, number);

	return store_records_get_id(tx, STORE_TABLE_NUMBER, crypt_hash_view(&hash), subscription_r);
}

int
store_subscription_by_pair(struct store_txn *tx, const struct id *customer, const struct id *company,
    struct id *subscription_r)
{
	struct store_rowkey pair = rowkey_ids(customer, company);

	return store_records_get_id(tx, STORE_TABLE_PAIR, rowkey_view(&pair), subscription_r);
}

/* Random, so that it tells nothing. ERR_FULL: the company has nearly all there are. */
static int
choose_number(struct store *s, struct store_txn *tx, const struct id *company, char number[STORE_NUMBER_CHARS + 1])
{
	for (unsigned i = 0; i < NUMBER_TRIES; i++) {
		uint32_t n = NUMBER_MIN + crypt_random_below(NUMBER_COUNT);
		for (size_t at = STORE_NUMBER_CHARS; at-- > 0; n /= 10)
			number[at] = (char)('0' + n % 10);
		number[STORE_NUMBER_CHARS] = '\0';
		struct hash hash = number_hash(s, company, view_str(number));
		if (!store_index_has(tx, STORE_TABLE_NUMBER, crypt_hash_view(&hash)))
			return 0;
	}
	return ERR_FULL;
}

int
store_subscription_make(struct store *s, struct store_txn *tx, const struct id *customer, const struct id *company,
    struct id *subscription_r)
{
	struct id id = id_random();
	struct store_key_name key = { STORE_KEY_SUBSCRIPTION, id, 0 };
	struct store_rowkey pair = rowkey_ids(customer, company);
	struct store_rowkey of_customer = rowkey_ids(customer, &id), of_company = rowkey_ids(company, &id);
	Provision__StoredSubscription r = PROVISION__STORED_SUBSCRIPTION__INIT;
	char number[STORE_NUMBER_CHARS + 1];
	struct hash hash;
	int err = choose_number(s, tx, company, number);

	if (err == 0)
		err = store_keys_create(s->keys, tx, &key);
	if (err != 0)
		return err;
	hash = number_hash(s, company, view_str(number));
	r.company = wire_of_id(company);
	r.account = wire_of_id(customer);
	r.state = PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_PENDING;
	r.number = wire_str(number);
	r.created_ms = store_clock_guard_now_ms(s->clock);
	store_records_put_id(tx, STORE_TABLE_PAIR, rowkey_view(&pair), &id);
	store_records_put_id(tx, STORE_TABLE_NUMBER, crypt_hash_view(&hash), &id);
	store_records_put_id(tx, STORE_TABLE_SUBSCRIPTION_OF, rowkey_view(&of_customer), company);
	store_records_put_id(tx, STORE_TABLE_SUBSCRIPTION_OF, rowkey_view(&of_company), customer);
	*subscription_r = id;
	return store_subscription_put_changed(s, tx, &id, &r);
}

static int
announce(struct store *s, struct store_txn *tx, const struct id *subscription, const Provision__StoredSubscription *record,
    Provision__EventKind kind)
{
	struct store_event event = { .kind = kind, .subscription = *subscription, .customer = wire_id(record->account) };

	if (record->state != PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_DECLINED)
		event.company = wire_id(record->company);
	return store_events_put(s, tx, &event);
}

int
store_subscription_put_changed(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *record)
{
	int err = store_subscription_put(s, tx, subscription, record);

	return err == 0 ? announce(s, tx, subscription, record, PROVISION__EVENT_KIND__EVENT_KIND_SUBSCRIPTION) : err;
}

int
store_subscription_tell_ended(struct store *s, struct store_txn *tx, const Provision__StoredSubscription *record, bool by_customer)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	if (record->state != PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE)
		return 0;
	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ENDED;
	if (by_customer) {
		mail.company = record->company;
		mail.peer = record->number;
	} else {
		mail.account = record->account;
		mail.peer_company = record->company;
	}
	return store_mailqueue_add(s, tx, &mail);
}

/* Entries are one run of numbers, but for packages that were given up. */
static uint64_t
count_entries(struct store_txn *tx, const struct id *subscription, const Provision__StoredSubscription *record)
{
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_ENTRY_DAY, id_view(subscription), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	uint64_t n = store_cursor_next(c, &key, &value) ? record->entries + 1 - rowkey_number(value, 0, 8) : 0;

	store_cursor_close(&c);
	return n;
}

void
store_subscription_count(struct store_txn *tx, const struct id *subscription, const Provision__StoredSubscription *record,
    struct trust_erasure *r)
{
	uint32_t packages = store_records_count(tx, STORE_TABLE_PACKAGE_OF, id_view(subscription));

	trust_erasure_add(&r->gone, TRUST_ERASURE_SUBSCRIPTIONS, 1);
	trust_erasure_add(&r->gone, TRUST_ERASURE_ENTRIES, count_entries(tx, subscription, record));
	trust_erasure_add(&r->gone, TRUST_ERASURE_PACKAGES, packages);
}

int
store_subscription_end(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *record)
{
	struct store_key_name key = { STORE_KEY_SUBSCRIPTION, *subscription, 0 };
	struct id customer = wire_id(record->account), company = wire_id(record->company);
	struct store_rowkey pair = rowkey_ids(&customer, &company);
	struct store_rowkey of_customer = rowkey_ids(&customer, subscription), of_company = rowkey_ids(&company, subscription);
	struct hash number = number_hash(s, &company, wire_view(record->number));
	int err = store_keys_destroy(s->keys, tx, &key);

	if (err != 0)
		return err;
	store_records_delete(tx, STORE_TABLE_SUBSCRIPTION, id_view(subscription));
	store_records_delete(tx, STORE_TABLE_PAIR, rowkey_view(&pair));
	store_records_delete(tx, STORE_TABLE_NUMBER, crypt_hash_view(&number));
	store_records_delete(tx, STORE_TABLE_SUBSCRIPTION_OF, rowkey_view(&of_customer));
	store_records_delete(tx, STORE_TABLE_SUBSCRIPTION_OF, rowkey_view(&of_company));
	store_jobs_put(s, tx, STORE_JOB_SUBSCRIPTION_REMOVE, 0, id_view(subscription));
	return announce(s, tx, subscription, record, PROVISION__EVENT_KIND__EVENT_KIND_ENDED);
}

int
store_subscription_declined_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	struct id id = rowkey_id(item->reference, 0);
	Provision__StoredSubscription *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, item->reference, &r);

	if (err == 0 && r->state == PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_DECLINED)
		err = store_subscription_end(s, tx, &id, r);
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}
