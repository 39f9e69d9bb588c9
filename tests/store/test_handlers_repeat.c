/* SPDX-License-Identifier: MIT */
/*
 * Idempotency keys: a write that comes again with its key is answered as the first time and does nothing; everything else
 * under that key is refused; nothing of it can be read without the key, or stays.
 */
#include <string.h>

#include "store/fixture.h"

#include "store/company_cast.h"
#include "store/repeat.h"
#include "trust/action.h"

static Provision__AddressCreate *
address(struct desk *d, const struct person *p, const char *email, const char *key)
{
	Provision__AddressCreate *m = arena_alloc(d->arena, sizeof(*m));

	provision__address_create__init(m);
	m->caller = desk_caller(d, p);
	m->caller->idempotency_key = wire_str(key);
	m->email = wire_str(email);
	return m;
}

static int
ask(struct desk *d, const Provision__AddressCreate *m, struct id *change_r)
{
	Provision__AddressCreateReply *reply;
	int err = desk_web(d, IPC_ADDRESS_CREATE, &m->base, &reply);

	if (err == 0)
		*change_r = wire_id(reply->change);
	return err;
}

static unsigned
mails(struct desk *d)
{
	const Provision__MailLeaseReply *lease = desk_mails(d);
	unsigned n = lease == NULL ? 0 : (unsigned)lease->n_jobs;

	if (lease != NULL)
		desk_mails_sent(d, lease);
	return n;
}

/* ---- */

static void
test_once_only(void **state)
{
	struct cast *c = *state;
	struct id first, again, other;

	(void)mails(c->d);
	/* the control: without a key it is done twice */
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", ""), &first), 0);
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", ""), &again), 0);
	assert_false(id_equal(&first, &again));
	assert_int_equal(mails(c->d), 2);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_REPEAT), 0);
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", "key-1"), &first), 0);
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", "key-1"), &again), 0);
	assert_true(id_equal(&first, &again));
	desk_restart(c->d);
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", "key-1"), &again), 0);
	assert_true(id_equal(&first, &again));
	assert_int_equal(mails(c->d), 1);
	/* another key, and the same of another account, are other requests */
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", "key-2"), &other), 0);
	assert_false(id_equal(&first, &other));
	assert_int_equal(ask(c->d, address(c->d, &c->agent, "neu@example.org", "key-1"), &other), 0);
	assert_false(id_equal(&first, &other));
	assert_int_equal(mails(c->d), 2);
}

static void
test_another_request_is_refused(void **state)
{
	struct cast *c = *state;
	Provision__SessionEnd end = PROVISION__SESSION_END__INIT;
	struct person second = c->customer;
	struct id change, session = { { 1 } };

	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", "key-1"), &change), 0);
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "anders@example.org", "key-1"), &change), ERR_CONFLICT);
	end.caller = address(c->d, &c->customer, "", "key-1")->caller;
	end.session = wire_of_id(&session);
	assert_int_equal(desk_web(c->d, IPC_SESSION_END, &end.base, NULL), ERR_CONFLICT);
	/* what was refused is not noted */
	end.caller->idempotency_key = wire_str("key-2");
	assert_int_equal(desk_web(c->d, IPC_SESSION_END, &end.base, NULL), ERR_NOT_FOUND);
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "anders@example.org", "key-2"), &change), 0);
	/* from another session and machine of the same account it is the same request */
	assert_int_equal(desk_login(c->d, &second), 0);
	c->d->address[3]++;
	assert_int_equal(ask(c->d, address(c->d, &second, "neu@example.org", "key-1"), &change), 0);
	/* nobody without a session */
	second.has_session = false;
	assert_int_equal(ask(c->d, address(c->d, &second, "neu@example.org", "key-1"), &change), ERR_LOGIN);
}

/* What is gone the second time: the answer is there all the same. */
static void
test_endings(void **state)
{
	struct cast *c = *state;
	Provision__SubscriptionEnd end = PROVISION__SUBSCRIPTION_END__INIT;
	struct id subscription = desk_subscription(c->d, &c->customer, &c->agent, &c->firm);
	struct view none = view_of(NULL, 0);
	struct signature sig;
	uint8_t nonce[32];

	assert_int_equal(desk_nonce(c->d, &c->customer, "subscription-end", &subscription, nonce), 0);
	struct trust_action action = { VIEW_LIT("subscription-end"), c->customer.account, subscription, view_of(nonce, 32), none };
	assert_int_equal(trust_action_sign(&action, c->customer.keys.sign, &sig), 0);
	end.caller = address(c->d, &c->customer, "", "ending")->caller;
	end.subscription = wire_of_id(&subscription);
	end.nonce = wire_bytes(view_of(nonce, 32));
	end.signature = wire_bytes(view_of(sig.bytes, sizeof(sig.bytes)));
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &end.base, NULL), 0);
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &end.base, NULL), 0);
	end.caller->idempotency_key.len = 0;
	assert_int_equal(desk_web(c->d, IPC_SUBSCRIPTION_END, &end.base, NULL), ERR_NOT_FOUND);
}

static void
test_notes_end(void **state)
{
	struct cast *c = *state;
	struct id first, again;

	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", "key-1"), &first), 0);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_REPEAT), 1);
	desk_pass(c->d, RIG_DAY_MS - 1000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_REPEAT), 1);
	desk_pass(c->d, 2 * 60000);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_REPEAT), 0);
	assert_int_equal(desk_login(c->d, &c->customer), 0);
	assert_int_equal(ask(c->d, address(c->d, &c->customer, "neu@example.org", "key-1"), &again), 0);
	assert_false(id_equal(&first, &again));
}

static void
test_keys_are_bounded(void **state)
{
	struct cast *c = *state;
	Provision__NonceCreate m = PROVISION__NONCE_CREATE__INIT;
	Provision__NonceCreateReply *reply;
	char key[32];
	int err = 0;

	m.action = wire_str("nothing");
	for (unsigned i = 0; i <= STORE_REPEATS_MAX && err == 0; i++) {
		snprintf(key, sizeof(key), "key-%u", i);
		/* the limiter begins anew */
		if (i % 400 == 399)
			desk_restart(c->d);
		m.caller = address(c->d, &c->customer, "", key)->caller;
		err = desk_web(c->d, IPC_NONCE_CREATE, &m.base, &reply);
		assert_int_equal(err, i < STORE_REPEATS_MAX ? 0 : ERR_BUSY);
	}
	/* those that are noted are answered, and other people are not in the way */
	m.caller = address(c->d, &c->customer, "", "key-0")->caller;
	assert_int_equal(desk_web(c->d, IPC_NONCE_CREATE, &m.base, &reply), 0);
	m.caller = address(c->d, &c->agent, "", "key-0")->caller;
	assert_int_equal(desk_web(c->d, IPC_NONCE_CREATE, &m.base, &reply), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_open, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once_only),
		TEST(test_another_request_is_refused),
		TEST(test_endings),
		TEST(test_notes_end),
		TEST(test_keys_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
