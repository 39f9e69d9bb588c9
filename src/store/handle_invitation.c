/* SPDX-License-Identifier: MIT */
/*
 * Personal invitations for customers (B3): any member makes one, with the company's own reference; whoever brings the token
 * from its link is accepted at once, and it is used up. The reference goes over to the subscription and is shown to the
 * company alone. What is not redeemed ends by itself.
 */
#include "crypt/equal.h"
#include "record/company.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/entries.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/mailqueue.h"
#include "store/paging.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/subscription.h"
#include "store/wire.h"

#define ACCEPTED PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_ACCEPTED
#define ACTIVE PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE
#define TABLE STORE_TABLE_CUSTOMER_INVITATION

static int
may_invite(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData slug, struct store_who *who,
    struct store_company_access *a)
{
	int err = store_session_find(c, caller, who);

	if (err == 0)
		err = store_access_company(c, who, wire_view(slug), STORE_ACTION_CUSTOMER_INVITE, a);
	return err;
}

static struct store_rowkey
row_key(const struct id *company, ProtobufCBinaryData invitation)
{
	return rowkey_of(id_view(company), wire_view(invitation));
}

static struct hash
token_hash(struct store_call *c, ProtobufCBinaryData token)
{
	return store_service_token_hash(c->store->service, "customer-invitation", wire_view(token));
}

/* ERR_NOT_FOUND: none, or over. */
static int
find(struct store_call *c, const struct id *company, ProtobufCBinaryData invitation,
    Provision__StoredCustomerInvitation **r_r)
{
	struct store_rowkey key = row_key(company, invitation);
	int err = store_records_get(c->store, c->tx, c->arena, TABLE, rowkey_view(&key), r_r);

	return err == 0 && store_clock_guard_now_ms(c->store->clock) >= (*r_r)->end_ms ? ERR_NOT_FOUND : err;
}

static int
end(struct store *s, struct store_txn *tx, const struct id *company, const struct id *invitation)
{
	struct store_key_name name = { STORE_KEY_CUSTOMER_INVITATION, *invitation, 0 };
	struct store_rowkey key = rowkey_ids(company, invitation);

	return store_records_end(s, tx, TABLE, rowkey_view(&key), &name);
}

int
handle_invitation_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id company = rowkey_id(item->reference, 0), invitation = rowkey_id(item->reference, ID_BYTES);
	struct store_rowkey key = rowkey_ids(&company, &invitation);

	return store_index_has(tx, TABLE, rowkey_view(&key)) ? end(s, tx, &company, &invitation) : 0;
}

/* ---- inviting ---- */

int
handle_invitation_create_check(struct store_call *c)
{
	const Provision__CustomerInvite *m = (const Provision__CustomerInvite *)c->request;
	struct store_company_access a;
	struct store_who who;
	int err = may_invite(c, m->caller, m->slug, &who, &a);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

static bool
is_full(struct store_call *c, const struct id *company)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, TABLE, id_view(company), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;

	while (n < STORE_CUSTOMER_INVITATIONS_MAX && store_cursor_next(cursor, &key, &value))
		n++;
	store_cursor_close(&cursor);
	return n == STORE_CUSTOMER_INVITATIONS_MAX;
}

/* Asked again after a lost answer, it is the same. */
int
handle_invitation_create(struct store_call *c)
{
	const Provision__CustomerInvite *m = (const Provision__CustomerInvite *)c->request;
	struct store_key_name name = { STORE_KEY_CUSTOMER_INVITATION, wire_id(m->invitation), 0 };
	Provision__StoredCustomerInvitation r = PROVISION__STORED_CUSTOMER_INVITATION__INIT, *old;
	struct hash hash = token_hash(c, m->token);
	struct store_company_access a;
	struct store_rowkey key;
	struct store_who who;
	int err = may_invite(c, m->caller, m->slug, &who, &a);

	if (err != 0)
		return err;
	if (find(c, &a.company, m->invitation, &old) == 0)
		return view_equal(wire_view(old->token_hash), crypt_hash_view(&hash)) ? 0 : ERR_EXISTS;
	if (is_full(c, &a.company))
		return ERR_LIMIT;
	err = store_keys_create(c->store->keys, c->tx, &name);
	if (err != 0)
		return err;
	r.token_hash = wire_of_hash(&hash);
	r.reference = m->reference;
	r.created_ms = store_clock_guard_now_ms(c->store->clock);
	r.end_ms = r.created_ms + store_retention_ms(c->settings, STORE_RETENTION_CUSTOMER_INVITATION);
	key = row_key(&a.company, m->invitation);
	store_jobs_put(c->store, c->tx, STORE_JOB_CUSTOMER_INVITATION_END, r.end_ms, rowkey_view(&key));
	return store_records_put(c->store, c->tx, TABLE, rowkey_view(&key), &name, &r.base);
}

