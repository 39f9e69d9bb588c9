/* SPDX-License-Identifier: MIT */
/*
 * Members go, roles change, epochs follow each other (B2); personal invitations and hidden companies (B3).
 */
#include <string.h>

#include "crypt/random.h"
#include "store/retention.h"
#include "store/renew_cast.h"

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
	remains(c->d, m, &c->firm, &c->owner, OWNER);
	goes(c->d, m, &c->agent);
	assert_int_equal(ask(c, m), 0);
	assert_int_equal(ask(c, m), 0);   /* the answer was lost */
	assert_null(membership(c->d, &c->agent));
	assert_int_equal(desk_inbox(c->d, &c->agent, "kanzlei", false, &inbox), ERR_NOT_FOUND);
	assert_int_equal(desk_part_open(c->d, &c->agent, &waiting.package, 2), ERR_NOT_FOUND);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_MEMBER_REMOVED);
	assert_int_equal(membership(c->d, &c->owner)->company->n_epochs, 2);
	assert_int_equal(membership(c->d, &c->owner)->n_older, 1);
	assert_int_equal(membership(c->d, &c->owner)->older[0]->number, 1);
	/* it goes on with every renewal */
	m = renewal(c->d, &c->firm, &c->owner, false);
	remains(c->d, m, &c->firm, &c->owner, OWNER);
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	hand_on(c->d, m, 1);
	assert_int_equal(ask(c, m), 0);
	assert_int_equal(membership(c->d, &c->owner)->n_older, 2);
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
	assert_false(is_kept(c, 2));
	assert_true(is_kept(c, 3));
	assert_int_equal(membership(c->d, &c->owner)->n_older, 0);
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
	remains(c->d, m, &c->firm, &c->owner, OWNER);
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	goes(c->d, m, &c->agent);
	remains(c->d, m, &c->firm, &c->agent, AGENT);
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	/* a stranger's certificate makes no member */
	m->n_members = 1;
	m->n_removed = 1;
	remains(c->d, m, &c->firm, &c->mallory, AGENT);
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	/* an owner remains, and it is who makes the keys */
	m->n_members = 0;
	remains(c->d, m, &c->firm, &c->owner, AGENT);
	assert_int_equal(ask(c, m), ERR_STATE);
	m->n_members = 0;
	remains(c->d, m, &c->firm, &c->owner, OWNER);
	/* the key of the epoch that ends must not be lost */
	m->n_older = 0;
	assert_int_equal(ask(c, m), ERR_CONFLICT);
	m->n_older = 1;
	/* an owner without the root */
	m->members[0]->sealed_root.len = 0;
	assert_int_equal(ask(c, m), ERR_SYNTAX);
	m->members[0]->sealed_root = wire_bytes(SEALED);
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
	remains(c->d, m, &c->firm, &c->owner, OWNER);
	remains(c->d, m, &c->firm, &c->agent, OWNER);
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
	remains(c->d, m, &c->firm, &c->owner, OWNER);
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
	/* and all conversations say so, beside that each was accepted */
	unsigned before = desk_rows(c->d, STORE_TABLE_ENTRY);
	desk_work(c->d);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_ENTRY), 2 * before);
}

static int
past(struct cast *c, const struct person *p, uint32_t before, Provision__EpochListReply **reply)
{
	Provision__EpochList m = PROVISION__EPOCH_LIST__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str("kanzlei");
	m.before = before;
	return desk_web(c->d, IPC_EPOCH_LIST, &m.base, reply);
}

/* More epochs than are listed: the oldest go, and with them their root. */
static void
test_many_epochs(void **state)
{
	struct cast *c = *state;
	Provision__EpochListReply *list;

	for (unsigned i = 0; i < TRUST_EPOCHS_MAX + 3; i++) {
		if (c->firm.public.epoch_count == TRUST_EPOCHS_MAX)
			memmove(&c->firm.public.epochs[0], &c->firm.public.epochs[1],
			    --c->firm.public.epoch_count * sizeof(struct trust_epoch));
		Provision__CompanyRenew *m = renewal(c->d, &c->firm, &c->owner, i == 0);
		remains(c->d, m, &c->firm, &c->owner, OWNER);
		remains(c->d, m, &c->firm, &c->agent, AGENT);
		assert_int_equal(ask(c, m), 0);
		desk_work(c->d);
	}
	const Provision__MembershipRow *row = membership(c->d, &c->agent);
	assert_int_equal(row->company->n_epochs, TRUST_EPOCHS_MAX);
	assert_int_equal(row->company->n_former_roots, 0);
	assert_int_equal(row->n_older, 0);
	/* those are shown to who asks for them */
	assert_int_equal(past(c, &c->anna, 5, &list), 0);
	assert_int_equal(list->n_epochs, 4);
	assert_int_equal(list->n_roots, 2);
	assert_true(view_equal(wire_view(list->roots[1]), buf_view(&c->firm.root)));
	assert_int_equal(past(c, &c->anna, 3, &list), 0);
	assert_int_equal(list->n_epochs, 2);
	assert_int_equal(past(c, &c->anna, 1, &list), 0);
	assert_int_equal(list->n_epochs, 0);
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
	desk_pass(c->d, store_retention_ms(NULL, STORE_RETENTION_CUSTOMER_INVITATION));
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
	m.notices = PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_LINK;
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
