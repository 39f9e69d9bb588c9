/* SPDX-License-Identifier: MIT */
/*
 * Ending what lost keys make unreadable. Knows nothing of how they were lost (handle_reset.c). A package that was begun
 * after the new keys is sealed to them and stays.
 */
#include "store/keys_lost.h"

#include <string.h>

#include "record/stored.pb-c.h"
#include "store/clock_guard.h"
#include "store/erase.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/key_note.h"
#include "store/mailqueue.h"
#include "store/membership.h"
#include "store/packages.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/wire.h"

#define PACKAGES_A_STEP 50U
#define ARRIVING PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING
#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING

/* ---- memberships ---- */

/* But where nobody else could renew the keys. */
static int
end_membership(struct store_call *c, const struct id *company, const struct id *account, void *arg)
{
	(void)arg;
	return store_membership_has_other_owner(c, company, account) ? handle_renew_take_out(c, company, account) : 0;
}

/* ---- packages ---- */

/* One run of the job: account, when the keys were lost, after which subscription and package it goes on. */
struct run {
	struct store *store;
	struct store_txn *tx;
	struct arena *arena;
	struct id account;
	uint64_t lost_ms;
	struct id subscription;
	struct store_rowkey after;       /* of package_of; empty: from the subscription's beginning */
	struct id told;                  /* the subscription whose sender this run has told */
	unsigned steps;
};

static void
put_job(struct store *s, struct store_txn *tx, const struct run *r)
{
	struct store_rowkey k = rowkey_of(id_view(&r->account), view_of(NULL, 0));

	rowkey_add_number(&k, r->lost_ms, 8);
	rowkey_add(&k, id_view(&r->subscription));
	rowkey_add(&k, rowkey_view(&r->after));
	store_jobs_put(s, tx, STORE_JOB_KEYS_LOST, 0, rowkey_view(&k));
}

static int
tell_sender(struct run *r, const struct id *subscription, const struct id *company)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	if (id_equal(&r->told, subscription))
		return 0;
	r->told = *subscription;
	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_SEND_AGAIN;
	mail.company = wire_of_id(company);
	mail.peer_account = wire_of_id(&r->account);
	mail.subscription = wire_of_id(subscription);
	return store_mailqueue_add(r->store, r->tx, &mail);
}

static int
end_package(struct run *r, const struct id *subscription, const struct id *company, const struct id *package)
{
	Provision__StoredPackage *p;
	int err = store_records_get(r->store, r->tx, r->arena, STORE_TABLE_PACKAGE, id_view(package), &p);

	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (!p->is_from_company || p->created_ms > r->lost_ms || (p->state != ARRIVING && p->state != WAITING))
		return 0;
	err = tell_sender(r, subscription, company);
	if (err != 0 || p->state == ARRIVING)
		return err != 0 ? err : store_packages_give_up(r->store, r->tx, package, p);
	err = store_erase_content(r->store, r->tx, package);
	p->state = PROVISION__PACKAGE_STATE__PACKAGE_STATE_UNREADABLE;
	for (size_t i = 0; i < p->n_parts; i++)
		p->parts[i]->upload = (ProtobufCBinaryData){ .len = 0 };
	return err == 0 ? store_packages_put_changed(r->store, r->tx, package, p) : err;
}

/* The packages of one subscription, from r->after on. STORE_DUE_MORE: not all. */
static int
end_packages(struct run *r, const struct id *subscription, const struct id *company)
{
	struct store_cursor *c = store_cursor_open_prefix(r->tx, STORE_TABLE_PACKAGE_OF, id_view(subscription),
	    rowkey_view(&r->after), STORE_FORWARD);
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(c, &key, &value)) {
		struct id package = rowkey_id(key, ID_BYTES + 4);
		r->after = rowkey_of(key, view_of(NULL, 0));
		err = end_package(r, subscription, company, &package);
		if (err == 0 && ++r->steps == PACKAGES_A_STEP)
			err = STORE_DUE_MORE;
	}
	store_cursor_close(&c);
	return err;
}

/* Subscriptions in order; the one that was not finished comes again, all before it do not. */
static int
end_subscriptions(struct run *r)
{
	struct store_cursor *c = store_cursor_open_prefix(r->tx, STORE_TABLE_SUBSCRIPTION_OF, id_view(&r->account),
	    view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(c, &key, &value)) {
		struct id subscription = rowkey_id(key, ID_BYTES), company = rowkey_id(value, 0);
		int order = memcmp(subscription.bytes, r->subscription.bytes, ID_BYTES);
		if (order < 0)
			continue;
		if (order > 0)
			r->after.len = 0;
		r->subscription = subscription;
		err = end_packages(r, &subscription, &company);
	}
	store_cursor_close(&c);
	return err;
}

int
store_keys_lost_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct run r = { .store = s, .tx = tx, .arena = store_records_arena(), .account = rowkey_id(item->reference, 0),
		.lost_ms = rowkey_number(item->reference, ID_BYTES, 8), .subscription = rowkey_id(item->reference, ID_BYTES + 8),
		.after = rowkey_of(view_slice(item->reference, 2 * ID_BYTES + 8, item->reference.len), view_of(NULL, 0)) };
	int err = end_subscriptions(&r);

	if (err == STORE_DUE_MORE) {
		put_job(s, tx, &r);
		err = 0;
	}
	arena_free(&r.arena);
	return err;
}

int
store_keys_lost(struct store_call *c, const struct id *account)
{
	struct run r = { .account = *account, .lost_ms = store_clock_guard_now_ms(c->store->clock) };

	put_job(c->store, c->tx, &r);
	store_key_note(c->store, c->tx, account, PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_CUSTOMER_KEY);
	return store_membership_each(c, account, end_membership, NULL);
}
