/* SPDX-License-Identifier: MIT */
/*
 * Asks for the second factor and for app passwords as a client would, with an app of its own.
 */
#include "store/desk_second.h"

#include <string.h>

#include "base/text.h"
#include "crypt/totp.h"
#include "store/app_password.h"

int
desk_second_session(struct desk *d, const struct person *p)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;

	m.caller = desk_caller(d, p);
	return desk_web(d, IPC_ACCOUNT_GET, &m.base, NULL);
}

ProtobufCBinaryData
desk_second_code(struct desk *d, const struct app *app, int steps)
{
	char *code = arena_alloc(d->arena, CRYPT_TOTP_DIGITS + 1);
	uint64_t step = desk_now(d) / CRYPT_TOTP_STEP_MS + (uint64_t)(int64_t)steps;

	crypt_totp_code(view_of(app->secret, sizeof(app->secret)), step, code);
	return wire_str(code);
}

/* As apps read it. */
static void
take_secret(struct desk *d, const Provision__TotpBeginReply *begun, struct app *app_r)
{
	char text[33] = "";

	assert_int_equal(begun->secret.len, 32);
	for (size_t i = 0; i < 32; i++)
		text[i] = (char)(begun->secret.data[i] >= 'A' ? begun->secret.data[i] + 32 : begun->secret.data[i]);
	assert_int_equal(text_unbase32(view_str(text), app_r->secret, sizeof(app_r->secret)), 0);
	const char *uri = arena_str(d->arena, wire_view(begun->uri));
	assert_memory_equal(uri, "otpauth://totp/Provision:", 25);
	assert_non_null(strstr(uri, arena_printf(d->arena, "?secret=%s&issuer=Provision", arena_str(d->arena, wire_view(begun->secret)))));
	assert_non_null(strstr(uri, "%40example.org"));
}

Provision__BackupCodesReply *
desk_second_turn_on(struct desk *d, const struct person *p, struct app *app_r)
{
	Provision__TotpBegin begin = PROVISION__TOTP_BEGIN__INIT;
	Provision__TotpConfirm confirm = PROVISION__TOTP_CONFIRM__INIT;
	Provision__TotpBeginReply *begun;
	Provision__BackupCodesReply *codes;

	begin.caller = confirm.caller = desk_caller(d, p);
	begin.proof = desk_proof(d, p, "totp-begin", NULL, 0);
	assert_int_equal(desk_web(d, IPC_TOTP_BEGIN, &begin.base, &begun), 0);
	take_secret(d, begun, app_r);
	confirm.totp = desk_second_code(d, app_r, 0);
	assert_int_equal(desk_web(d, IPC_TOTP_CONFIRM, &confirm.base, &codes), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_TOTP_ON);
	return codes;
}

int
desk_second_login(struct desk *d, const struct person *p, ProtobufCBinaryData code)
{
	Provision__SessionOpen m = PROVISION__SESSION_OPEN__INIT;

	m.caller = desk_caller(d, NULL);
	m.email = wire_str(p->email);
	m.auth_key = wire_bytes(view_of(p->auth_key, 32));
	m.totp = code;
	return desk_web(d, IPC_SESSION_OPEN, &m.base, NULL);
}

Provision__AppPasswordCreateReply *
desk_second_app_password(struct desk *d, const struct person *p, ProtobufCBinaryData code)
{
	Provision__AppPasswordCreate m = PROVISION__APP_PASSWORD_CREATE__INIT;
	Provision__AppPasswordCreateReply *reply;
	struct view name = VIEW_LIT("Thunderbird");

	m.caller = desk_caller(d, p);
	m.proof = desk_proof(d, p, "app-password", &name, 1);
	m.proof->totp = code;
	m.name = wire_bytes(name);
	assert_int_equal(desk_web(d, IPC_APP_PASSWORD_CREATE, &m.base, &reply), 0);
	(void)desk_mail(d, PROVISION__MAIL_KIND__MAIL_KIND_APP_PASSWORD);
	return reply;
}

int
desk_second_check(struct desk *d, const char *email, ProtobufCBinaryData password, struct id *account_r)
{
	struct store_call c = { .store = d->rig->store, .settings = &d->settings, .arena = arena_new(STORE_CALL_ARENA_MAX) };
	int err;

	c.tx = store_txn_view(d->rig->store->index);
	err = store_app_password_check(&c, desk_caller(d, NULL), wire_str(email), password, account_r);
	store_txn_abort(&c.tx);
	arena_free(&c.arena);
	return err;
}
