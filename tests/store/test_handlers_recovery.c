/* SPDX-License-Identifier: MIT */
/*
 * A forgotten password, with the recovery code and without (A4, B5). People's recovery keys are their passwords here.
 */
#include <string.h>

#include "store/desk.h"
#include "store/retention.h"

static Provision__SessionOpenReply *
login(struct desk *d, const char *email, const uint8_t key[32], int expected)
{
	Provision__SessionOpen m = PROVISION__SESSION_OPEN__INIT;
	Provision__SessionOpenReply *reply = NULL;

	m.caller = desk_caller(d, NULL);
	m.email = wire_str(email);
	m.auth_key = wire_bytes(view_of(key, 32));
	assert_int_equal(desk_web(d, IPC_SESSION_OPEN, &m.base, &reply), expected);
	return reply;
}

static int
session_works(struct desk *d, const struct person *p)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;

	m.caller = desk_caller(d, p);
	return desk_web(d, IPC_ACCOUNT_GET, &m.base, NULL);
}

static void
test_recovery_keeps_the_keys(void **state)
{
	struct desk *d = *state;
	Provision__RecoveryOpen open = PROVISION__RECOVERY_OPEN__INIT;
	Provision__RecoveryFinish finish = PROVISION__RECOVERY_FINISH__INIT;
	Provision__RecoveryCheck check = PROVISION__RECOVERY_CHECK__INIT;
	Provision__RecoveryOpenReply *keys;
	Provision__SessionOpenReply *opened;
	uint8_t password[32] = "another password", code[32] = "another code";
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	open.caller = finish.caller = desk_caller(d, NULL);
	open.email = finish.email = wire_str("nobody@example.org");
	open.recovery_auth_key = finish.recovery_auth_key = wire_bytes(view_of(anna.auth_key, 32));
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, NULL), ERR_LOGIN);
	open.email = finish.email = wire_str("ANNA@example.org");
	open.recovery_auth_key = wire_bytes(view_of(code, 32));
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, NULL), ERR_LOGIN);
	open.recovery_auth_key = finish.recovery_auth_key;
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, &keys), 0);
	assert_true(view_equal(wire_view(keys->statement), buf_view(&anna.statement)));
	finish.ticket = keys->ticket;
	finish.auth_key = wire_bytes(view_of(password, 32));
	finish.next_recovery_auth_key = wire_bytes(view_of(code, 32));
	finish.wrapped_keys = finish.next_recovery_wrapped_keys = wire_str("wrapped anew");
	finish.memory_kib = 131072;
	finish.passes = 2;
	assert_int_equal(desk_web(d, IPC_RECOVERY_FINISH, &finish.base, NULL), ERR_UNSUPPORTED);
	finish.passes = 3;
	/* the keys must have been fetched, and not long ago */
	finish.ticket = wire_bytes(arena_dup(d->arena, wire_view(keys->ticket)));
	finish.ticket.data[0] ^= 1;
	assert_int_equal(desk_web(d, IPC_RECOVERY_FINISH, &finish.base, NULL), ERR_TRUST);
	finish.ticket = keys->ticket;
	desk_pass(d, store_retention_ms(NULL, STORE_RETENTION_NONCE));
	assert_int_equal(desk_web(d, IPC_RECOVERY_FINISH, &finish.base, NULL), ERR_TRUST);
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, &keys), 0);
	finish.ticket = keys->ticket;
	assert_int_equal(desk_web(d, IPC_RECOVERY_FINISH, &finish.base, &opened), 0);
	assert_true(view_equal(wire_view(opened->statement), buf_view(&anna.statement)));
	assert_false(opened->recovery_checked);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_PASSWORD_CHANGED);
	assert_int_equal(session_works(d, &anna), ERR_LOGIN);
	(void)login(d, anna.email, anna.auth_key, ERR_LOGIN);
	/* a code is good once */
	assert_int_equal(desk_web(d, IPC_RECOVERY_FINISH, &finish.base, NULL), ERR_LOGIN);
	/* asked back */
	memcpy(anna.session, opened->session.data, 32);
	check.caller = desk_caller(d, &anna);
	check.recovery_auth_key = wire_bytes(view_of(anna.auth_key, 32));
	assert_int_equal(desk_web(d, IPC_RECOVERY_CHECK, &check.base, NULL), ERR_DENIED);
	assert_false(login(d, anna.email, password, 0)->recovery_checked);
	check.recovery_auth_key = wire_bytes(view_of(code, 32));
	assert_int_equal(desk_web(d, IPC_RECOVERY_CHECK, &check.base, NULL), 0);
	assert_true(login(d, anna.email, password, 0)->recovery_checked);
	desk_person_deinit(&anna);
}

