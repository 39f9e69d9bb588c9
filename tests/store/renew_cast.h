/* SPDX-License-Identifier: MIT */
/*
 * Renewals of a company as its owner's client would bring them, for the tests about members, epochs and the recovery code.
 */
#ifndef TESTS_STORE_RENEW_CAST_H
#define TESTS_STORE_RENEW_CAST_H

#include <string.h>

#include "crypt/sign.h"
#include "store/parcel_cast.h"
#include "trust/action.h"
#include "trust/epoch.h"

#define OWNER PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER
#define AGENT PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT
#define SEALED VIEW_LIT("sealed to a member")

static inline ProtobufCBinaryData
keep(struct desk *d, struct view v)
{
	return wire_bytes(arena_dup(d->arena, v));
}

static inline ProtobufCBinaryData
sign(struct desk *d, const struct person *p, const char *name, const struct id *subject, ProtobufCBinaryData *nonce_r)
{
	struct signature sig;
	uint8_t nonce[32];

	assert_int_equal(desk_nonce(d, p, name, subject, nonce), 0);
	struct trust_action action = { view_str(name), p->account, *subject, view_of(nonce, 32), view_of(NULL, 0) };
	assert_int_equal(trust_action_sign(&action, p->keys.sign, &sig), 0);
	*nonce_r = keep(d, view_of(nonce, 32));
	return keep(d, view_of(sig.bytes, sizeof(sig.bytes)));
}

/* The key of an epoch that has ended, for the next one. */
static inline void
hand_on(struct desk *d, Provision__CompanyRenew *m, uint32_t number)
{
	Provision__OlderEpoch *o = arena_alloc(d->arena, sizeof(*o));

	provision__older_epoch__init(o);
	o->number = number;
	o->sealed = wire_bytes(SEALED);
	m->older[m->n_older++] = o;
}

/* The next epoch, which f then has, naming the recovery key f has; who remains and who goes is added, and which older epochs. */
static inline Provision__CompanyRenew *
renewal_with(struct desk *d, struct firm *f, const struct person *by, bool new_root, const struct hash *recovery)
{
	Provision__CompanyRenew *m = arena_alloc(d->arena, sizeof(*m));
	struct trust_root root = f->public.root;
	struct trust_epoch epoch;

	provision__company_renew__init(m);
	m->caller = desk_caller(d, by);
	m->slug = wire_str(f->slug);
	if (new_root) {
		f->public.former[f->public.former_count++] = root;
		secret_free(&f->root_private);
		buf_clear(&f->root);
		assert_int_equal(trust_root_make(&f->id, desk_now(d), &f->root_private, &f->root), 0);
		assert_int_equal(trust_root_parse(buf_view(&f->root), &root), 0);
		f->public.root = root;
		m->root = keep(d, buf_view(&f->root));
	}
	trust_keys_deinit(&f->epoch_keys);
	buf_clear(&f->epoch);
	assert_int_equal(trust_epoch_make(&root, f->root_private, trust_company_current(&f->public), recovery, desk_now(d), &f->epoch_keys,
	    &f->epoch), 0);
	assert_int_equal(trust_epoch_parse(buf_view(&f->epoch), &root, &epoch), 0);
	f->public.epochs[f->public.epoch_count++] = epoch;
	m->epoch = keep(d, buf_view(&f->epoch));
	m->members = arena_alloc(d->arena, 8 * sizeof(*m->members));
	m->removed = arena_alloc(d->arena, 8 * sizeof(*m->removed));
	m->older = arena_alloc(d->arena, 8 * sizeof(*m->older));
	hand_on(d, m, epoch.number - 1);
	m->signature = sign(d, by, "company-renew", &f->id, &m->nonce);
	return m;
}

static inline Provision__CompanyRenew *
renewal(struct desk *d, struct firm *f, const struct person *by, bool new_root)
{
	return renewal_with(d, f, by, new_root, NULL);
}

static inline void
remains(struct desk *d, Provision__CompanyRenew *m, const struct firm *f, struct person *p, Provision__MemberRole role)
{
	Provision__RenewedMember *r = arena_alloc(d->arena, sizeof(*r));

	provision__renewed_member__init(r);
	desk_certify(d, f, p, role == OWNER ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT);
	r->account = keep(d, id_view(&p->account));
	r->role = role;
	r->certificate = keep(d, buf_view(&p->certificate));
	r->sealed_epoch = wire_bytes(SEALED);
	if (role == OWNER)
		r->sealed_root = wire_bytes(SEALED);
	m->members[m->n_members++] = r;
}

static inline void
goes(struct desk *d, Provision__CompanyRenew *m, const struct person *p)
{
	m->removed[m->n_removed++] = keep(d, id_view(&p->account));
}

static inline const Provision__MembershipRow *
membership(struct desk *d, const struct person *p)
{
	Provision__MembershipList m = PROVISION__MEMBERSHIP_LIST__INIT;
	Provision__MembershipListReply *reply;

	m.limit = 100;
	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_MEMBERSHIP_LIST, &m.base, &reply), 0);
	return reply->n_items == 0 ? NULL : reply->items[0];
}

static inline int
ask(struct cast *c, const Provision__CompanyRenew *m)
{
	return desk_web(c->d, IPC_COMPANY_RENEW, &m->base, NULL);
}

static inline int
leave(struct cast *c, const struct person *p)
{
	Provision__MemberLeave m = PROVISION__MEMBER_LEAVE__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str(c->firm.slug);
	m.signature = sign(c->d, p, "member-leave", &c->firm.id, &m.nonce);
	return desk_web(c->d, IPC_MEMBER_LEAVE, &m.base, NULL);
}

#endif
