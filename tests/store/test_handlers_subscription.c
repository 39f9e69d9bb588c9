/* SPDX-License-Identifier: MIT */
/*
 * Subscriptions: asked for, accepted or declined, ended by a signed request (B1, B4, B5).
 */
#include <string.h>

#include "crypt/random.h"
#include "store/company_cast.h"
#include "store/retention.h"
#include "trust/action.h"

static int
customers(struct cast *c, const struct person *p, Provision__SubscriptionListReply **reply)
{
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str("kanzlei");
	m.limit = 100;
	return desk_web(c->d, IPC_SUBSCRIPTION_LIST, &m.base, reply);
}

static Provision__SubscriptionListReply *
subscriptions(struct cast *c, const struct person *p)
{
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	Provision__SubscriptionListReply *reply;

	m.caller = desk_caller(c->d, p);
	m.limit = 100;
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_LIST, &m.base, &reply), 0);
	return reply;
}

static bool
contains(struct view where, const char *what)
{
	struct view w = view_str(what);

	for (size_t i = 0; i + w.len <= where.len; i++)
		if (memcmp(where.data + i, w.data, w.len) == 0)
			return true;
	return false;
}

static void
test_subscription_is_accepted(void **state)
{
	struct cast *c = *state;
	Provision__SubscriptionListReply *list;
	const Provision__MailJob *mail;
	struct id id, again;

	assert_int_equal(customers(c, &c->agent, &list), 0);
	assert_int_equal(list->n_items, 0);
	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &id), 0);
	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &again), 0);
	assert_true(id_equal(&id, &again));
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ASKED);
	assert_true(view_equal_str(wire_view(mail->to), "office@kanzlei.example"));
	assert_true(view_equal_str(wire_view(mail->peer), "Anna Schmidt"));
	/* B1: name, company name, number; no address, no keys yet */
	assert_int_equal(customers(c, &c->agent, &list), 0);
	assert_int_equal(list->n_items, 1);
	assert_true(view_equal_str(wire_view(list->items[0]->last_name), "Schmidt"));
	assert_int_equal(list->items[0]->number.len, 8);
	assert_int_equal(list->items[0]->statement.len, 0);
	assert_null(list->items[0]->company);
	assert_int_equal(subscriptions(c, &c->customer)->items[0]->state,
	    PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_PENDING);
	assert_true(view_equal_str(wire_view(subscriptions(c, &c->customer)->items[0]->company->slug), "kanzlei"));

	assert_int_equal(desk_decide(c->d, &c->stranger, &c->firm, desk_number(c->d, &c->customer), true), ERR_NOT_FOUND);
	assert_int_equal(desk_decide(c->d, &c->customer, &c->firm, desk_number(c->d, &c->customer), true), ERR_NOT_FOUND);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, "00000000", true), ERR_NOT_FOUND);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, desk_number(c->d, &c->customer), true), 0);
	assert_int_equal(desk_decide(c->d, &c->owner, &c->firm, desk_number(c->d, &c->customer), true), 0);
	assert_int_equal(desk_decide(c->d, &c->owner, &c->firm, desk_number(c->d, &c->customer), false), ERR_STATE);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_DECIDED);
	assert_true(mail->is_accepted);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->peer), "Kanzlei Müller"));
	assert_int_equal(customers(c, &c->agent, &list), 0);
	assert_true(view_equal(wire_view(list->items[0]->statement), buf_view(&c->customer.statement)));
	assert_int_equal(customers(c, &c->stranger, &list), ERR_NOT_FOUND);
	assert_int_equal(customers(c, &c->customer, &list), ERR_NOT_FOUND);
	assert_int_equal(subscriptions(c, &c->stranger)->n_items, 0);
}

/* No answer to a member holds the customer's address. */
static void
test_no_address_for_the_company(void **state)
{
	struct cast *c = *state;
	Provision__SubscriptionListReply *list;
	struct buf packed;
	struct id id;

	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &id), 0);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, desk_number(c->d, &c->customer), true), 0);
	assert_int_equal(customers(c, &c->agent, &list), 0);
	buf_init(&packed, 1 << 20);
	assert_int_equal(ipc_message_pack(ipc_message_find(IPC_SUBSCRIPTION_LIST_REPLY), &list->base, &packed), 0);
	assert_true(contains(buf_view(&packed), "Schmidt"));
	assert_false(contains(buf_view(&packed), "example.org"));
	buf_deinit(&packed);
}

