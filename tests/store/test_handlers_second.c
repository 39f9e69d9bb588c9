/* SPDX-License-Identifier: MIT */
/*
 * The second factor (A7, A8, B5): when it is asked for, that a code is good once, backup codes, tries.
 */
#include <string.h>

#include "crypt/totp.h"
#include "store/desk_second.h"
#include "store/second.h"

#define NONE ((ProtobufCBinaryData){ 0, NULL })
#define STEP_MS CRYPT_TOTP_STEP_MS

static void
join(struct desk *d, struct person *p)
{
	desk_person_init(p, "anna@example.org", "Anna", "Schmidt");
	desk_person_join(d, p);
}

static Provision__TotpGetReply *
state(struct desk *d, const struct person *p)
{
	Provision__TotpGet m = PROVISION__TOTP_GET__INIT;
	Provision__TotpGetReply *reply;

	m.caller = desk_caller(d, p);
	assert_int_equal(desk_web(d, IPC_TOTP_GET, &m.base, &reply), 0);
	return reply;
}

static int
end(struct desk *d, const struct person *p, ProtobufCBinaryData code)
{
	Provision__TotpEnd m = PROVISION__TOTP_END__INIT;

	m.caller = desk_caller(d, p);
	m.proof = desk_proof(d, p, "totp-end", NULL, 0);
	m.proof->totp = code;
	return desk_web(d, IPC_TOTP_END, &m.base, NULL);
}

static void
test_on_and_off(void **arg)
{
	struct desk *d = *arg;
	Provision__TotpBegin begin = PROVISION__TOTP_BEGIN__INIT;
	Provision__TotpConfirm confirm = PROVISION__TOTP_CONFIRM__INIT;
	struct person anna;
	struct app app;

	join(d, &anna);
	assert_false(state(d, &anna)->is_on);
	assert_int_equal(end(d, &anna, NONE), ERR_STATE);
	begin.caller = confirm.caller = desk_caller(d, &anna);
	confirm.totp = wire_str("123456");
	assert_int_equal(desk_web(d, IPC_TOTP_CONFIRM, &confirm.base, NULL), ERR_STATE);
	/* begun, it counts for nothing yet */
	begin.proof = desk_proof(d, &anna, "totp-begin", NULL, 0);
	assert_int_equal(desk_web(d, IPC_TOTP_BEGIN, &begin.base, NULL), 0);
	assert_int_equal(desk_web(d, IPC_TOTP_CONFIRM, &confirm.base, NULL), ERR_SECOND);
	assert_false(state(d, &anna)->is_on);
	assert_int_equal(desk_second_login(d, &anna, NONE), 0);
	(void)desk_second_turn_on(d, &anna, &app);
	assert_true(state(d, &anna)->is_on);
	assert_int_equal(state(d, &anna)->backup_codes, 10);
	assert_int_equal(state(d, &anna)->since_ms, desk_now(d));
	assert_int_equal(desk_web(d, IPC_TOTP_CONFIRM, &confirm.base, NULL), ERR_STATE);
	begin.proof = desk_proof(d, &anna, "totp-begin", NULL, 0);
	begin.proof->totp = desk_second_code(d, &app, 1);
	assert_int_equal(desk_web(d, IPC_TOTP_BEGIN, &begin.base, NULL), ERR_STATE);
	/* a session alone turns nothing off */
	assert_int_equal(end(d, &anna, NONE), ERR_SECOND);
	assert_int_equal(end(d, &anna, desk_second_code(d, &app, 1)), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_TOTP_OFF);
	assert_int_equal(desk_rows(d, STORE_TABLE_TOTP), 0);
	assert_int_equal(desk_second_login(d, &anna, NONE), 0);
	desk_person_deinit(&anna);
}

static void
test_login_asks_after_the_password(void **arg)
{
	struct desk *d = *arg;
	struct person anna, wrong;
	struct app app;

	join(d, &anna);
	(void)desk_second_turn_on(d, &anna, &app);
	wrong = anna;
	memset(wrong.auth_key, 7, sizeof(wrong.auth_key));
	/* B5: with a wrong password nothing shows that it is on, whatever code comes along */
	assert_int_equal(desk_second_login(d, &wrong, NONE), ERR_LOGIN);
	assert_int_equal(desk_second_login(d, &wrong, desk_second_code(d, &app, 1)), ERR_LOGIN);
	assert_int_equal(desk_second_login(d, &anna, NONE), ERR_SECOND);
	assert_int_equal(desk_second_login(d, &anna, wire_str("- ")), ERR_SECOND);
	assert_int_equal(desk_second_login(d, &anna, wire_str("000000")), ERR_SECOND);
	/* the wrong password has used no code up */
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, 1)), 0);
	desk_person_deinit(&anna);
}

