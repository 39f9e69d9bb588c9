/* SPDX-License-Identifier: MIT */
/*
 * Server, registration, session and account requests (A1, A2, A6, A8, B5).
 */
#include <ctype.h>
#include <string.h>

#include "record/stored.pb-c.h"
#include "store/desk.h"
#include "store/retention.h"
#include "store/records.h"

static void
expect_login_needed(struct desk *d, enum ipc_type type, struct ProtobufCMessage *m, Provision__Caller **caller,
    struct person *p)
{
	*caller = desk_caller(d, NULL);
	assert_int_equal(desk_web(d, type, m, NULL), ERR_LOGIN);
	*caller = desk_caller(d, p);
	(*caller)->session = wire_bytes(arena_dup(d->arena, view_of(p->auth_key, 32)));
	assert_int_equal(desk_web(d, type, m, NULL), ERR_LOGIN);
	*caller = desk_caller(d, p);
}

static Provision__RegistrationVerify *
verify_of(struct desk *d, const Provision__RegistrationCreateReply *r, const char *code)
{
	Provision__RegistrationVerify *m = arena_alloc(d->arena, sizeof(*m));

	provision__registration_verify__init(m);
	m->caller = desk_caller(d, NULL);
	m->registration = r->registration;
	m->token = r->token;
	m->code = wire_str(code);
	return m;
}

static Provision__RegistrationCreateReply *
create(struct desk *d, const struct person *p)
{
	Provision__RegistrationCreateReply *reply;
	assert_int_equal(desk_web(d, IPC_REGISTRATION_CREATE, &desk_registration(d, p)->base, &reply), 0);
	return reply;
}

/* ---- */

static void
test_server_info(void **state)
{
	struct desk *d = *state;
	Provision__ServerInfo m = PROVISION__SERVER_INFO__INIT;
	Provision__ServerInfoReply *a, *b;

	m.caller = desk_caller(d, NULL);
	assert_int_equal(desk_web(d, IPC_SERVER_INFO, &m.base, &a), 0);
	assert_int_equal(a->now_ms, desk_now(d));
	assert_int_equal(a->memory_kib, 131072);
	assert_int_equal(desk_web(d, IPC_SERVER_INFO, &m.base, &b), 0);
	assert_true(view_equal(wire_view(a->sign_key), wire_view(b->sign_key)));
}

static Provision__LoginParametersReply *
parameters(struct desk *d, const char *email)
{
	Provision__LoginParameters m = PROVISION__LOGIN_PARAMETERS__INIT;
	Provision__LoginParametersReply *reply;

	m.caller = desk_caller(d, NULL);
	m.email = wire_str(email);
	assert_int_equal(desk_web(d, IPC_LOGIN_PARAMETERS, &m.base, &reply), 0);
	return reply;
}

static void
test_login_parameters(void **state)
{
	struct desk *d = *state;
	Provision__LoginParameters m = PROVISION__LOGIN_PARAMETERS__INIT;
	Provision__LoginParametersReply *before = parameters(d, "anna@example.org"), *after;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	after = parameters(d, "Anna@Example.ORG");
	assert_true(view_equal(wire_view(before->salt), wire_view(after->salt)));
	assert_int_equal(before->memory_kib, after->memory_kib);
	assert_false(view_equal(wire_view(before->salt), wire_view(parameters(d, "anna@example.com")->salt)));
	m.caller = desk_caller(d, NULL);
	m.email = wire_str("no address");
	assert_int_equal(desk_web(d, IPC_LOGIN_PARAMETERS, &m.base, NULL), ERR_SYNTAX);
	desk_person_deinit(&anna);
}