/* Whether the key of its data is there. */
static bool
has_key(struct cast *c, const struct id *subscription)
{
	struct store_key_name name = { STORE_KEY_SUBSCRIPTION, *subscription, 0 };
	struct store_txn *tx = store_txn_view(c->d->rig->store->index);
	struct store_slot slot;
	int err = store_keys_find(c->d->rig->store->keys, tx, &name, &slot);

	store_txn_abort(&tx);
	return err == 0;
}

static void
test_subscription_is_declined(void **state)
{
	struct cast *c = *state;
	Provision__SubscriptionListReply *list;
	const Provision__MailJob *mail;
	const char *number;
	struct id id, again;

	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &id), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ASKED);
	number = desk_number(c->d, &c->customer);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, number, false), 0);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, number, false), 0);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, number, true), ERR_STATE);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_DECIDED);
	assert_false(mail->is_accepted);
	/* the company no longer sees who it was; the customer sees the answer */
	assert_int_equal(customers(c, &c->agent, &list), 0);
	assert_int_equal(list->n_items, 0);
	assert_int_equal(subscriptions(c, &c->customer)->items[0]->state,
	    PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_DECLINED);
	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &again), 0);
	assert_true(id_equal(&id, &again));
	assert_null(desk_mails(c->d));
	/* not a day earlier */
	desk_pass(c->d, store_retention_ms(NULL, STORE_RETENTION_DECLINED) - RIG_DAY_MS);
	assert_int_equal(desk_login(c->d, &c->customer), 0);
	assert_int_equal(subscriptions(c, &c->customer)->n_items, 1);
	assert_true(has_key(c, &id));
	/* after 30 days it is gone, key and all, and may be asked for anew */
	desk_pass(c->d, RIG_DAY_MS + 60000);
	assert_int_equal(desk_login(c->d, &c->customer), 0);
	assert_int_equal(subscriptions(c, &c->customer)->n_items, 0);
	assert_false(has_key(c, &id));
	assert_int_equal(desk_rows(c->d, STORE_TABLE_SUBSCRIPTION), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_NUMBER), 0);
	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &again), 0);
	assert_false(id_equal(&id, &again));
	assert_int_equal(desk_login(c->d, &c->agent), 0);
	(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ASKED);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, desk_number(c->d, &c->customer), true), 0);
}

static void
test_either_side_ends(void **state)
{
	struct cast *c = *state;
	Provision__SubscriptionListReply *list;
	const Provision__MailJob *mail;
	const char *number;
	struct id id = desk_subscription(c->d, &c->customer, &c->agent, &c->firm), again;

	assert_int_equal(desk_end(c->d, &c->stranger, &id), ERR_NOT_FOUND);
	number = desk_number(c->d, &c->customer);
	assert_int_equal(desk_end(c->d, &c->customer, &id), 0);
	assert_int_equal(subscriptions(c, &c->customer)->n_items, 0);
	assert_int_equal(customers(c, &c->agent, &list), 0);
	assert_int_equal(list->n_items, 0);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ENDED);
	assert_true(view_equal_str(wire_view(mail->to), "office@kanzlei.example"));
	assert_true(view_equal_str(wire_view(mail->peer), number));
	assert_int_equal(desk_end(c->d, &c->customer, &id), ERR_NOT_FOUND);
	desk_work(c->d);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_SUBSCRIPTION_OF), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_PAIR), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_NUMBER), 0);
	/* again, and the company ends it */
	again = desk_subscription(c->d, &c->customer, &c->agent, &c->firm);
	assert_false(id_equal(&id, &again));
	assert_int_equal(desk_end(c->d, &c->agent, &again), 0);
	mail = desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ENDED);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->peer), "Kanzlei Müller"));
	/* a request that nobody accepted ends silently, and its mail is not sent */
	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &again), 0);
	assert_int_equal(desk_end(c->d, &c->customer, &again), 0);
	Provision__MailLeaseReply *mails = desk_mails(c->d);
	assert_true(mails == NULL || mails->n_jobs == 0);
	assert_null(desk_mails(c->d));
}