static void
test_a_code_is_good_once(void **arg)
{
	struct desk *d = *arg;
	struct person anna;
	struct app app;

	join(d, &anna);
	(void)desk_second_turn_on(d, &anna, &app);
	/* the one that turned it on, and every earlier one */
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, 0)), ERR_SECOND);
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, -1)), ERR_SECOND);
	desk_pass(d, STEP_MS);
	ProtobufCBinaryData code = desk_second_code(d, &app, 0);
	assert_int_equal(desk_second_login(d, &anna, code), 0);
	desk_restart(d);
	assert_int_equal(desk_second_login(d, &anna, code), ERR_SECOND);
	/* not for something else either */
	assert_int_equal(end(d, &anna, code), ERR_SECOND);
	/* one step each way */
	desk_pass(d, 4 * STEP_MS);
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, -2)), ERR_SECOND);
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, 2)), ERR_SECOND);
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, -1)), 0);
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, 1)), 0);
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, 0)), ERR_SECOND);
	desk_person_deinit(&anna);
}

static void
test_backup_codes(void **arg)
{
	struct desk *d = *arg;
	Provision__BackupCodesCreate m = PROVISION__BACKUP_CODES_CREATE__INIT;
	Provision__BackupCodesReply *old, *codes;
	struct person anna, otto;
	struct app app, other;

	join(d, &anna);
	desk_person_init(&otto, "otto@example.org", "Otto", "Fremd");
	desk_person_join(d, &otto);
	old = desk_second_turn_on(d, &anna, &app);
	(void)desk_second_turn_on(d, &otto, &other);
	assert_int_equal(desk_second_login(d, &otto, old->codes[0]->code), ERR_SECOND);
	assert_int_equal(desk_second_login(d, &anna, old->codes[0]->code), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_BACKUP_CODE_USED);
	assert_int_equal(desk_second_login(d, &anna, old->codes[0]->code), ERR_SECOND);
	assert_int_equal(state(d, &anna)->backup_codes, 9);
	/* as a person may type it */
	char typed[32];
	size_t n = 0;
	for (size_t i = 0; i < old->codes[9]->code.len; i++) {
		uint8_t b = old->codes[9]->code.data[i];
		typed[n++] = b == '-' ? ' ' : (char)(b >= 'A' ? b + 32 : b);
	}
	assert_int_equal(desk_second_login(d, &anna, wire_bytes(view_of(typed, n))), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_BACKUP_CODE_USED);
	/* others, asked for with one: all of the old ones are void */
	m.caller = desk_caller(d, &anna);
	m.proof = desk_proof(d, &anna, "backup-codes", NULL, 0);
	assert_int_equal(desk_web(d, IPC_BACKUP_CODES_CREATE, &m.base, NULL), ERR_SECOND);
	m.proof->totp = old->codes[1]->code;
	assert_int_equal(desk_web(d, IPC_BACKUP_CODES_CREATE, &m.base, &codes), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_BACKUP_CODE_USED);
	assert_int_equal(state(d, &anna)->backup_codes, 10);
	for (size_t i = 0; i < 10; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(view_equal(wire_view(codes->codes[i]->code), wire_view(codes->codes[k]->code)));
	assert_int_equal(desk_second_login(d, &anna, old->codes[2]->code), ERR_SECOND);
	assert_int_equal(desk_second_login(d, &anna, codes->codes[2]->code), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_BACKUP_CODE_USED);
	desk_person_deinit(&anna);
	desk_person_deinit(&otto);
}

/* A8: whoever has the password is slowed, from wherever; whoever has not, slows nobody. */
static void
test_tries_are_slowed(void **arg)
{
	struct desk *d = *arg;
	struct person anna, wrong;
	struct app app;
	unsigned tries = 0;
	int err = ERR_SECOND;

	join(d, &anna);
	(void)desk_second_turn_on(d, &anna, &app);
	wrong = anna;
	memset(wrong.auth_key, 7, sizeof(wrong.auth_key));
	for (unsigned i = 0; i < 20; i++) {
		d->address[3] = (uint8_t)(100 + i);
		(void)desk_second_login(d, &wrong, wire_str("000000"));
		assert_int_equal(desk_second_login(d, &anna, NONE), ERR_SECOND);
	}
	assert_int_equal(desk_second_login(d, &anna, desk_second_code(d, &app, 1)), 0);
	for (; err == ERR_SECOND && tries < 40; tries++) {
		d->address[3] = (uint8_t)(10 + tries);
		err = desk_second_login(d, &anna, wire_str("000000"));
	}
	assert_int_equal(err, ERR_BUSY);
	assert_int_equal(tries, 11);
	assert_int_equal(desk_second_session(d, &anna), 0);
	desk_person_deinit(&anna);
}

/* ---- recovery, reset ---- */

static void
test_recovery(void **arg)
{
	struct desk *d = *arg;
	Provision__RecoveryOpen open = PROVISION__RECOVERY_OPEN__INIT;
	Provision__RecoveryFinish finish = PROVISION__RECOVERY_FINISH__INIT;
	Provision__RecoveryOpenReply *keys;
	uint8_t next[32] = "another key";
	struct person anna;
	struct app app;

	join(d, &anna);
	(void)desk_second_turn_on(d, &anna, &app);
	Provision__AppPasswordCreateReply *made = desk_second_app_password(d, &anna, desk_second_code(d, &app, 1));
	open.caller = finish.caller = desk_caller(d, NULL);
	open.email = finish.email = wire_str(anna.email);
	open.recovery_auth_key = wire_bytes(view_of(next, 32));
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, NULL), ERR_LOGIN);
	open.recovery_auth_key = finish.recovery_auth_key = wire_bytes(view_of(anna.auth_key, 32));
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, NULL), ERR_SECOND);
	desk_pass(d, 2 * STEP_MS);
	open.totp = desk_second_code(d, &app, 0);
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, &keys), 0);
	assert_int_equal(desk_web(d, IPC_RECOVERY_OPEN, &open.base, NULL), ERR_SECOND);
	finish.auth_key = finish.next_recovery_auth_key = wire_bytes(view_of(next, 32));
	finish.wrapped_keys = finish.next_recovery_wrapped_keys = wire_str("wrapped anew");
	finish.memory_kib = 131072;
	finish.passes = 3;
	finish.ticket = wire_str("0123456789012345678901234567890123456789");
	assert_int_equal(desk_web(d, IPC_RECOVERY_FINISH, &finish.base, NULL), ERR_TRUST);
	finish.ticket = keys->ticket;
	assert_int_equal(desk_web(d, IPC_RECOVERY_FINISH, &finish.base, NULL), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_PASSWORD_CHANGED);
	/* it stays; app passwords do not */
	memcpy(anna.auth_key, next, 32);
	assert_int_equal(desk_second_login(d, &anna, NONE), ERR_SECOND);
	struct id account;
	assert_int_equal(desk_second_check(d, anna.email, made->password, &account), ERR_LOGIN);
	desk_person_deinit(&anna);
}