/* ---- listing and revoking ---- */

static int
fill_row(struct store_call *c, void *arg, struct view key, struct view value, ProtobufCMessage **row_r)
{
	Provision__CustomerInvitationRow *row = arena_alloc(c->arena, sizeof(*row));
	struct id invitation = rowkey_id(key, ID_BYTES);
	Provision__StoredCustomerInvitation *r;
	int err = store_records_open(c->store, c->arena, TABLE, key, value, &r);

	(void)arg;
	if (err != 0)
		return err;
	provision__customer_invitation_row__init(row);
	row->invitation = wire_bytes(arena_dup(c->arena, id_view(&invitation)));
	row->reference = r->reference;
	row->created_ms = r->created_ms;
	row->end_ms = r->end_ms;
	*row_r = &row->base;
	return 0;
}

int
handle_invitation_list(struct store_call *c)
{
	static const struct store_paging_source rows = { TABLE, STORE_FORWARD, fill_row };
	const Provision__CustomerInvitationList *m = (const Provision__CustomerInvitationList *)c->request;
	Provision__CustomerInvitationListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_company_access a;
	struct store_page page;
	struct store_who who;
	int err = may_invite(c, m->caller, m->slug, &who, &a);

	if (err == 0)
		err = store_paging_read(c, id_view(&a.company), &rows, 1, NULL, m->cursor, m->limit, &page);
	if (err != 0)
		return err;
	provision__customer_invitation_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &page);
	c->reply = &reply->base;
	return 0;
}

static int
may_revoke(struct store_call *c, const Provision__CustomerInvitationRevoke *m, struct store_company_access *a)
{
	Provision__StoredCustomerInvitation *r;
	struct store_who who;
	int err = may_invite(c, m->caller, m->slug, &who, a);

	return err == 0 ? find(c, &a->company, m->invitation, &r) : err;
}

int
handle_invitation_revoke_check(struct store_call *c)
{
	struct store_company_access a;

	return may_revoke(c, (const Provision__CustomerInvitationRevoke *)c->request, &a);
}

int
handle_invitation_revoke(struct store_call *c)
{
	const Provision__CustomerInvitationRevoke *m = (const Provision__CustomerInvitationRevoke *)c->request;
	struct id invitation = wire_id(m->invitation);
	struct store_company_access a;
	int err = may_revoke(c, m, &a);

	return err == 0 ? end(c->store, c->tx, &a.company, &invitation) : err;
}

/* ---- redeeming ---- */

struct redeeming {
	struct store_who who;
	struct store_company_access a;
	struct hash redemption;                      /* of invitation and token */
	Provision__StoredCustomerInvitation *r;      /* NULL: this person has redeemed it already ... */
	struct id subscription;                      /* ... by which this came */
};

static struct hash
redemption_hash(struct store_call *c, const Provision__CustomerInvitationRedeem *m)
{
	struct store_rowkey both = rowkey_of(wire_view(m->invitation), wire_view(m->token));

	return store_service_token_hash(c->store->service, "customer-redemption", rowkey_view(&both));
}

