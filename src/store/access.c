/* SPDX-License-Identifier: MIT */
/*
 * The table of rights, and the look-ups that say what an account is to an object. Knows no request; every handler that
 * touches a company, a subscription or a package of somebody comes through here.
 */
#include "store/access.h"

#include "base/fatal.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/vault.h"
#include "store/wire.h"

#define ANYONE STORE_RELATION_ANYONE
#define CUSTOMER STORE_RELATION_CUSTOMER
#define OWNER STORE_RELATION_OWNER
#define MEMBER (STORE_RELATION_AGENT | STORE_RELATION_OWNER)
#define SENDER STORE_RELATION_SENDER
#define RECIPIENT STORE_RELATION_RECIPIENT
#define AUTHOR STORE_RELATION_AUTHOR

struct right {
	unsigned who;       /* one of these */
	unsigned side;      /* and one of these, 0 = any */
};

static const struct right rights[STORE_ACTION_COUNT] = {
	[STORE_ACTION_COMPANY_SEE] = { ANYONE | CUSTOMER | MEMBER, 0 },
	[STORE_ACTION_COMPANY_SUBSCRIBE] = { ANYONE | CUSTOMER, 0 },
	[STORE_ACTION_MEMBERS_SEE] = { OWNER, 0 },
	[STORE_ACTION_MEMBER_INVITE] = { OWNER, 0 },
	[STORE_ACTION_MEMBER_SEAL] = { OWNER, 0 },
	[STORE_ACTION_MEMBER_LEAVE] = { MEMBER, 0 },
	[STORE_ACTION_COMPANY_RENEW] = { OWNER, 0 },
	[STORE_ACTION_COMPANY_SET] = { OWNER, 0 },
	[STORE_ACTION_CUSTOMER_INVITE] = { MEMBER, 0 },
	[STORE_ACTION_CUSTOMERS_SEE] = { MEMBER, 0 },
	[STORE_ACTION_CUSTOMER_DECIDE] = { MEMBER, 0 },
	[STORE_ACTION_INBOX_SEE] = { MEMBER, 0 },
	[STORE_ACTION_SUBSCRIPTION_SEE] = { CUSTOMER | MEMBER, 0 },
	[STORE_ACTION_SUBSCRIPTION_END] = { CUSTOMER | MEMBER, 0 },
	[STORE_ACTION_HISTORY_SEE] = { CUSTOMER | MEMBER, 0 },
	[STORE_ACTION_MESSAGE_WRITE] = { CUSTOMER | MEMBER, 0 },
	[STORE_ACTION_PACKAGE_SEND] = { CUSTOMER | MEMBER, 0 },
	[STORE_ACTION_PACKAGE_BUILD] = { CUSTOMER | MEMBER, AUTHOR },
	[STORE_ACTION_PACKAGE_SEE] = { CUSTOMER | MEMBER, SENDER | RECIPIENT },
	[STORE_ACTION_PACKAGE_FETCH] = { CUSTOMER | MEMBER, RECIPIENT },
	[STORE_ACTION_PACKAGE_RECEIVE] = { CUSTOMER | MEMBER, RECIPIENT },
	[STORE_ACTION_PACKAGE_WITHDRAW] = { CUSTOMER | MEMBER, SENDER },
};

/* insiders: those relations whose bearer knows of the object anyway. */
static int
decide(enum store_action action, unsigned relation, unsigned insiders)
{
	require((unsigned)action < STORE_ACTION_COUNT);
	const struct right *r = &rights[action];

	if ((relation & r->who) != 0 && (r->side == 0 || (relation & r->side) != 0))
		return 0;
	return (relation & insiders) != 0 ? ERR_DENIED : ERR_NOT_FOUND;
}

bool
store_access_is_public(const Provision__StoredCompany *company)
{
	return company->is_listed && company->activated_ms != 0;
}