static void
test_registration_is_verified_by_the_mailed_code(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *r;
	const Provision__MailJob *mail;
	Provision__SessionOpenReply *opened;
	struct person anna;
	char typed[16];

	desk_person_init(&anna, "Anna@example.org", "Anna", "Schmidt");
	r = create(d, &anna);
	mail = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY);
	assert_true(view_equal_str(wire_view(mail->to), "Anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->name), "Anna Schmidt"));
	assert_true(view_equal_str(wire_view(mail->link), "https://localhost/v"));
	assert_int_equal(mail->code.len, 9);
	assert_int_equal(mail->code.data[4], '-');
	/* as a person might type it */
	(void)snprintf(typed, sizeof(typed), " %.4s - %.4s ", (char *)mail->code.data, (char *)mail->code.data + 5);
	typed[1] = (char)tolower((unsigned char)typed[1]);
	assert_int_equal(desk_login(d, &anna), ERR_LOGIN);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, typed)->base, &opened), 0);
	assert_int_equal(opened->pins_version, 1);
	assert_int_equal(opened->end_ms, desk_now(d) + 7 * RIG_DAY_MS);
	assert_int_equal(opened->idle_end_ms, desk_now(d) + RIG_DAY_MS / 2);
	assert_int_equal(desk_login(d, &anna), 0);
	/* used up */
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, typed)->base, NULL), ERR_LOGIN);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION_OF), 0);
	desk_person_deinit(&anna);
}

static void
test_verification_refuses(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *r, other;
	Provision__RegistrationVerify *m;
	struct person anna;
	const char *code;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	r = create(d, &anna);
	code = arena_str(d->arena, wire_view(desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY)->code));
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, "aaaaaaaa")->base, NULL), ERR_LOGIN);
	other = *r;
	other.token = wire_bytes(view_of(anna.auth_key, 32));
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, &other, code)->base, NULL), ERR_LOGIN);
	other = *r;
	other.registration = wire_bytes(view_of(anna.auth_key, 16));
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, &other, code)->base, NULL), ERR_LOGIN);
	/* tries are bounded */
	m = verify_of(d, r, "aaaaaaab");
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &m->base, NULL), ERR_LOGIN);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, code)->base, NULL), ERR_BUSY);
	desk_person_deinit(&anna);
}

static void
test_registration_ends_after_a_day(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *r;
	struct person anna;
	const char *code;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	r = create(d, &anna);
	code = arena_str(d->arena, wire_view(desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY)->code));
	rig_pass(d->rig, store_retention_ms(NULL, STORE_RETENTION_REGISTRATION));
	(void)store_clock_guard_tick(d->rig->store->clock);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, code)->base, NULL), ERR_LOGIN);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 1);
	desk_pass(d, 120000);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 0);
	/* and may be asked for again with the very same request */
	(void)create(d, &anna);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 1);
	desk_person_deinit(&anna);
}

/* The same request again: the same answer, no second mail. */
static void
test_registration_is_idempotent(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *a, *b;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	a = create(d, &anna);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY);
	b = create(d, &anna);
	assert_true(view_equal(wire_view(a->registration), wire_view(b->registration)));
	assert_true(view_equal(wire_view(a->token), wire_view(b->token)));
	assert_null(desk_mails(d));
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 1);
	desk_person_deinit(&anna);
}

/* Several of one address live beside each other; the first that is verified wins, the others end. */
static void
test_first_verified_wins(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *r[2];
	const char *code[2];
	struct person p[2];

	for (size_t i = 0; i < 2; i++) {
		desk_person_init(&p[i], "anna@example.org", "Anna", "Schmidt");
		r[i] = create(d, &p[i]);
		code[i] = arena_str(d->arena, wire_view(desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY)->code));
	}
	/* the other's code is of no use */
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r[1], code[0])->base, NULL), ERR_LOGIN);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r[1], code[1])->base, NULL), 0);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r[0], code[0])->base, NULL), ERR_LOGIN);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 0);
	assert_int_equal(desk_login(d, &p[0]), ERR_LOGIN);
	assert_int_equal(desk_login(d, &p[1]), 0);
	desk_person_deinit(&p[0]);
	desk_person_deinit(&p[1]);
}

/* B5: an address with an account gets the same answer; its owner gets a mail that says so; nothing can be verified. */
static void
test_address_with_an_account(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *r;
	const Provision__MailJob *mail;
	struct person anna, mallory;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&mallory, "ANNA@example.org", "Buy", "https://evil.example");
	desk_person_join(d, &anna);
	r = create(d, &mallory);
	assert_int_equal(r->registration.len, 16);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 1);
	mail = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_EXISTS);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	assert_true(view_equal_str(wire_view(mail->name), "Anna Schmidt"));
	assert_int_equal(mail->code.len, 0);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, "aaaaaaaa")->base, NULL), ERR_LOGIN);
	assert_int_equal(desk_login(d, &anna), 0);
	assert_int_equal(desk_login(d, &mallory), ERR_LOGIN);
	desk_person_deinit(&anna);
	desk_person_deinit(&mallory);
}

