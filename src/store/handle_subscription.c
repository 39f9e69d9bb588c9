/* SPDX-License-Identifier: MIT */
/*
 * Subscriptions (B1, B4): a customer asks, a member decides, either side ends. The company sees name, company name and
 * customer number, once accepted the customer's public keys, never the e-mail address. Each tells the other side by mail.
 */
#include "base/clock.h"
#include "record/company.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/entries.h"
#include "store/erase.h"
#include "store/erasure_receipt.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/limiter.h"
#include "store/mailqueue.h"
#include "store/nonce.h"
#include "store/paging.h"
#include "store/read_state.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/service.h"
#include "store/subscription.h"
#include "store/wire.h"

#define PENDING PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_PENDING
#define ACTIVE PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE
#define ACCEPTED PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_ACCEPTED
#define DECLINED PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_DECLINED

/* ---- asking ---- */

static int
may_ask(struct store_call *c, const Provision__SubscriptionCreate *m, struct store_who *who,
    struct store_company_access *a)
{
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_company(c, who, wire_view(m->slug), STORE_ACTION_COMPANY_SUBSCRIBE, a);
	/* A member of a company nobody can find knows of it, but cannot be its customer either. */
	return err == ERR_DENIED ? ERR_NOT_FOUND : err;
}

int
handle_subscription_create_check(struct store_call *c)
{
	struct store_company_access a;
	struct store_who who;
	struct store_rowkey pair;
	int err = may_ask(c, (const Provision__SubscriptionCreate *)c->request, &who, &a);

	if (err == 0)
		err = store_service_limit_account(c, &who.account);
	if (err != 0)
		return err;
	pair = rowkey_ids(&who.account, &a.company);
	if (store_index_has(c->tx, STORE_TABLE_PAIR, rowkey_view(&pair)))
		return 0;
	return store_limiter_take(store_service_limiter(c->store->service), STORE_LIMIT_SUBSCRIBE, id_view(&who.account),
	    view_of(NULL, 0), clock_mono_ms());
}

static int
tell_company_asked(struct store_call *c, const struct id *subscription, const struct id *company,
    const struct id *customer)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ASKED;
	mail.company = wire_of_id(company);
	mail.peer_account = wire_of_id(customer);
	mail.subscription = wire_of_id(subscription);
	return store_mailqueue_add(c->store, c->tx, &mail);
}

/* The one there is already is the answer, whatever its state: asking twice changes nothing. */
int
handle_subscription_create(struct store_call *c)
{
	const Provision__SubscriptionCreate *m = (const Provision__SubscriptionCreate *)c->request;
	Provision__SubscriptionCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_company_access a;
	Provision__StoredSubscription *r;
	struct store_who who;
	struct id id;
	int err = may_ask(c, m, &who, &a);

	if (err != 0)
		return err;
	provision__subscription_create_reply__init(reply);
	reply->state = PENDING;
	if (store_subscription_by_pair(c->tx, &who.account, &a.company, &id) == 0) {
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SUBSCRIPTION, id_view(&id), &r);
		if (err == 0)
			reply->state = r->state;
	} else {
		err = store_subscription_make(c->store, c->tx, &who.account, &a.company, &id);
		if (err == 0)
			err = tell_company_asked(c, &id, &a.company, &who.account);
	}
	if (err != 0)
		return err;
	reply->subscription = wire_bytes(arena_dup(c->arena, id_view(&id)));
	c->reply = &reply->base;
	return 0;
}

/* ---- listing ---- */

static int
row_for_customer(struct store_call *c, const struct id *company, const Provision__StoredSubscription *r,
    Provision__SubscriptionRow *row)
{
	Provision__StoredCompany *record;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(company), &record);

	(void)r;
	if (err == 0)
		row->company = store_rows_company(c->arena, company, record);
	return err;
}

/* A request that was declined is none of the company's business any more. */
static int
row_for_company(struct store_call *c, const struct id *customer, const Provision__StoredSubscription *r,
    Provision__SubscriptionRow *row)
{
	Provision__StoredAccount *person;
	int err = r->state == DECLINED ? ERR_NOT_FOUND :
	    store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(customer), &person);

	if (err != 0)
		return err;
	row->first_name = person->first_name;
	row->last_name = person->last_name;
	row->company_name = person->company_name;
	row->reference = r->reference;
	if (r->state == ACTIVE)
		row->statement = person->statement;
	return 0;
}

/* Whose list it is, and who looks. */
struct list {
	struct store_who who;
	bool is_company;
};

static int
fill_row(struct store_call *c, void *arg, struct view key, struct view other, ProtobufCMessage **row_r)
{
	const struct list *list = arg;
	Provision__SubscriptionRow *row = arena_alloc(c->arena, sizeof(*row));
	struct id id = rowkey_id(key, ID_BYTES), other_side = rowkey_id(other, 0);
	Provision__StoredSubscription *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SUBSCRIPTION, id_view(&id), &r);

	if (err != 0)
		return err;
	provision__subscription_row__init(row);
	row->newest = r->entries;
	err = store_read_state_get(c->store, c->tx, c->arena, &id, &list->who.account, &row->read);
	if (err != 0)
		return err;
	row->subscription = wire_bytes(arena_dup(c->arena, id_view(&id)));
	row->state = r->state;
	row->number = r->number;
	row->created_ms = r->created_ms;
	*row_r = &row->base;
	return list->is_company ? row_for_company(c, &other_side, r, row) : row_for_customer(c, &other_side, r, row);
}