/* The caller's membership of a company: AGENT, OWNER or nothing. */
static int
find_member(struct store_call *c, const struct store_who *who, const struct id *company,
    Provision__StoredMember **member_r, unsigned *relation)
{
	struct store_rowkey key = rowkey_ids(company, &who->account);
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_MEMBER, rowkey_view(&key), member_r);

	if (err == 0)
		*relation |= (*member_r)->role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER ?
		    STORE_RELATION_OWNER : STORE_RELATION_AGENT;
	return err == ERR_NOT_FOUND ? 0 : err;
}

/*
 * The record of a company, or, read and thrown away, the stand-in's account: the time must not tell of a company that is
 * not shown (B3, B5). ERR_NOT_FOUND.
 */
static int
read_company(struct store_call *c, bool is_known, struct store_company_access *a)
{
	Provision__StoredAccount *stand_in;
	int err;

	if (is_known)
		return store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&a->company), &a->record);
	a->company = store_service_stand_in(c->store->service);
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&a->company), &stand_in);
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
store_access_company(struct store_call *c, const struct store_who *who, struct view slug, enum store_action action,
    struct store_company_access *access_r)
{
	struct hash hash = store_vault_lookup(c->store->vault, "slug", slug);
	struct store_company_access a = { .record = NULL };
	struct store_rowkey pair;
	bool is_known = store_records_get_id(c->tx, STORE_TABLE_SLUG, crypt_hash_view(&hash), &a.company) == 0;
	int err = read_company(c, is_known, &a);

	if (err == 0)
		err = find_member(c, who, &a.company, &a.member, &a.relation);
	if (err != 0)
		return err;
	pair = rowkey_ids(&who->account, &a.company);
	if (store_index_has(c->tx, STORE_TABLE_PAIR, rowkey_view(&pair)))
		a.relation |= STORE_RELATION_CUSTOMER;
	if (!is_known)
		return ERR_NOT_FOUND;
	if (store_access_is_public(a.record))
		a.relation |= STORE_RELATION_ANYONE;
	*access_r = a;
	return decide(action, a.relation, MEMBER);
}

int
store_access_subscription(struct store_call *c, const struct store_who *who, const struct id *subscription,
    enum store_action action, struct store_subscription_access *access_r)
{
	struct store_subscription_access a = { .subscription = *subscription };
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SUBSCRIPTION, id_view(subscription), &a.record);

	if (err != 0)
		return err;
	a.company = wire_id(a.record->company);
	a.customer = wire_id(a.record->account);
	if (id_equal(&a.customer, &who->account))
		a.relation |= STORE_RELATION_CUSTOMER;
	if (a.record->state != PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_DECLINED)
		err = find_member(c, who, &a.company, &a.member, &a.relation);
	if (err != 0)
		return err;
	*access_r = a;
	return decide(action, a.relation, CUSTOMER | MEMBER);
}

/* A member who is the company's customer too is of both sides. */
static unsigned
sides(const struct store_package_access *a, const struct store_who *who)
{
	unsigned sending = a->record->is_from_company ? MEMBER : CUSTOMER;
	unsigned receiving = a->record->is_from_company ? CUSTOMER : MEMBER;
	struct id author = wire_id(a->record->author);
	unsigned relation = 0;

	if ((a->of.relation & sending) != 0)
		relation |= SENDER;
	if ((a->of.relation & receiving) != 0)
		relation |= RECIPIENT;
	if ((relation & SENDER) != 0 && id_equal(&author, &who->account))
		relation |= AUTHOR;
	return relation;
}

int
store_access_package(struct store_call *c, const struct store_who *who, const struct id *package,
    enum store_action action, struct store_package_access *access_r)
{
	struct store_package_access a = { .package = *package };
	struct id subscription;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PACKAGE, id_view(package), &a.record);

	if (err != 0)
		return err;
	subscription = wire_id(a.record->subscription);
	err = store_access_subscription(c, who, &subscription, STORE_ACTION_SUBSCRIPTION_SEE, &a.of);
	if (err != 0)
		return err;
	a.of.relation |= sides(&a, who);
	if (a.record->state == PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING && (a.of.relation & AUTHOR) == 0)
		return ERR_NOT_FOUND;
	*access_r = a;
	return decide(action, a.of.relation, SENDER | RECIPIENT);
}
