/* SPDX-License-Identifier: MIT */
/*
 * App passwords (A7) and what they cannot do; the operator's lock (A13).
 */
#include <string.h>

#include "crypt/random.h"
#include "store/app_password.h"
#include "store/desk_second.h"

#define NONE ((ProtobufCBinaryData){ 0, NULL })

static Provision__AppPasswordListReply *
list(struct desk *d, const struct person *p)
{
	Provision__AppPasswordList m = PROVISION__APP_PASSWORD_LIST__INIT;
	Provision__AppPasswordListReply *reply;

	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_APP_PASSWORD_LIST, &m.base, &reply), 0);
	return reply;
}

static int
end(struct desk *d, const struct person *p, ProtobufCBinaryData id)
{
	Provision__AppPasswordEnd m = PROVISION__APP_PASSWORD_END__INIT;

	m.caller = desk_caller(d, p);
	m.app_password = id;
	return desk_web(d, IPC_APP_PASSWORD_END, &m.base, NULL);
}

static void
join(struct desk *d, struct person *anna, struct person *otto)
{
	desk_person_init(anna, "anna@example.org", "Anna", "Schmidt");
	desk_person_init(otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, anna);
	desk_person_join(d, otto);
}

static void
test_app_passwords(void **state)
{
	struct desk *d = *state;
	Provision__AppPasswordCreateReply *first, *second;
	struct person anna, otto;
	struct id account;

	join(d, &anna, &otto);
	first = desk_second_app_password(d, &anna, NONE);
	desk_pass(d, 1000);
	second = desk_second_app_password(d, &anna, NONE);
	assert_int_equal(first->password.len, STORE_APP_PASSWORD_CHARS);
	assert_int_equal(list(d, &anna)->n_items, 2);
	assert_true(view_equal(wire_view(list(d, &anna)->items[0]->app_password), wire_view(first->app_password)));
	assert_true(view_equal_str(wire_view(list(d, &anna)->items[0]->name), "Thunderbird"));
	assert_int_equal(list(d, &otto)->n_items, 0);
	assert_int_equal(desk_second_check(d, "Anna@Example.org", first->password, &account), 0);
	assert_true(id_equal(&account, &anna.account));
	/* somebody else's, nobody's, another */
	assert_int_equal(desk_second_check(d, otto.email, first->password, &account), ERR_LOGIN);
	assert_int_equal(desk_second_check(d, "nobody@example.org", first->password, &account), ERR_LOGIN);
	assert_int_equal(desk_second_check(d, anna.email, wire_str("aaaa-aaaa-aaaa-aaaa-aaaa"), &account), ERR_LOGIN);
	assert_int_equal(desk_second_check(d, "anna", first->password, &account), ERR_SYNTAX);
	/* ended, also after a restart; not by others */
	assert_int_equal(end(d, &otto, first->app_password), ERR_NOT_FOUND);
	assert_int_equal(end(d, &anna, first->app_password), 0);
	assert_int_equal(end(d, &anna, first->app_password), ERR_NOT_FOUND);
	desk_restart(d);
	assert_int_equal(desk_second_check(d, anna.email, first->password, &account), ERR_LOGIN);
	assert_int_equal(desk_second_check(d, anna.email, second->password, &account), 0);
	int err = ERR_LOGIN;
	for (unsigned i = 0; i < 40 && err == ERR_LOGIN; i++)
		err = desk_second_check(d, anna.email, first->password, &account);
	assert_int_equal(err, ERR_BUSY);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

/* What it is worth where sessions and keys are asked for: nothing. */
static void
test_app_passwords_open_nothing_else(void **state)
{
	struct desk *d = *state;
	Provision__AppPasswordCreateReply *made;
	struct person anna, otto, program;

	join(d, &anna, &otto);
	made = desk_second_app_password(d, &anna, NONE);
	program = anna;
	memset(program.session, 0, sizeof(program.session));
	memcpy(program.session, made->password.data, made->password.len);
	assert_int_equal(desk_second_session(d, &program), ERR_LOGIN);
	program = anna;
	memset(program.auth_key, 0, sizeof(program.auth_key));
	memcpy(program.auth_key, made->password.data, made->password.len);
	assert_int_equal(desk_second_login(d, &program, NONE), ERR_LOGIN);
	/* with a session beside it, it is no proof either */
	Provision__AppPasswordCreate m = PROVISION__APP_PASSWORD_CREATE__INIT;
	struct view name = VIEW_LIT("Thunderbird");
	m.caller = desk_caller(d, &program);
	m.proof = desk_proof(d, &program, "app-password", &name, 1);
	m.name = wire_bytes(name);
	assert_int_equal(desk_web(d, IPC_APP_PASSWORD_CREATE, &m.base, NULL), ERR_DENIED);
	m.proof = desk_proof(d, &anna, "app-password", &name, 1);
	m.name = wire_str("another name");
	assert_int_equal(desk_web(d, IPC_APP_PASSWORD_CREATE, &m.base, NULL), ERR_TRUST);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

static void
test_app_passwords_are_bounded_and_end_with_the_password(void **state)
{
	struct desk *d = *state;
	Provision__AppPasswordCreate m = PROVISION__APP_PASSWORD_CREATE__INIT;
	Provision__PasswordChange change = PROVISION__PASSWORD_CHANGE__INIT;
	Provision__AppPasswordCreateReply *made = NULL;
	struct view name = VIEW_LIT("Thunderbird"), changes[] = { VIEW_LIT("another key, thirty-two bytes ..."), VIEW_LIT("wrapped") };
	struct person anna, otto;
	struct id account;

	join(d, &anna, &otto);
	for (unsigned i = 0; i < STORE_APP_PASSWORDS_MAX; i++)
		made = desk_second_app_password(d, &anna, NONE);
	m.caller = change.caller = desk_caller(d, &anna);
	m.proof = desk_proof(d, &anna, "app-password", &name, 1);
	m.name = wire_bytes(name);
	assert_int_equal(desk_web(d, IPC_APP_PASSWORD_CREATE, &m.base, NULL), ERR_STATE);
	changes[0].len = 32;
	change.proof = desk_proof(d, &anna, "password-change", changes, 2);
	change.auth_key = wire_bytes(changes[0]);
	change.wrapped_keys = wire_bytes(changes[1]);
	change.memory_kib = 131072;
	change.passes = 3;
	assert_int_equal(desk_second_check(d, anna.email, made->password, &account), 0);
	assert_int_equal(desk_web(d, IPC_PASSWORD_CHANGE, &change.base, NULL), 0);
	assert_int_equal(desk_second_check(d, anna.email, made->password, &account), ERR_LOGIN);
	assert_int_equal(desk_rows(d, STORE_TABLE_APP_PASSWORD), 0);
	assert_int_equal(desk_rows(d, STORE_TABLE_APP_PASSWORD_OF), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

/* ---- the lock ---- */

static Provision__AccountShowReply *
lock(struct desk *d, const struct person *p, bool locks)
{
	Provision__AccountLock m = PROVISION__ACCOUNT_LOCK__INIT;
	Provision__AccountShowReply *reply;

	m.email = wire_str(p->email);
	m.locks = locks;
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_ACCOUNT_LOCK, &m.base, &reply), 0);
	return reply;
}

static int
recover(struct desk *d, const struct person *p)
{
	Provision__RecoveryOpen m = PROVISION__RECOVERY_OPEN__INIT;

	m.caller = desk_caller(d, NULL);
	m.email = wire_str(p->email);
	m.recovery_auth_key = wire_bytes(view_of(p->auth_key, 32));
	return desk_web(d, IPC_RECOVERY_OPEN, &m.base, NULL);
}

static Provision__ResetCreateReply *
forget(struct desk *d, const struct person *p)
{
	Provision__ResetCreate m = PROVISION__RESET_CREATE__INIT;
	Provision__ResetCreateReply *reply;

	m.caller = desk_caller(d, NULL);
	m.email = wire_str(p->email);
	assert_int_equal(desk_web(d, IPC_RESET_CREATE, &m.base, &reply), 0);
	return reply;
}

static int
open_reset(struct desk *d, const Provision__ResetCreateReply *r, ProtobufCBinaryData code)
{
	Provision__ResetOpen m = PROVISION__RESET_OPEN__INIT;

	m.caller = desk_caller(d, NULL);
	m.reset = r->reset;
	m.token = r->token;
	m.code = code;
	return desk_web(d, IPC_RESET_OPEN, &m.base, NULL);
}

static void
test_lock(void **state)
{
	struct desk *d = *state;
	Provision__AccountShow show = PROVISION__ACCOUNT_SHOW__INIT;
	Provision__AccountShowReply *shown;
	struct person anna, otto;
	struct id account;

	join(d, &anna, &otto);
	Provision__AppPasswordCreateReply *made = desk_second_app_password(d, &anna, NONE);
	Provision__ResetCreateReply *before = forget(d, &anna);
	ProtobufCBinaryData code = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD)->code;
	show.account = wire_of_id(&anna.account);
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_ACCOUNT_SHOW, &show.base, &shown), 0);
	assert_int_equal(shown->locked_ms, 0);
	assert_int_equal(shown->sessions, 1);
	assert_int_equal(shown->app_passwords, 1);
	shown = lock(d, &anna, true);
	assert_int_equal(shown->locked_ms, desk_now(d));
	assert_int_equal(shown->sessions, 0);
	assert_int_equal(shown->app_passwords, 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_LOCKED);
	assert_int_equal(desk_second_session(d, &anna), ERR_LOGIN);
	desk_restart(d);
	assert_int_equal(desk_login(d, &anna), ERR_LOGIN);
	assert_int_equal(recover(d, &anna), ERR_LOGIN);
	assert_int_equal(desk_second_check(d, anna.email, made->password, &account), ERR_LOGIN);
	assert_int_equal(open_reset(d, before, code), ERR_LOGIN);
	/* as for an unknown address: a row, and a mail that goes to nobody */
	(void)forget(d, &anna);
	Provision__MailLeaseReply *mails = desk_mails(d);
	assert_true(mails == NULL || mails->n_jobs == 0);
	/* the same again changes nothing */
	desk_pass(d, 1000);
	assert_int_equal(lock(d, &anna, true)->locked_ms, shown->locked_ms);
	assert_null(desk_mails(d));
	assert_int_equal(lock(d, &anna, false)->locked_ms, 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_UNLOCKED);
	assert_int_equal(desk_second_session(d, &anna), ERR_LOGIN);
	assert_int_equal(desk_login(d, &anna), 0);
	assert_int_equal(recover(d, &anna), 0);
	assert_int_equal(desk_second_check(d, anna.email, made->password, &account), ERR_LOGIN);
	assert_int_equal(desk_second_session(d, &otto), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

static void
test_lock_needs_an_account(void **state)
{
	struct desk *d = *state;
	Provision__AccountLock m = PROVISION__ACCOUNT_LOCK__INIT;
	struct person anna, otto;
	struct id nobody = id_random();

	join(d, &anna, &otto);
	m.locks = true;
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_ACCOUNT_LOCK, &m.base, NULL), ERR_SYNTAX);
	m.email = wire_str("nobody@example.org");
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_ACCOUNT_LOCK, &m.base, NULL), ERR_NOT_FOUND);
	m.account = wire_of_id(&anna.account);
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_ACCOUNT_LOCK, &m.base, NULL), ERR_SYNTAX);
	m.email = NONE;
	m.account = wire_of_id(&nobody);
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_ACCOUNT_LOCK, &m.base, NULL), ERR_NOT_FOUND);
	assert_int_equal(desk_login(d, &anna), 0);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_app_passwords, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_app_passwords_open_nothing_else, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_app_passwords_are_bounded_and_end_with_the_password, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_lock, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_lock_needs_an_account, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