int
handle_subscription_list(struct store_call *c)
{
	static const struct store_paging_source rows = { STORE_TABLE_SUBSCRIPTION_OF, STORE_FORWARD, fill_row };
	const Provision__SubscriptionList *m = (const Provision__SubscriptionList *)c->request;
	Provision__SubscriptionListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct list list = { .is_company = m->slug.len != 0 };
	struct store_company_access a;
	struct store_page page;
	struct id party;
	int err = store_session_find(c, m->caller, &list.who);

	if (err == 0 && list.is_company)
		err = store_access_company(c, &list.who, wire_view(m->slug), STORE_ACTION_CUSTOMERS_SEE, &a);
	if (err != 0)
		return err;
	party = list.is_company ? a.company : list.who.account;
	err = store_paging_read(c, id_view(&party), &rows, 1, &list, m->cursor, m->limit, &page);
	if (err != 0)
		return err;
	provision__subscription_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &page);
	c->reply = &reply->base;
	return 0;
}

/* ---- deciding ---- */

static int
may_decide(struct store_call *c, const Provision__SubscriptionDecide *m, struct store_who *who, struct id *id_r,
    Provision__StoredSubscription **r_r)
{
	struct store_company_access a;
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_company(c, who, wire_view(m->slug), STORE_ACTION_CUSTOMER_DECIDE, &a);
	if (err == 0)
		err = store_subscription_by_number(c->store, c->tx, &a.company, wire_view(m->number), id_r);
	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SUBSCRIPTION, id_view(id_r), r_r);
	return err;
}

int
handle_subscription_decide_check(struct store_call *c)
{
	Provision__StoredSubscription *r;
	struct store_who who;
	struct id id;
	int err = may_decide(c, (const Provision__SubscriptionDecide *)c->request, &who, &id, &r);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

static int
tell_customer_decided(struct store_call *c, const struct id *id, const Provision__StoredSubscription *r)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_DECIDED;
	mail.account = r->account;
	mail.peer_company = r->company;
	mail.subscription = wire_of_id(id);
	mail.is_accepted = r->state == ACTIVE;
	return store_mailqueue_add(c->store, c->tx, &mail);
}

int
handle_subscription_decide(struct store_call *c)
{
	const Provision__SubscriptionDecide *m = (const Provision__SubscriptionDecide *)c->request;
	Provision__SubscriptionState wanted = m->accept ? ACTIVE : DECLINED;
	Provision__StoredSubscription *r;
	struct store_who who;
	struct id id;
	int err = may_decide(c, m, &who, &id, &r);

	if (err != 0 || r->state == wanted)
		return err;
	if (r->state != PENDING)
		return ERR_STATE;
	r->state = wanted;
	r->decided_ms = store_clock_guard_now_ms(c->store->clock);
	if (wanted == DECLINED)
		store_jobs_put(c->store, c->tx, STORE_JOB_DECLINED_END, r->decided_ms + store_retention_ms(c->settings, STORE_RETENTION_DECLINED), id_view(&id));
	err = store_subscription_put_changed(c->store, c->tx, &id, r);
	if (err == 0 && wanted == ACTIVE)
		err = store_entries_note(c->store, c->tx, c->settings, &id, r, ACCEPTED);
	return err == 0 ? tell_customer_decided(c, &id, r) : err;
}

/* ---- ending ---- */

static int
may_end(struct store_call *c, const Provision__SubscriptionEnd *m, struct store_who *who,
    struct store_subscription_access *a)
{
	struct id id = wire_id(m->subscription);
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_subscription(c, who, &id, STORE_ACTION_SUBSCRIPTION_END, a);
	if (err == 0)
		err = store_nonce_check(c, &who->account, "subscription-end", &id, wire_view(m->nonce), wire_view(m->signature));
	return err;
}

int
handle_subscription_end_check(struct store_call *c)
{
	struct store_subscription_access a;
	struct store_who who;

	return may_end(c, (const Provision__SubscriptionEnd *)c->request, &who, &a);
}

int
handle_subscription_end(struct store_call *c)
{
	struct store_subscription_access a;
	struct trust_erasure receipt;
	struct store_who who;
	struct view bytes;
	int err = may_end(c, (const Provision__SubscriptionEnd *)c->request, &who, &a);

	if (err != 0)
		return err;
	receipt = store_erasure_receipt_begin(c, TRUST_ERASURE_ENDED, TRUST_ERASURE_BY_PERSON, &a.subscription);
	store_subscription_count(c->tx, &a.subscription, a.record, &receipt);
	store_erasure_receipt_copies(&receipt);
	err = store_subscription_tell_ended(c->store, c->tx, a.record, (a.relation & STORE_RELATION_CUSTOMER) != 0);
	if (err == 0)
		err = store_subscription_end(c->store, c->tx, &a.subscription, a.record);
	if (err == 0)
		err = store_erasure_receipt_answer(c, &receipt, &bytes);
	if (err != 0)
		return err;
	/* what is under way is cut off at once; the job does the rest */
	err = store_erase_subscription_step(c->store, c->tx, &a.subscription);
	return err == STORE_DUE_MORE ? 0 : err;
}