/* Nonce, action, subject and signer must all be right, and a nonce serves once. */
static void
test_ending_is_signed(void **state)
{
	struct cast *c = *state;
	struct id id = desk_subscription(c->d, &c->customer, &c->agent, &c->firm), other = id_random();
	Provision__SubscriptionEnd m = PROVISION__SUBSCRIPTION_END__INIT;
	struct trust_action action = { VIEW_LIT("subscription-end"), c->customer.account, id, { NULL, 0 }, { NULL, 0 } };
	struct signature sig;
	uint8_t nonce[32];

	m.caller = desk_caller(c->d, &c->customer);
	m.subscription = wire_of_id(&id);
	m.nonce = wire_bytes(view_of(nonce, 32));
	m.signature = wire_bytes(view_of(sig.bytes, 64));
	action.nonce = view_of(nonce, 32);
	/* a nonce nobody made */
	crypt_random(nonce, 32);
	assert_int_equal(trust_action_sign(&action, c->customer.keys.sign, &sig), 0);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &m.base, NULL), ERR_TRUST);
	/* made for something else */
	assert_int_equal(desk_nonce(c->d, &c->customer, "subscription-end", &other, nonce), 0);
	assert_int_equal(trust_action_sign(&action, c->customer.keys.sign, &sig), 0);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &m.base, NULL), ERR_TRUST);
	assert_int_equal(desk_nonce(c->d, &c->customer, "account-delete", &id, nonce), 0);
	assert_int_equal(trust_action_sign(&action, c->customer.keys.sign, &sig), 0);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &m.base, NULL), ERR_TRUST);
	/* made for somebody else */
	assert_int_equal(desk_nonce(c->d, &c->agent, "subscription-end", &id, nonce), 0);
	assert_int_equal(trust_action_sign(&action, c->customer.keys.sign, &sig), 0);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &m.base, NULL), ERR_TRUST);
	/* signed by somebody else */
	assert_int_equal(desk_nonce(c->d, &c->customer, "subscription-end", &id, nonce), 0);
	assert_int_equal(trust_action_sign(&action, c->agent.keys.sign, &sig), 0);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &m.base, NULL), ERR_TRUST);
	/* too late */
	assert_int_equal(trust_action_sign(&action, c->customer.keys.sign, &sig), 0);
	rig_pass(c->d->rig, store_retention_ms(NULL, STORE_RETENTION_NONCE));
	(void)store_clock_guard_tick(c->d->rig->store->clock);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &m.base, NULL), ERR_TRUST);
	desk_pass(c->d, 60000);
	assert_int_equal(subscriptions(c, &c->customer)->n_items, 1);
	/* right, once */
	desk_work(c->d);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_NONCE), 0);
	assert_int_equal(desk_nonce(c->d, &c->customer, "subscription-end", &id, nonce), 0);
	assert_int_equal(trust_action_sign(&action, c->customer.keys.sign, &sig), 0);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &m.base, NULL), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_SUBSCRIPTION), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_NONCE), 0);
}

/* A list in pages, each subscription once. */
static void
test_lists_are_paged(void **state)
{
	struct cast *c = *state;
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	Provision__SubscriptionListReply *reply;
	struct person many[7];
	unsigned seen = 0, pages = 0;
	struct id id;

	for (size_t i = 0; i < 7; i++) {
		desk_person_init(&many[i], arena_printf(c->d->arena, "p%zu@example.org", i), "Person", "Many");
		desk_person_join(c->d, &many[i]);
		assert_int_equal(desk_subscribe(c->d, &many[i], &c->firm, &id), 0);
		(void)desk_mail(c->d, PROVISION__MAIL_KIND__MAIL_KIND_SUBSCRIPTION_ASKED);
	}
	m.caller = desk_caller(c->d, &c->agent);
	m.slug = wire_str("kanzlei");
	m.limit = 3;
	do {
		assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_LIST, &m.base, &reply), 0);
		seen += (unsigned)reply->n_items;
		pages++;
		m.cursor = reply->next;
	} while (m.cursor.len != 0);
	assert_int_equal(seen, 7);
	assert_int_equal(pages, 3);
	m.cursor = wire_str("x");
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_LIST, &m.base, NULL), ERR_SYNTAX);
	for (size_t i = 0; i < 7; i++)
		desk_person_deinit(&many[i]);
}

/* Whoever asks and ends again and again sends the company no more than 30 mails a day. */
static void
test_asking_is_limited(void **state)
{
	struct cast *c = *state;
	struct id id;

	for (unsigned i = 0; i < 30; i++) {
		assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &id), 0);
		assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &id), 0);
		assert_int_equal(desk_end(c->d, &c->customer, &id), 0);
	}
	assert_int_equal(desk_subscribe(c->d, &c->customer, &c->firm, &id), ERR_BUSY);
	assert_int_equal(desk_subscribe(c->d, &c->stranger, &c->firm, &id), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_open, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_subscription_is_accepted),
		TEST(test_no_address_for_the_company),
		TEST(test_subscription_is_declined),
		TEST(test_either_side_ends),
		TEST(test_ending_is_signed),
		TEST(test_lists_are_paged),
		TEST(test_asking_is_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
