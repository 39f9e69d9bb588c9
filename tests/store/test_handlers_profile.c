/* SPDX-License-Identifier: MIT */
/*
 * Changing the own profile and the e-mail address (A5, B5).
 */
#include <string.h>

#include "store/desk.h"
#include "store/retention.h"

static Provision__AccountGetReply *
account(struct desk *d, const struct person *p)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	Provision__AccountGetReply *reply;

	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_ACCOUNT_GET, &m.base, &reply), 0);
	return reply;
}

static void
test_profile(void **state)
{
	struct desk *d = *state;
	Provision__ProfilePut m = PROVISION__PROFILE_PUT__INIT;
	struct person anna;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, &anna);
	m.caller = desk_caller(d, &anna);
	m.first_name = wire_str("Anna");
	m.last_name = wire_str("Schulz");
	m.company_name = wire_str("Schulz KG");
	m.locale = wire_str("fr");
	m.time_zone = wire_str("Europe/Vienna");
	assert_int_equal(desk_web(d, IPC_PROFILE_PUT, &m.base, NULL), ERR_SYNTAX);
	m.locale = wire_str("en");
	assert_int_equal(desk_web(d, IPC_PROFILE_PUT, &m.base, NULL), 0);
	assert_true(view_equal_str(wire_view(account(d, &anna)->last_name), "Schulz"));
	assert_true(view_equal_str(wire_view(account(d, &anna)->time_zone), "Europe/Vienna"));
	m.caller = desk_caller(d, NULL);
	assert_int_equal(desk_web(d, IPC_PROFILE_PUT, &m.base, NULL), ERR_LOGIN);
	desk_person_deinit(&anna);
}

static ProtobufCBinaryData
create(struct desk *d, const struct person *p, const char *email)
{
	Provision__AddressCreate m = PROVISION__ADDRESS_CREATE__INIT;
	Provision__AddressCreateReply *reply;

	m.caller = desk_caller(d, p);
	m.email = wire_str(email);
	assert_int_equal(desk_web(d, IPC_ADDRESS_CREATE, &m.base, &reply), 0);
	return reply->change;
}

static Provision__AddressFinish *
finish_of(struct desk *d, const struct person *p, ProtobufCBinaryData change, ProtobufCBinaryData code, const char *email,
    const uint8_t key[32])
{
	Provision__AddressFinish *m = arena_alloc(d->arena, sizeof(*m));
	struct view changes[] = { view_str(email), arena_dup(d->arena, view_of(key, 32)), VIEW_LIT("keys wrapped anew") };

	provision__address_finish__init(m);
	m->caller = desk_caller(d, p);
	m->proof = desk_proof(d, p, "address-change", changes, 3);
	m->change = change;
	m->code = code;
	m->email = wire_bytes(changes[0]);
	m->auth_key = wire_bytes(changes[1]);
	m->wrapped_keys = wire_bytes(changes[2]);
	m->memory_kib = 131072;
	m->passes = 3;
	return m;
}

static int
finish(struct desk *d, const struct person *p, ProtobufCBinaryData change, ProtobufCBinaryData code, const char *email,
    const uint8_t key[32])
{
	return desk_web(d, IPC_ADDRESS_FINISH, &finish_of(d, p, change, code, email, key)->base, NULL);
}

static void
test_address(void **state)
{
	struct desk *d = *state;
	uint8_t key[32] = "of the new address";
	struct person anna, otto, second;
	const Provision__MailJob *mail;
	Provision__AddressFinish *m;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, &anna);
	desk_person_join(d, &otto);
	second = anna;
	assert_int_equal(desk_login(d, &second), 0);
	ProtobufCBinaryData change = create(d, &anna, "Anna@Neu.example");
	mail = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_NEW_ADDRESS);
	assert_true(view_equal_str(wire_view(mail->to), "Anna@Neu.example"));
	/* not without the code, the password, the signature, nor by somebody else */
	assert_int_equal(finish(d, &anna, change, wire_str("AAAA-AAAA"), "Anna@Neu.example", key), ERR_NOT_FOUND);
	assert_int_equal(finish(d, &anna, change, mail->code, "anna@anders.example", key), ERR_NOT_FOUND);
	assert_int_equal(finish(d, &otto, change, mail->code, "Anna@Neu.example", key), ERR_NOT_FOUND);
	m = finish_of(d, &anna, change, mail->code, "Anna@Neu.example", key);
	m->proof->auth_key = wire_bytes(view_of(otto.auth_key, 32));
	assert_int_equal(desk_web(d, IPC_ADDRESS_FINISH, &m->base, NULL), ERR_DENIED);
	m = finish_of(d, &anna, change, mail->code, "Anna@Neu.example", key);
	m->auth_key = wire_bytes(view_of(otto.auth_key, 32));
	assert_int_equal(desk_web(d, IPC_ADDRESS_FINISH, &m->base, NULL), ERR_TRUST);
	assert_int_equal(finish(d, &anna, change, mail->code, "Anna@Neu.example", key), 0);
	assert_true(view_equal_str(wire_view(account(d, &anna)->email), "Anna@Neu.example"));
	mail = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_ADDRESS_CHANGED);
	assert_true(view_equal_str(wire_view(mail->to), "anna@example.org"));
	/* the old address is free, and opens nothing; other sessions are over */
	assert_int_equal(desk_login(d, &second), ERR_LOGIN);
	second.email = "anna@neu.example";
	memcpy(second.auth_key, key, sizeof(key));
	Provision__SessionOpen open = PROVISION__SESSION_OPEN__INIT;
	open.caller = desk_caller(d, NULL);
	open.email = wire_str("anna@neu.example");
	open.auth_key = wire_bytes(view_of(key, 32));
	assert_int_equal(desk_web(d, IPC_SESSION_OPEN, &open.base, NULL), 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_ADDRESS), 3);     /* and the last, the stand-in's */
	assert_int_equal(desk_rows(d, STORE_TABLE_ADDRESS_CHANGE), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

static void
test_address_of_somebody_looks_free(void **state)
{
	struct desk *d = *state;
	uint8_t key[32] = "of the new address";
	struct person anna, otto;

	desk_person_init(&anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(&otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, &anna);
	desk_person_join(d, &otto);
	ProtobufCBinaryData change = create(d, &anna, "otto@example.org");
	assert_int_equal(desk_rows(d, STORE_TABLE_MAIL), 1);
	Provision__MailLeaseReply *mails = desk_mails(d);
	assert_true(mails == NULL || mails->n_jobs == 0);
	assert_int_equal(finish(d, &anna, change, wire_str("AAAA-AAAA"), "otto@example.org", key), ERR_NOT_FOUND);
	desk_pass(d, store_retention_ms(NULL, STORE_RETENTION_REGISTRATION) + 120000);
	assert_int_equal(desk_rows(d, STORE_TABLE_ADDRESS_CHANGE), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_profile, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_address, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_address_of_somebody_looks_free, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
