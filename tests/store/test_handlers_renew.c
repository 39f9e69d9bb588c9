/* SPDX-License-Identifier: MIT */
/*
 * Members go, roles change, epochs follow each other (B2); personal invitations and hidden companies (B3).
 */
#include <string.h>

#include "crypt/random.h"
#include "crypt/sign.h"
#include "store/parcel_cast.h"
#include "store/policy.h"
#include "trust/action.h"
#include "trust/epoch.h"

#define OWNER PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER
#define AGENT PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT
#define SEALED VIEW_LIT("sealed to a member")

static ProtobufCBinaryData
keep(struct desk *d, struct view v)
{
	return wire_bytes(arena_dup(d->arena, v));
}

static ProtobufCBinaryData
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

/* The next epoch, which f then has; who remains and who goes is added. */
static Provision__CompanyRenew *
renewal(struct desk *d, struct firm *f, const struct person *by, bool new_root)
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
	assert_int_equal(trust_epoch_make(&root, f->root_private, trust_company_current(&f->public), desk_now(d), &f->epoch_keys,
	    &f->epoch), 0);
	assert_int_equal(trust_epoch_parse(buf_view(&f->epoch), &root, &epoch), 0);
	f->public.epochs[f->public.epoch_count++] = epoch;
	m->epoch = keep(d, buf_view(&f->epoch));
	m->members = arena_alloc(d->arena, 8 * sizeof(*m->members));
	m->removed = arena_alloc(d->arena, 8 * sizeof(*m->removed));
	m->signature = sign(d, by, "company-renew", &f->id, &m->nonce);
	return m;
}

/* kept: epochs before the new one whose keys are kept. */
static void
remains(struct desk *d, Provision__CompanyRenew *m, const struct firm *f, struct person *p, Provision__MemberRole role,
    size_t kept)
{
	Provision__RenewedMember *r = arena_alloc(d->arena, sizeof(*r));

	provision__renewed_member__init(r);
	desk_certify(d, f, p, role == OWNER ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT);
	r->account = keep(d, id_view(&p->account));
	r->role = role;
	r->certificate = keep(d, buf_view(&p->certificate));
	r->sealed_epochs = arena_alloc(d->arena, (kept + 1) * sizeof(*r->sealed_epochs));
	for (size_t i = 0; i <= kept; i++)
		r->sealed_epochs[i] = wire_bytes(SEALED);
	r->n_sealed_epochs = kept + 1;
	if (role == OWNER)
		r->sealed_root = wire_bytes(SEALED);
	m->members[m->n_members++] = r;
}

static void
goes(struct desk *d, Provision__CompanyRenew *m, const struct person *p)
{
	m->removed[m->n_removed++] = keep(d, id_view(&p->account));
}

static const Provision__MembershipRow *
membership(struct desk *d, const struct person *p)
{
	Provision__MembershipList m = PROVISION__MEMBERSHIP_LIST__INIT;
	Provision__MembershipListReply *reply;

	m.limit = 100;
	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_MEMBERSHIP_LIST, &m.base, &reply), 0);
	return reply->n_items == 0 ? NULL : reply->items[0];
}

static int
ask(struct cast *c, const Provision__CompanyRenew *m)
{
	return desk_web(c->d, IPC_COMPANY_RENEW, &m->base, NULL);
}

static int
leave(struct cast *c, const struct person *p)
{
	Provision__MemberLeave m = PROVISION__MEMBER_LEAVE__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str(c->firm.slug);
	m.signature = sign(c->d, p, "member-leave", &c->firm.id, &m.nonce);
	return desk_web(c->d, IPC_MEMBER_LEAVE, &m.base, NULL);
}

/* The key of an epoch as sealed to members lives while it is current or something waits for it. */
static bool
is_kept(struct cast *c, uint32_t number)
{
	struct store_key_name name = { STORE_KEY_EPOCH, c->firm.id, number };
	struct store_txn *tx = store_txn_view(c->d->rig->store->index);
	struct store_slot slot;
	int err = store_keys_find(c->d->rig->store->keys, tx, &name, &slot);

	store_txn_abort(&tx);
	return err == 0;
}