/* ---- without the code ---- */

static Provision__ResetCreateReply *
create(struct desk *d, const char *email)
{
	Provision__ResetCreate m = PROVISION__RESET_CREATE__INIT;
	Provision__ResetCreateReply *reply;

	m.caller = desk_caller(d, NULL);
	m.email = wire_str(email);
	assert_int_equal(desk_web(d, IPC_RESET_CREATE, &m.base, &reply), 0);
	return reply;
}

static int
open_reset(struct desk *d, const Provision__ResetCreateReply *r, ProtobufCBinaryData code, Provision__ResetOpenReply **reply_r)
{
	Provision__ResetOpen m = PROVISION__RESET_OPEN__INIT;

	m.caller = desk_caller(d, NULL);
	m.reset = r->reset;
	m.token = r->token;
	m.code = code;
	return desk_web(d, IPC_RESET_OPEN, &m.base, reply_r);
}

/* The same account with new keys; not to be deinitialised before its statement is put into use. */
static void
renew(struct person *next, const struct person *p, uint32_t number)
{
	*next = *p;
	buf_init(&next->statement, TRUST_STATEMENT_MAX);
	next->keys = (struct trust_keys){ NULL, NULL };
	assert_int_equal(trust_account_make(&p->account, number, 1700000001000ULL, &next->keys, &next->statement), 0);
}

static void
drop(struct person *next)
{
	trust_keys_deinit(&next->keys);
	buf_deinit(&next->statement);
}

static int
finish(struct desk *d, const Provision__ResetCreateReply *r, ProtobufCBinaryData code, const struct person *next,
    const uint8_t key[32], Provision__SessionOpenReply **reply_r)
{
	Provision__ResetFinish m = PROVISION__RESET_FINISH__INIT;

	m.caller = desk_caller(d, NULL);
	m.reset = r->reset;
	m.token = r->token;
	m.code = code;
	m.auth_key = m.recovery_auth_key = wire_bytes(view_of(key, 32));
	m.statement = wire_bytes(buf_view(&next->statement));
	m.wrapped_keys = m.recovery_wrapped_keys = m.pins = m.pin_page = wire_str("of new keys");
	m.memory_kib = 131072;
	m.passes = 3;
	return desk_web(d, IPC_RESET_FINISH, &m.base, reply_r);
}

/* Two pages more than at the registration. */
static void
put_pages(struct desk *d, const struct person *p)
{
	Provision__PinsPut m = PROVISION__PINS_PUT__INIT;
	Provision__PinPage pages[2] = { PROVISION__PIN_PAGE__INIT, PROVISION__PIN_PAGE__INIT };

	m.caller = desk_caller(d, p);
	m.version = 2;
	m.pins = pages[0].page = pages[1].page = wire_str("of old keys");
	pages[0].at = 5;
	pages[1].at = 6;
	m.pages = (Provision__PinPage *[]){ &pages[0], &pages[1] };
	m.n_pages = 2;
	assert_int_equal(desk_web(d, IPC_PINS_PUT, &m.base, NULL), 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_PIN_PAGE), 3);
}

static void
test_reset_makes_new_keys(void **state)
{
	struct desk *d = *state;
	Provision__ResetCreateReply *r, *second;
	Provision__ResetOpenReply *opened;
	Provision__SessionOpenReply *session;
	ProtobufCBinaryData code, other;
	uint8_t key[32] = "another password";
	struct person anna, next;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	put_pages(d, &anna);
	r = create(d, "Anna@example.org");
	code = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD)->code;
	second = create(d, anna.email);
	other = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD)->code;
	assert_int_equal(open_reset(d, r, other, NULL), ERR_LOGIN);
	assert_int_equal(open_reset(d, r, code, &opened), 0);
	assert_int_equal(opened->number, 1);
	assert_int_equal(opened->pins_version, 2);
	renew(&next, &anna, 3);
	assert_int_equal(finish(d, r, code, &next, key, NULL), ERR_TRUST);
	drop(&next);
	renew(&next, &anna, 2);
	assert_int_equal(finish(d, r, other, &next, key, NULL), ERR_LOGIN);
	assert_int_equal(session_works(d, &anna), 0);
	assert_int_equal(finish(d, r, code, &next, key, &session), 0);
	assert_int_equal(session->pins_version, 3);
	/* nobody can open the old pages any more */
	assert_int_equal(desk_rows(d, STORE_TABLE_PIN_PAGE), 1);
	assert_true(view_equal_str(wire_view(session->pin_page), "of new keys"));
	assert_int_equal(session_works(d, &anna), ERR_LOGIN);
	(void)login(d, anna.email, anna.auth_key, ERR_LOGIN);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_NEW_KEYS);
	/* once, and a code that was mailed before the new keys is void */
	assert_int_equal(open_reset(d, r, code, NULL), ERR_LOGIN);
	assert_int_equal(open_reset(d, second, other, NULL), ERR_LOGIN);
	drop(&next);
	desk_person_deinit(&anna);
}