static void
test_reset(void **arg)
{
	struct desk *d = *arg;
	Provision__ResetCreate create = PROVISION__RESET_CREATE__INIT;
	Provision__ResetFinish finish = PROVISION__RESET_FINISH__INIT;
	Provision__ResetCreateReply *r;
	struct trust_keys keys = { NULL, NULL };
	uint8_t next[32] = "another key";
	struct buf statement;
	struct person anna;
	struct app app;

	join(d, &anna);
	(void)desk_second_turn_on(d, &anna, &app);
	Provision__AppPasswordCreateReply *made = desk_second_app_password(d, &anna, desk_second_code(d, &app, 1));
	create.caller = finish.caller = desk_caller(d, NULL);
	create.email = wire_str(anna.email);
	assert_int_equal(desk_web(d, IPC_RESET_CREATE, &create.base, &r), 0);
	buf_init(&statement, TRUST_STATEMENT_MAX);
	assert_int_equal(trust_account_make(&anna.account, 2, 1700000001000ULL, &keys, &statement), 0);
	finish.reset = r->reset;
	finish.token = r->token;
	finish.auth_key = finish.recovery_auth_key = wire_bytes(view_of(next, 32));
	finish.statement = wire_bytes(buf_view(&statement));
	finish.wrapped_keys = finish.recovery_wrapped_keys = finish.pins = finish.pin_page = wire_str("of new keys");
	finish.memory_kib = 131072;
	finish.passes = 3;
	finish.code = wire_str("AAAA-AAAA");
	assert_int_equal(desk_web(d, IPC_RESET_FINISH, &finish.base, NULL), ERR_LOGIN);
	finish.code = desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD)->code;
	assert_int_equal(desk_web(d, IPC_RESET_FINISH, &finish.base, NULL), ERR_SECOND);
	desk_pass(d, 2 * STEP_MS);
	finish.totp = desk_second_code(d, &app, 0);
	assert_int_equal(desk_web(d, IPC_RESET_FINISH, &finish.base, NULL), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_NEW_KEYS);
	memcpy(anna.auth_key, next, 32);
	assert_int_equal(desk_second_login(d, &anna, NONE), ERR_SECOND);
	struct id account;
	assert_int_equal(desk_second_check(d, anna.email, made->password, &account), ERR_LOGIN);
	trust_keys_deinit(&keys);
	buf_deinit(&statement);
	desk_person_deinit(&anna);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_on_and_off, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_login_asks_after_the_password, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_a_code_is_good_once, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_backup_codes, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_tries_are_slowed, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_recovery, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_reset, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