struct glimpse {
	struct desk *d;
	ProtobufCBinaryData registration;
	char code[9];
};

/* The code as it stands in the record, and the address set free. */
static int
glimpse_apply(void *arg, struct store_txn *tx)
{
	struct glimpse *g = arg;
	Provision__StoredRegistration *r;
	int err = store_records_get(g->d->rig->store, tx, g->d->arena, STORE_TABLE_REGISTRATION, wire_view(g->registration), &r);

	if (err != 0)
		return err;
	memcpy(g->code, r->code.data, 8);
	store_records_delete(tx, STORE_TABLE_ADDRESS, wire_view(r->address_hash));
	return 0;
}

/* Not even with the code that nobody was mailed, and not when the address becomes free before it ends. */
static void
test_address_with_an_account_never_verifies(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *r;
	struct person anna, mallory;
	struct glimpse g = { .d = d };

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&mallory, "anna@example.org", "Mallory", "Stranger");
	desk_person_join(d, &anna);
	r = create(d, &mallory);
	g.registration = r->registration;
	assert_int_equal(RIG_RUN(d->rig, glimpse_apply, &g), 0);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, g.code)->base, NULL), ERR_LOGIN);
	desk_person_deinit(&anna);
	desk_person_deinit(&mallory);
}

/* Under an unknown address another's account is read: no key opens it, nor the one before it. */
static void
test_unknown_address_opens_nothing(void **state)
{
	struct desk *d = *state;
	struct person people[3], nobody;
	char address[32];

	for (unsigned i = 0; i < 3; i++) {
		desk_person_init(&people[i], i == 0 ? "a@example.org" : i == 1 ? "b@example.org" : "c@example.org", "Anna", "Schmidt");
		desk_person_join(d, &people[i]);
	}
	for (unsigned i = 0; i < 60; i++) {
		nobody = people[i % 3];
		snprintf(address, sizeof(address), "nobody-%u@example.org", i);
		nobody.email = address;
		d->address[3] = (uint8_t)i;
		assert_int_equal(desk_login(d, &nobody), ERR_LOGIN);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(desk_login(d, &people[i]), 0);
		desk_person_deinit(&people[i]);
	}
}

/* A stranger cannot send text to a mailbox by way of a name, nor many mails. */
static void
test_registration_is_no_way_to_spam(void **state)
{
	struct desk *d = *state;
	struct person p[8];
	unsigned mails = 0;

	for (size_t i = 0; i < 8; i++) {
		Provision__MailLeaseReply *lease;
		desk_person_init(&p[i], "victim@example.org", "Visit", "https://evil.example");
		(void)create(d, &p[i]);
		lease = desk_mails(d);
		if (lease != NULL) {
			assert_int_equal(lease->jobs[0]->name.len, 0);
			desk_mails_sent(d, lease);
			mails++;
		}
	}
	assert_int_equal(mails, 5);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 8);
	for (size_t i = 0; i < 8; i++)
		desk_person_deinit(&p[i]);
}

static void
test_registration_refuses(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreate *m;
	struct person anna, berta;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&berta, "berta@example.org", "Berta", "Schmidt");
	m = desk_registration(d, &anna);
	m->email = wire_str("anna example.org");
	assert_int_equal(desk_web(d, IPC_REGISTRATION_CREATE, &m->base, NULL), ERR_SYNTAX);
	m = desk_registration(d, &anna);
	m->locale = wire_str("xx");
	assert_int_equal(desk_web(d, IPC_REGISTRATION_CREATE, &m->base, NULL), ERR_SYNTAX);
	m = desk_registration(d, &anna);
	m->time_zone = wire_str("../../etc/passwd ");
	assert_int_equal(desk_web(d, IPC_REGISTRATION_CREATE, &m->base, NULL), ERR_SYNTAX);
	m = desk_registration(d, &anna);
	m->memory_kib = 8;
	assert_int_equal(desk_web(d, IPC_REGISTRATION_CREATE, &m->base, NULL), ERR_UNSUPPORTED);
	m = desk_registration(d, &anna);
	m->account = wire_of_id(&berta.account);
	assert_int_equal(desk_web(d, IPC_REGISTRATION_CREATE, &m->base, NULL), ERR_TRUST);
	m = desk_registration(d, &anna);
	anna.statement.data[40] ^= 1;
	m->statement = wire_bytes(buf_view(&anna.statement));
	assert_int_not_equal(desk_web(d, IPC_REGISTRATION_CREATE, &m->base, NULL), 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_REGISTRATION), 0);
	assert_null(desk_mails(d));
	desk_person_deinit(&anna);
	desk_person_deinit(&berta);
}