static void
test_removal(void **state)
{
	struct cast *c = *state;
	struct desk_parcel waiting, late;
	Provision__InboxListReply *inbox;
	Provision__CompanyRenew *m;

	to_company(c, &waiting);
	waiting.to = &c->owner;
	desk_parcel_send(c->d, &waiting);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_PACKAGE);
	to_company(c, &late);
	assert_int_equal(desk_parcel_create(c->d, &late), 0);
	m = renewal(c->d, &c->firm, &c->owner, false);
	remains(c->d, m, &c->firm, &c->owner, OWNER, 1);
	goes(c->d, m, &c->agent);
	assert_int_equal(ask(c, m), 0);
	assert_int_equal(ask(c, m), 0);   /* the answer was lost */
	assert_null(membership(c->d, &c->agent));
	assert_int_equal(desk_inbox(c->d, &c->agent, "kanzlei", false, &inbox), ERR_NOT_FOUND);
	assert_int_equal(desk_part_open(c->d, &c->agent, &waiting.package, 2), ERR_NOT_FOUND);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MEMBER_REMOVED);
	assert_int_equal(membership(c->d, &c->owner)->company->n_epochs, 2);
	assert_int_equal(membership(c->d, &c->owner)->n_sealed_epochs, 2);
	/* what was still arriving for the old epoch cannot be completed: who went has its key */
	desk_parcel_part(c->d, &late, 1);
	desk_parcel_part(c->d, &late, 2);
	desk_parcel_part(c->d, &late, 3);
	assert_int_equal(desk_web(c->d, IPC_PACKAGE_FILES_PUT, &desk_parcel_page(c->d, &late)->base, NULL), 0);
	assert_int_equal(desk_parcel_complete(c->d, &late), ERR_TRUST);
	/* the old key is kept as long as the package waits */
	desk_work(c->d);
	assert_true(is_kept(c, 1));
	assert_int_equal(desk_end(c->d, &c->anna, &c->subscription), 0);
	desk_work(c->d);
	assert_false(is_kept(c, 1));
	assert_true(is_kept(c, 2));
	assert_int_equal(membership(c->d, &c->owner)->n_sealed_epochs, 1);
	desk_parcel_deinit(&waiting);
	desk_parcel_deinit(&late);
}

static void
test_refusals(void **state)
{
	struct cast *c = *state;
	Provision__CompanyRenew *m;

	/* nobody may be forgotten, or named twice */
	m = renewal(c->d, &c->firm, &c->owner, false);
	remains(c->d, m, &c->firm, &c->owner, OWNER, 1);
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	goes(c->d, m, &c->agent);
	remains(c->d, m, &c->firm, &c->agent, AGENT, 1);
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	/* a stranger's certificate makes no member */
	m->n_members = 1;
	m->n_removed = 1;
	remains(c->d, m, &c->firm, &c->mallory, AGENT, 1);
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	/* an owner remains, and it is who makes the keys */
	m->n_members = 0;
	remains(c->d, m, &c->firm, &c->owner, AGENT, 1);
	assert_int_equal(ask(c, m), ERR_STATE);
	/* not one key an epoch */
	m->n_members = 0;
	remains(c->d, m, &c->firm, &c->owner, OWNER, 0);
	assert_int_equal(ask(c, m), ERR_SYNTAX);
	m->n_members = 0;
	remains(c->d, m, &c->firm, &c->owner, OWNER, 1);
	/* agents and strangers */
	m->caller = desk_caller(c->d, &c->agent);
	assert_int_equal(ask(c, m), ERR_DENIED);
	m->caller = desk_caller(c->d, &c->mallory);
	assert_int_equal(ask(c, m), ERR_NOT_FOUND);
	m->caller = desk_caller(c->d, &c->owner);
	/* without a signature of this very request */
	m->signature.data[5] ^= 1;
	assert_int_equal(ask(c, m), ERR_TRUST);
	m->signature.data[5] ^= 1;
	assert_int_equal(ask(c, m), 0);
}

static void
test_owner_goes(void **state)
{
	struct cast *c = *state;
	Provision__CompanyRenew *m;

	assert_int_equal(leave(c, &c->owner), ERR_STATE);
	m = renewal(c->d, &c->firm, &c->owner, false);
	remains(c->d, m, &c->firm, &c->owner, OWNER, 1);
	remains(c->d, m, &c->firm, &c->agent, OWNER, 1);
	assert_int_equal(ask(c, m), 0);
	assert_int_equal(membership(c->d, &c->agent)->role, OWNER);
	desk_work(c->d);
	assert_false(is_kept(c, 1));
	assert_int_equal(leave(c, &c->agent), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MEMBER_LEFT);
	assert_null(membership(c->d, &c->agent));
	assert_int_equal(membership(c->d, &c->owner)->renewal, PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_ROOT);
	/* who went knows the root: so another one */
	m = renewal(c->d, &c->firm, &c->owner, true);
	remains(c->d, m, &c->firm, &c->owner, OWNER, 1);
	ProtobufCBinaryData root = m->root;
	m->root.len = 0;
	assert_int_equal(ask(c, m), ERR_STATE);
	m->root = root;
	assert_int_equal(ask(c, m), 0);
	const Provision__MembershipRow *row = membership(c->d, &c->owner);
	assert_int_equal(row->renewal, PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_NONE);
	assert_int_equal(row->company->n_former_roots, 1);
	assert_int_equal(row->company->n_epochs, 3);
	assert_true(view_equal(wire_view(row->company->root), buf_view(&c->firm.root)));
}