/* A used invitation is gone. ERR_NOT_FOUND: not by this person, or the subscription has ended. */
static int
find_redeemed(struct store_call *c, struct redeeming *u)
{
	Provision__StoredSubscription *r;
	int err = store_subscription_by_pair(c->tx, &u->who.account, &u->a.company, &u->subscription);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SUBSCRIPTION, id_view(&u->subscription), &r);
	if (err != 0)
		return err;
	return crypt_equal(wire_view(r->redemption), crypt_hash_view(&u->redemption)) ? 0 : ERR_NOT_FOUND;
}

/* The token is the right. ERR_NOT_FOUND: unknown company or invitation, wrong token, used by another or over, all alike. */
static int
may_redeem(struct store_call *c, struct redeeming *u)
{
	const Provision__CustomerInvitationRedeem *m = (const Provision__CustomerInvitationRedeem *)c->request;
	struct hash hash = token_hash(c, m->token);
	int err = store_session_find(c, m->caller, &u->who);

	if (err != 0)
		return err;
	u->a.record = NULL;
	err = store_access_company(c, &u->who, wire_view(m->slug), STORE_ACTION_COMPANY_SEE, &u->a);
	if (u->a.record == NULL)
		return err != 0 ? err : ERR_NOT_FOUND;
	u->redemption = redemption_hash(c, m);
	err = find(c, &u->a.company, m->invitation, &u->r);
	if (err == 0)
		return crypt_equal(wire_view(u->r->token_hash), crypt_hash_view(&hash)) ? 0 : ERR_NOT_FOUND;
	u->r = NULL;
	return err == ERR_NOT_FOUND ? find_redeemed(c, u) : err;
}

int
handle_invitation_redeem_check(struct store_call *c)
{
	struct redeeming u;
	int err = may_redeem(c, &u);

	return err == 0 ? store_service_limit_account(c, &u.who.account) : err;
}

static int
tell_company(struct store_call *c, const struct id *subscription, const Provision__StoredSubscription *r)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_REDEEMED;
	mail.company = r->company;
	mail.peer_account = r->account;
	mail.subscription = wire_of_id(subscription);
	return store_mailqueue_add(c->store, c->tx, &mail);
}

/* Says once that it was accepted. */
static int
activate(struct store_call *c, const struct id *id, Provision__StoredSubscription *r)
{
	int err;

	if (r->state == ACTIVE)
		return store_subscription_put(c->store, c->tx, id, r);
	r->state = ACTIVE;
	r->decided_ms = store_clock_guard_now_ms(c->store->clock);
	err = store_subscription_put_changed(c->store, c->tx, id, r);
	return err == 0 ? store_entries_note(c->store, c->tx, c->settings, id, r, ACCEPTED) : err;
}

/* Makes the subscription, or accepts the one that was asked for or declined. */
static int
accept(struct store_call *c, struct redeeming *u)
{
	Provision__StoredSubscription *r;
	int err = store_subscription_by_pair(c->tx, &u->who.account, &u->a.company, &u->subscription);

	if (err == ERR_NOT_FOUND)
		err = store_subscription_make(c->store, c->tx, &u->who.account, &u->a.company, &u->subscription);
	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SUBSCRIPTION, id_view(&u->subscription), &r);
	if (err != 0)
		return err;
	r->redemption = wire_of_hash(&u->redemption);
	if (u->r->reference.len != 0)
		r->reference = u->r->reference;
	err = activate(c, &u->subscription, r);
	return err == 0 ? tell_company(c, &u->subscription, r) : err;
}

/* Asked again by the same person after a lost answer, it is the same. */
int
handle_invitation_redeem(struct store_call *c)
{
	const Provision__CustomerInvitationRedeem *m = (const Provision__CustomerInvitationRedeem *)c->request;
	Provision__SubscriptionCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct id invitation = wire_id(m->invitation);
	struct redeeming u;
	int err = may_redeem(c, &u);

	if (err == 0 && u.r != NULL) {
		err = accept(c, &u);
		if (err == 0)
			err = end(c->store, c->tx, &u.a.company, &invitation);
	}
	if (err != 0)
		return err;
	provision__subscription_create_reply__init(reply);
	reply->subscription = wire_bytes(arena_dup(c->arena, id_view(&u.subscription)));
	reply->state = ACTIVE;
	c->reply = &reply->base;
	return 0;
}