/* The id of an account that is there cannot be taken over. */
static void
test_account_id_is_taken_once(void **state)
{
	struct desk *d = *state;
	Provision__RegistrationCreateReply *r;
	struct person anna, twin;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	desk_person_init(&twin, "twin@example.org", "Twin", "Schmidt");
	trust_keys_deinit(&twin.keys);
	buf_clear(&twin.statement);
	twin.account = anna.account;
	assert_int_equal(trust_account_make(&twin.account, 1, 1, &twin.keys, &twin.statement), 0);
	r = create(d, &twin);
	const char *code = arena_str(d->arena, wire_view(desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_VERIFY)->code));
	assert_int_equal(desk_web(d, IPC_REGISTRATION_VERIFY, &verify_of(d, r, code)->base, NULL), ERR_CONFLICT);
	assert_int_equal(desk_login(d, &anna), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&twin);
}

/* ---- sessions ---- */

static int
account_get(struct desk *d, const struct person *p, Provision__AccountGetReply **reply)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	m.caller = desk_caller(d, p);
	return desk_web(d, IPC_ACCOUNT_GET, &m.base, reply);
}

static void
test_wrong_password_and_unknown_address(void **state)
{
	struct desk *d = *state;
	struct person anna, nobody;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&nobody, "nobody@example.org", "No", "Body");
	desk_person_join(d, &anna);
	assert_int_equal(desk_login(d, &nobody), ERR_LOGIN);
	anna.auth_key[0] ^= 1;
	assert_int_equal(desk_login(d, &anna), ERR_LOGIN);
	anna.auth_key[0] ^= 1;
	assert_int_equal(desk_login(d, &anna), 0);
	/* both are slowed alike after ten */
	for (struct person *p = &nobody; p != NULL; p = p == &nobody ? &anna : NULL) {
		unsigned tries = 0;
		d->address[3]++;
		p->auth_key[1] ^= 1;
		while (desk_login(d, p) == ERR_LOGIN)
			tries++;
		assert_int_equal(tries, 10);
		p->auth_key[1] ^= 1;
	}
	/* the owner, elsewhere, is not */
	d->address[3]++;
	assert_int_equal(desk_login(d, &anna), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&nobody);
}

static void
test_session_ends(void **state)
{
	struct desk *d = *state;
	Provision__SessionClose close = PROVISION__SESSION_CLOSE__INIT;
	Provision__AccountGetReply *reply;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	/* logout */
	close.caller = desk_caller(d, &anna);
	assert_int_equal(desk_web(d, IPC_SESSION_CLOSE, &close.base, NULL), 0);
	assert_int_equal(account_get(d, &anna, &reply), ERR_LOGIN);
	assert_int_equal(desk_web(d, IPC_SESSION_CLOSE, &close.base, NULL), ERR_LOGIN);
	/* 12 hours idle */
	assert_int_equal(desk_login(d, &anna), 0);
	desk_pass(d, RIG_DAY_MS / 2 - 1000);
	assert_int_equal(account_get(d, &anna, &reply), 0);
	desk_pass(d, RIG_DAY_MS / 2 - 1000);
	assert_int_equal(account_get(d, &anna, &reply), 0);
	desk_pass(d, RIG_DAY_MS / 2 + 1000);
	assert_int_equal(account_get(d, &anna, &reply), ERR_LOGIN);
	desk_pass(d, 120000);
	assert_int_equal(desk_rows(d, STORE_TABLE_SESSION), 0);
	desk_person_deinit(&anna);
}