/* More epochs than are listed: the oldest go, and with them their root. */
static void
test_many_epochs(void **state)
{
	struct cast *c = *state;

	for (unsigned i = 0; i < TRUST_EPOCHS_MAX + 3; i++) {
		if (c->firm.public.epoch_count == TRUST_EPOCHS_MAX)
			memmove(&c->firm.public.epochs[0], &c->firm.public.epochs[1],
			    --c->firm.public.epoch_count * sizeof(struct trust_epoch));
		Provision__CompanyRenew *m = renewal(c->d, &c->firm, &c->owner, i == 0);
		remains(c->d, m, &c->firm, &c->owner, OWNER, 1);
		remains(c->d, m, &c->firm, &c->agent, AGENT, 1);
		assert_int_equal(ask(c, m), 0);
		desk_work(c->d);
	}
	const Provision__MembershipRow *row = membership(c->d, &c->agent);
	assert_int_equal(row->company->n_epochs, TRUST_EPOCHS_MAX);
	assert_int_equal(row->company->n_former_roots, 0);
	assert_int_equal(row->n_sealed_epochs, 1);
}

/* ---- invitations ---- */

static Provision__CustomerInvite *
invite(struct cast *c, const struct person *by, const char *reference)
{
	Provision__CustomerInvite *m = arena_alloc(c->d->arena, sizeof(*m));
	struct id id = id_random();

	provision__customer_invite__init(m);
	m->caller = desk_caller(c->d, by);
	m->slug = wire_str("kanzlei");
	m->invitation = keep(c->d, id_view(&id));
	m->token = keep(c->d, view_of(by->auth_key, 32));
	m->reference = wire_str(reference);
	return m;
}

static int
redeem(struct cast *c, const struct person *by, const Provision__CustomerInvite *i, Provision__SubscriptionCreateReply **reply)
{
	Provision__CustomerInvitationRedeem m = PROVISION__CUSTOMER_INVITATION_REDEEM__INIT;

	m.caller = desk_caller(c->d, by);
	m.slug = i->slug;
	m.invitation = i->invitation;
	m.token = i->token;
	return desk_web(c->d, IPC_CUSTOMER_INVITATION_REDEEM, &m.base, reply);
}

static int
give_up(struct cast *c, const struct person *by, const Provision__CustomerInvite *i)
{
	Provision__CustomerInvitationRevoke m = PROVISION__CUSTOMER_INVITATION_REVOKE__INIT;

	m.caller = desk_caller(c->d, by);
	m.slug = i->slug;
	m.invitation = i->invitation;
	return desk_web(c->d, IPC_CUSTOMER_INVITATION_REVOKE, &m.base, NULL);
}

static Provision__CustomerInvitationListReply *
invitations(struct cast *c, const struct person *by)
{
	Provision__CustomerInvitationList m = PROVISION__CUSTOMER_INVITATION_LIST__INIT;
	Provision__CustomerInvitationListReply *reply;

	m.caller = desk_caller(c->d, by);
	m.slug = wire_str("kanzlei");
	m.limit = 100;
	assert_int_equal(desk_web(c->d, IPC_CUSTOMER_INVITATION_LIST, &m.base, &reply), 0);
	return reply;
}

