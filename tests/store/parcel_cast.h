/* SPDX-License-Identifier: MIT */
/*
 * The people of the tests about packages: a company with an owner and an agent, two customers of it, and nobody.
 */
#ifndef TESTS_STORE_PARCEL_CAST_H
#define TESTS_STORE_PARCEL_CAST_H

#include "package/withdrawal.h"
#include "store/desk_parcel.h"
#include "store/pool.h"

/* Anna is the company's customer, Berta another one's of the same company; Axel is a member, Mallory nobody. */
struct cast {
	struct desk *d;
	struct person owner, agent, anna, berta, mallory;
	struct firm firm;
	struct id subscription, other_subscription;
};

static inline int
setup(void **state)
{
	struct cast *c = mem_alloc(sizeof(*c));

	c->d = desk_new();
	desk_person_init(&c->owner, "olga@kanzlei.example", "Olga", "Owner");
	desk_person_init(&c->agent, "axel@kanzlei.example", "Axel", "Agent");
	desk_person_init(&c->anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&c->berta, "berta@example.org", "Berta", "Braun");
	desk_person_init(&c->mallory, "mallory@example.org", "Mallory", "Stranger");
	desk_person_join(c->d, &c->owner);
	desk_person_join(c->d, &c->agent);
	desk_person_join(c->d, &c->anna);
	desk_person_join(c->d, &c->berta);
	desk_person_join(c->d, &c->mallory);
	desk_firm_open(c->d, &c->firm, "kanzlei", "Kanzlei Müller", &c->owner);
	desk_member_add(c->d, &c->firm, &c->owner, &c->agent, PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT);
	c->subscription = desk_subscription(c->d, &c->anna, &c->agent, &c->firm);
	c->other_subscription = desk_subscription(c->d, &c->berta, &c->agent, &c->firm);
	*state = c;
	return 0;
}

static inline int
teardown(void **state)
{
	struct cast *c = *state;

	desk_firm_deinit(&c->firm);
	desk_person_deinit(&c->owner);
	desk_person_deinit(&c->agent);
	desk_person_deinit(&c->anna);
	desk_person_deinit(&c->berta);
	desk_person_deinit(&c->mallory);
	desk_free(&c->d);
	mem_free(&c);
	return 0;
}

static inline void
to_company(struct cast *c, struct desk_parcel *p)
{
	desk_parcel_init(p, &c->anna, &c->agent, &c->firm, &c->subscription, false);
}

static inline void
to_customer(struct cast *c, struct desk_parcel *p)
{
	desk_parcel_init(p, &c->agent, &c->anna, &c->firm, &c->subscription, true);
}

static inline Provision__PackageRow *
row_of(struct cast *c, const struct person *who, const struct desk_parcel *p)
{
	Provision__PackageGetReply *reply;
	assert_int_equal(desk_parcel_get(c->d, who, &p->package, &reply), 0);
	return reply->row;
}

/* Files below packages/, as the spool has them. */
static inline unsigned
spool_files(struct cast *c)
{
	store_pool_drain(c->d->rig->store->pool);
	return desk_rows(c->d, STORE_TABLE_SPOOL);
}

/* Signed by signer: in the customer's own name, or for the company. */
static inline Provision__PackageWithdraw *
withdrawal(struct cast *c, const struct person *who, const struct person *signer, const struct desk_parcel *p)
{
	struct package_withdrawal w = { p->package, p->subscription, { { PACKAGE_PARTY_CUSTOMER, signer->account, { { 0 } },
		signer->public.sign }, desk_now(c->d), buf_view(&signer->certificate) } };
	Provision__PackageWithdraw *m = arena_alloc(c->d->arena, sizeof(*m));
	struct buf out;

	if (signer->certificate.len > 0) {
		w.signer.who.kind = PACKAGE_PARTY_COMPANY;
		w.signer.who.company = c->firm.id;
	}
	buf_init(&out, PACKAGE_RECEIPT_MAX);
	assert_int_equal(package_withdrawal_make(&w, signer->keys.sign, &out), 0);
	provision__package_withdraw__init(m);
	m->caller = desk_caller(c->d, who);
	m->package = wire_of_id(&p->package);
	m->withdrawal = wire_bytes(arena_dup(c->d->arena, buf_view(&out)));
	buf_deinit(&out);
	return m;
}

static inline int
withdraw(struct cast *c, const struct person *who, const struct desk_parcel *p)
{
	return desk_web(c->d, IPC_PACKAGE_WITHDRAW, &withdrawal(c, who, who, p)->base, NULL);
}

#endif