static void
test_session_ends_after_seven_days(void **state)
{
	struct desk *d = *state;
	Provision__AccountGetReply *reply;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	for (unsigned hours = 0; hours < 7 * 24; hours += 6) {
		assert_int_equal(account_get(d, &anna, &reply), 0);
		desk_pass(d, RIG_DAY_MS / 4);
	}
	assert_int_equal(account_get(d, &anna, &reply), ERR_LOGIN);
	assert_int_equal(desk_rows(d, STORE_TABLE_SESSION), 0);
	desk_person_deinit(&anna);
}

/* A use is written back only when the stored one is old: a read stays a read. */
static void
test_reads_stay_reads(void **state)
{
	struct desk *d = *state;
	Provision__AccountGetReply *reply;
	uint64_t commits, before, after;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	store_committer_counters(d->rig->store->committer, &commits, &before);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(account_get(d, &anna, &reply), 0);
	store_committer_counters(d->rig->store->committer, &commits, &after);
	assert_int_equal(after, before);
	desk_pass(d, 600000);
	store_committer_counters(d->rig->store->committer, &commits, &before);
	assert_int_equal(account_get(d, &anna, &reply), 0);
	desk_work(d);
	store_committer_counters(d->rig->store->committer, &commits, &after);
	assert_in_range(after, before + 1, before + 4);
	desk_person_deinit(&anna);
}

/* ---- the account's own data ---- */

static void
test_account(void **state)
{
	struct desk *d = *state;
	Provision__AccountGet get = PROVISION__ACCOUNT_GET__INIT;
	Provision__AccountGetReply *account;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	expect_login_needed(d, IPC_ACCOUNT_GET, &get.base, &get.caller, &anna);
	assert_int_equal(desk_web(d, IPC_ACCOUNT_GET, &get.base, &account), 0);
	assert_true(view_equal_str(wire_view(account->email), "anna@example.org"));
	assert_true(view_equal_str(wire_view(account->last_name), "Schmidt"));
	assert_true(view_equal(wire_view(account->account), id_view(&anna.account)));

	desk_person_deinit(&anna);
}

static void
test_nonce(void **state)
{
	struct desk *d = *state;
	Provision__NonceCreate m = PROVISION__NONCE_CREATE__INIT;
	struct person anna;
	uint8_t nonce[32];

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	m.action = wire_str("subscription-end");
	expect_login_needed(d, IPC_NONCE_CREATE, &m.base, &m.caller, &anna);
	assert_int_equal(desk_nonce(d, &anna, "subscription-end", &anna.account, nonce), 0);
	assert_int_equal(desk_nonce(d, &anna, "Subscription End", &anna.account, nonce), ERR_SYNTAX);
	assert_int_equal(desk_rows(d, STORE_TABLE_NONCE), 1);
	desk_pass(d, store_retention_ms(NULL, STORE_RETENTION_NONCE) + 60000);
	assert_int_equal(desk_rows(d, STORE_TABLE_NONCE), 0);
	desk_person_deinit(&anna);
}

/* Everything is there again after a restart of the store. */
static void
test_survives_a_restart(void **state)
{
	struct desk *d = *state;
	Provision__AccountGetReply *reply;
	struct person anna;
	struct view salt;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	salt = wire_view(parameters(d, "anna@example.org")->salt);
	desk_restart(d);
	assert_true(view_equal(salt, wire_view(parameters(d, "anna@example.org")->salt)));
	assert_int_equal(account_get(d, &anna, &reply), 0);
	assert_int_equal(desk_login(d, &anna), 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_ACCOUNT), 2);   /* Anna and the stand-in */
	desk_person_deinit(&anna);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, desk_setup, desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_server_info),
		TEST(test_login_parameters),
		TEST(test_registration_is_verified_by_the_mailed_code),
		TEST(test_verification_refuses),
		TEST(test_registration_ends_after_a_day),
		TEST(test_registration_is_idempotent),
		TEST(test_first_verified_wins),
		TEST(test_address_with_an_account),
		TEST(test_address_with_an_account_never_verifies),
		TEST(test_unknown_address_opens_nothing),
		TEST(test_registration_is_no_way_to_spam),
		TEST(test_registration_refuses),
		TEST(test_account_id_is_taken_once),
		TEST(test_wrong_password_and_unknown_address),
		TEST(test_session_ends),
		TEST(test_session_ends_after_seven_days),
		TEST(test_reads_stay_reads),
		TEST(test_account),
		TEST(test_nonce),
		TEST(test_survives_a_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