static void
test_reset_of_an_unknown_address_looks_the_same(void **state)
{
	struct desk *d = *state;
	Provision__ResetCreateReply *r = create(d, "nobody@example.org");

	assert_int_equal(desk_rows(d, STORE_TABLE_RESET), 1);
	assert_int_equal(desk_rows(d, STORE_TABLE_MAIL), 1);
	Provision__MailLeaseReply *mails = desk_mails(d);
	assert_true(mails == NULL || mails->n_jobs == 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_MAIL), 0);
	assert_int_equal(open_reset(d, r, wire_str("AAAA-AAAA"), NULL), ERR_LOGIN);
	struct id id = wire_id(r->reset);
	assert_int_equal(desk_key(d, STORE_KEY_REGISTRATION, &id), 0);
	desk_pass(d, store_retention_ms(NULL, STORE_RETENTION_RESET) + 120000);
	assert_int_equal(desk_rows(d, STORE_TABLE_RESET), 0);
	assert_int_not_equal(desk_key(d, STORE_KEY_REGISTRATION, &id), 0);
}

static void
test_reset_codes_end_and_cannot_be_guessed(void **state)
{
	struct desk *d = *state;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	Provision__ResetCreateReply *r = create(d, anna.email);
	ProtobufCBinaryData code = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD)->code;
	int err = ERR_LOGIN;
	for (unsigned i = 0; i < 12 && err == ERR_LOGIN; i++)
		err = open_reset(d, r, wire_str("AAAA-AAAA"), NULL);
	assert_int_equal(err, ERR_BUSY);
	r = create(d, anna.email);
	code = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD)->code;
	desk_pass(d, store_retention_ms(NULL, STORE_RETENTION_RESET));
	assert_int_equal(open_reset(d, r, code, NULL), ERR_LOGIN);
	desk_person_deinit(&anna);
}

static uint32_t
memberships(struct desk *d, const uint8_t session[32])
{
	Provision__MembershipList m = PROVISION__MEMBERSHIP_LIST__INIT;
	Provision__MembershipListReply *reply;

	m.limit = 100;
	m.caller = desk_caller(d, NULL);
	m.caller->session = wire_bytes(arena_dup(d->arena, view_of(session, 32)));
	assert_int_equal(desk_web(d, IPC_MEMBERSHIP_LIST, &m.base, &reply), 0);
	return (uint32_t)reply->n_items;
}

/* A membership ends with the keys, but for the only owner's. */
static void
test_reset_ends_memberships(void **state)
{
	struct desk *d = *state;
	uint8_t key[32] = "another password";
	struct person eva, jan, next;
	struct firm firm;

	desk_person_init(&eva, "eva@example.org", "Eva", "Chef");
	desk_person_init(&jan, "jan@example.org", "Jan", "Agent");
	desk_person_join(d, &eva);
	desk_person_join(d, &jan);
	desk_firm_open(d, &firm, "kanzlei", "Kanzlei", &eva);
	desk_member_add(d, &firm, &eva, &jan, PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT);
	struct person *lost[] = { &jan, &eva };
	for (size_t i = 0; i < 2; i++) {
		Provision__SessionOpenReply *session;
		Provision__ResetCreateReply *r = create(d, lost[i]->email);
		ProtobufCBinaryData code = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD)->code;
		renew(&next, lost[i], 2);
		assert_int_equal(finish(d, r, code, &next, key, &session), 0);
		/* the person is told, and the company of whom it has to renew its keys for */
		Provision__MailLeaseReply *mails = desk_mails(d);
		assert_int_equal(mails->n_jobs, lost[i] == &jan ? 2 : 1);
		desk_mails_sent(d, mails);
		assert_int_equal(memberships(d, session->session.data), i);
		drop(&next);
	}
	desk_firm_deinit(&firm);
	desk_person_deinit(&eva);
	desk_person_deinit(&jan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recovery_keeps_the_keys, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_reset_makes_new_keys, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_reset_of_an_unknown_address_looks_the_same, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_reset_codes_end_and_cannot_be_guessed, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_reset_ends_memberships, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