static void
test_invitations(void **state)
{
	struct cast *c = *state;
	Provision__CustomerInvite *m = invite(c, &c->agent, "4711"), *other = invite(c, &c->owner, "");
	Provision__SubscriptionList list = PROVISION__SUBSCRIPTION_LIST__INIT;
	Provision__SubscriptionCreateReply *reply;
	Provision__SubscriptionListReply *rows;

	assert_int_equal(desk_web(c->d, IPC_CUSTOMER_INVITE, &m->base, NULL), 0);
	assert_int_equal(desk_web(c->d, IPC_CUSTOMER_INVITE, &m->base, NULL), 0);
	assert_int_equal(desk_web(c->d, IPC_CUSTOMER_INVITE, &other->base, NULL), 0);
	assert_int_equal(invitations(c, &c->owner)->n_items, 2);
	assert_int_equal(give_up(c, &c->mallory, other), ERR_NOT_FOUND);
	assert_int_equal(give_up(c, &c->agent, other), 0);
	assert_int_equal(redeem(c, &c->mallory, other, &reply), ERR_NOT_FOUND);
	/* the token is the right */
	ProtobufCBinaryData token = m->token;
	m->token = keep(c->d, view_of(c->mallory.auth_key, 32));
	assert_int_equal(desk_web(c->d, IPC_CUSTOMER_INVITE, &m->base, NULL), ERR_EXISTS);
	assert_int_equal(redeem(c, &c->mallory, m, &reply), ERR_NOT_FOUND);
	m->token = token;
	assert_int_equal(redeem(c, &c->mallory, m, &reply), 0);
	assert_int_equal(reply->state, PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE);
	struct id subscription = wire_id(reply->subscription);
	/* the same again after a lost answer; nobody else, and not with another token */
	assert_int_equal(redeem(c, &c->mallory, m, &reply), 0);
	assert_int_equal(reply->state, PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE);
	assert_true(view_equal(wire_view(reply->subscription), id_view(&subscription)));
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_REDEEMED);
	assert_int_equal(redeem(c, &c->anna, m, &reply), ERR_NOT_FOUND);
	m->token = keep(c->d, view_of(c->mallory.auth_key, 32));
	assert_int_equal(redeem(c, &c->mallory, m, &reply), ERR_NOT_FOUND);
	/* the reference is the company's alone */
	list.caller = desk_caller(c->d, &c->mallory);
	list.limit = 100;
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_LIST, &list.base, &rows), 0);
	assert_int_equal(rows->items[0]->reference.len, 0);
	list.caller = desk_caller(c->d, &c->agent);
	list.slug = wire_str("kanzlei");
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_LIST, &list.base, &rows), 0);
	unsigned found = 0;
	for (size_t i = 0; i < rows->n_items; i++)
		found += view_equal_str(wire_view(rows->items[i]->reference), "4711");
	assert_int_equal(found, 1);
	/* it ends with the subscription */
	m->token = token;
	assert_int_equal(desk_end(c->d, &c->mallory, &subscription), 0);
	assert_int_equal(redeem(c, &c->mallory, m, &reply), ERR_NOT_FOUND);
	/* one that nobody redeems ends by itself */
	m = invite(c, &c->agent, "4712");
	assert_int_equal(desk_web(c->d, IPC_CUSTOMER_INVITE, &m->base, NULL), 0);
	desk_pass(c->d, STORE_CUSTOMER_INVITATION_MS);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_CUSTOMER_INVITATION), 0);
}

static void
test_hidden(void **state)
{
	struct cast *c = *state;
	Provision__CompanySettings m = PROVISION__COMPANY_SETTINGS__INIT;
	Provision__CompanyGet get = PROVISION__COMPANY_GET__INIT;
	Provision__CustomerInvite *i = invite(c, &c->agent, "");
	Provision__CompanyGetReply *reply;

	assert_int_equal(desk_web(c->d, IPC_CUSTOMER_INVITE, &i->base, NULL), 0);
	m.slug = get.slug = wire_str("kanzlei");
	m.caller = desk_caller(c->d, &c->agent);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS, &m.base, NULL), ERR_DENIED);
	m.caller = desk_caller(c->d, &c->owner);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS, &m.base, NULL), 0);
	get.caller = desk_caller(c->d, &c->mallory);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_GET, &get.base, &reply), ERR_NOT_FOUND);
	get.invitation = i->invitation;
	assert_int_equal(desk_web(c->d, IPC_COMPANY_GET, &get.base, &reply), 0);
	get.caller = desk_caller(c->d, &c->anna);
	get.invitation.len = 0;
	assert_int_equal(desk_web(c->d, IPC_COMPANY_GET, &get.base, &reply), 0);
	m.is_listed = true;
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS, &m.base, NULL), 0);
	get.caller = desk_caller(c->d, &c->mallory);
	assert_int_equal(desk_web(c->d, IPC_COMPANY_GET, &get.base, &reply), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_removal),
		TEST(test_refusals),
		TEST(test_owner_goes),
		TEST(test_many_epochs),
		TEST(test_invitations),
		TEST(test_hidden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
