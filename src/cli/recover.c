/* SPDX-License-Identifier: MIT */
/*
 * The verbs recover and recovery-code check: a forgotten password, with the recovery code or with a mailed one. Makes keys and
 * wraps them like cli/account.c; nothing of it is kept here before the server has taken it.
 */
#include "cli/recover.h"

#include <string.h>

#include "base/clock.h"
#include "cli/account.h"
#include "cli/password.h"
#include "cli/second.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "crypt/equal.h"
#include "crypt/recovery.h"
#include "ipc/message.h"
#include "record/recovery.pb-c.h"
#include "tool/terminal.h"
#include "trust/wrap.h"

#define CODE_MAX 32

/* What a new password and a new recovery code are made of. */
struct recovery {
	struct mail_address address;
	struct cli_login login;          /* statement and keys */
	struct secret *used_auth, *used_wrap;       /* of the code that was typed */
	struct secret *auth, *wrap;
	struct secret *code, *code_auth, *code_wrap;
	const Provision__RecoveryOpenReply *opened;
	struct buf statement, wrapped, code_wrapped, pins, pin_page;
	bool is_checked;
};

static void
recovery_init(struct recovery *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->statement, TRUST_STATEMENT_MAX);
	buf_init(&r->wrapped, TRUST_STATEMENT_MAX);
	buf_init(&r->code_wrapped, TRUST_STATEMENT_MAX);
	buf_init(&r->pins, TRUST_PINS_ROOT_BYTES_MAX);
	buf_init(&r->pin_page, TRUST_PINS_PAGE_BYTES_MAX);
}

static void
recovery_deinit(struct recovery *r)
{
	struct secret **secrets[] = { &r->used_auth, &r->used_wrap, &r->auth, &r->wrap, &r->code, &r->code_auth, &r->code_wrap };
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		secret_free(secrets[i]);
	cli_login_deinit(&r->login);
	buf_deinit(&r->statement);
	buf_deinit(&r->wrapped);
	buf_deinit(&r->code_wrapped);
	buf_deinit(&r->pins);
	buf_deinit(&r->pin_page);
}

/* Asks until the code itself is right: a terminal is there. */
static int
ask_back(struct tool_call *c, const struct secret *code)
{
	int err = 0;
	for (bool is_right = false; !is_right && err == 0; ) {
		struct secret *line = NULL, *typed = NULL;
		err = tool_terminal_line(c, "Type the recovery code: ", false, CRYPT_RECOVERY_INPUT_MAX, &line);
		is_right = err == 0 && crypt_recovery_parse(secret_view(line), &typed) == 0 &&
		    crypt_equal(secret_view(typed), secret_view(code));
		if (err == 0 && !is_right)
			tool_verb_say(c, "this is another code");
		secret_free(&line);
		secret_free(&typed);
	}
	return err;
}

int
cli_recover_show(struct tool_call *c, const struct secret *code, const char *loss, bool *checked_r)
{
	struct secret *text = crypt_recovery_text(code);
	tool_print_object(c->print, NULL);
	tool_print_text(c->print, "recovery_code", TOOL_SHOW, secret_view(text));
	secret_free(&text);
	if (tool_verb_is_set(c, "yes") || !tool_terminal_is_there() || tool_print_is_json(c->print))
		return 0;
	tool_print_flush(c->print);
	tool_verb_say(c, "write this code down: without it %s", loss);
	int err = ask_back(c, code);
	*checked_r = err == 0;
	return err;
}

int
cli_recover_ask(struct tool_call *c, const char *prompt, struct secret **code_r)
{
	struct secret *line = NULL;
	int err = tool_terminal_line(c, prompt, false, CRYPT_RECOVERY_INPUT_MAX, &line);
	if (err == 0 && crypt_recovery_parse(secret_view(line), code_r) != 0)
		err = tool_verb_fail(c, ERR_LIMIT, "this is not a recovery code: 28 letters and digits in groups of 4");
	secret_free(&line);
	return err;
}

/* The account's code as the person types it, as keys. */
static int
ask_code(struct tool_call *c, struct secret **auth_r, struct secret **wrap_r)
{
	struct secret *code = NULL;
	int err = cli_recover_ask(c, "Recovery code: ", &code);
	if (err == 0)
		crypt_recovery_keys(code, auth_r, wrap_r);
	secret_free(&code);
	return err;
}

/* --- with the code */

static int
take_keys(struct cli_session *s, struct recovery *r, const Provision__RecoveryOpenReply *reply)
{
	struct id said = cli_server_get_id(reply->account);
	int err = cli_login_set_statement(&r->login, cli_server_view(reply->statement));
	if (err == 0 && !id_equal(&said, &r->login.account.account))
		err = ERR_TRUST;
	if (err == 0)
		err = trust_wrap_open(&r->login.account, cli_server_view(reply->recovery_wrapped_keys), TRUST_WRAP_RECOVERY, r->used_wrap,
		    &r->login.keys);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the server gave keys that this code does not open: %s", err_text(err));
}

static int
open_keys(struct cli_session *s, struct recovery *r)
{
	Provision__RecoveryOpen m = PROVISION__RECOVERY_OPEN__INIT;
	const ProtobufCMessage *reply = NULL;
	const int untold[] = { ERR_SECOND, ERR_LOGIN, 0 };
	int err = ask_code(s->call, &r->used_auth, &r->used_wrap);
	if (err != 0)
		return err;
	m.email = cli_server_bytes(view_str(r->login.email));
	m.recovery_auth_key = cli_server_bytes(secret_view(r->used_auth));
	err = cli_second_ask(s->call, s->client, "openRecovery", &m.base, &m.totp, &reply, untold);
	if (err == ERR_LOGIN)
		return tool_verb_fail(s->call, err, "address or recovery code is wrong");
	if (err != 0)
		return err;
	r->opened = (const Provision__RecoveryOpenReply *)reply;
	return take_keys(s, r, r->opened);
}

static int
send_recovery(struct cli_session *s, struct recovery *r, const ProtobufCMessage **reply_r)
{
	Provision__RecoveryFinish m = PROVISION__RECOVERY_FINISH__INIT;
	m.email = cli_server_bytes(view_str(r->login.email));
	m.recovery_auth_key = cli_server_bytes(secret_view(r->used_auth));
	m.ticket = r->opened->ticket;
	m.auth_key = cli_server_bytes(secret_view(r->auth));
	m.wrapped_keys = cli_server_bytes(buf_view(&r->wrapped));
	m.next_recovery_auth_key = cli_server_bytes(secret_view(r->code_auth));
	m.next_recovery_wrapped_keys = cli_server_bytes(buf_view(&r->code_wrapped));
	m.memory_kib = r->login.cost.memory_kib;
	m.passes = r->login.cost.passes;
	return cli_server_ask(s->call, s->client, "finishRecovery", &m.base, reply_r);
}

/* --- without it */

struct mailed {
	const Provision__ResetCreateReply *reset;
	struct secret *code;
};

static int
ask_for_mail(struct cli_session *s, const struct recovery *r, struct mailed *mailed)
{
	Provision__ResetCreate m = PROVISION__RESET_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	m.email = cli_server_bytes(view_str(r->login.email));
	int err = cli_server_ask(s->call, s->client, "createReset", &m.base, &reply);
	if (err != 0)
		return err;
	mailed->reset = (const Provision__ResetCreateReply *)reply;
	tool_verb_say(s->call, "if there is an account, a mail with a code is on its way to %s", r->login.email);
	return tool_terminal_line(s->call, "Code from the mail: ", false, CODE_MAX, &mailed->code);
}

/* New keys for the account that the mailed code opens, which do not follow the lost ones. */
static int
make_keys(struct cli_session *s, struct recovery *r, const struct mailed *mailed)
{
	Provision__ResetOpen m = PROVISION__RESET_OPEN__INIT;
	const ProtobufCMessage *reply = NULL;
	m.reset = mailed->reset->reset;
	m.token = mailed->reset->token;
	m.code = cli_server_bytes(secret_view(mailed->code));
	int err = cli_server_ask_but(s->call, s->client, "openReset", &m.base, &reply, ERR_LOGIN);
	if (err == ERR_LOGIN)
		return tool_verb_fail(s->call, err, "the code is wrong, or older than an hour");
	if (err != 0)
		return err;
	const Provision__ResetOpenReply *o = (const Provision__ResetOpenReply *)reply;
	struct id account = cli_server_get_id(o->account);
	err = trust_account_make(&account, o->number + 1, clock_wall_ms(), &r->login.keys, &r->statement);
	if (err == 0)
		err = cli_login_set_statement(&r->login, buf_view(&r->statement));
	if (err == 0)
		err = cli_account_pins(s, &r->login.account, &r->login.keys, o->pins_version + 1, &r->pins, &r->pin_page);
	return err;
}

static int
send_reset(struct cli_session *s, struct recovery *r, const struct mailed *mailed, const ProtobufCMessage **reply_r)
{
	Provision__ResetFinish m = PROVISION__RESET_FINISH__INIT;
	const int untold[] = { ERR_SECOND, 0 };
	m.reset = mailed->reset->reset;
	m.token = mailed->reset->token;
	m.code = cli_server_bytes(secret_view(mailed->code));
	m.auth_key = cli_server_bytes(secret_view(r->auth));
	m.statement = cli_server_bytes(buf_view(&r->statement));
	m.wrapped_keys = cli_server_bytes(buf_view(&r->wrapped));
	m.recovery_auth_key = cli_server_bytes(secret_view(r->code_auth));
	m.recovery_wrapped_keys = cli_server_bytes(buf_view(&r->code_wrapped));
	m.pins = cli_server_bytes(buf_view(&r->pins));
	m.pin_page = cli_server_bytes(buf_view(&r->pin_page));
	m.memory_kib = r->login.cost.memory_kib;
	m.passes = r->login.cost.passes;
	return cli_second_ask(s->call, s->client, "finishReset", &m.base, &m.totp, reply_r, untold);
}

/* --- both */

static int
wrap_keys(struct cli_session *s, struct recovery *r)
{
	const char *words[] = { r->login.email };
	struct secret *password = NULL;
	int err = cli_password_choose(s->call, words, 1, &password);
	if (err == 0)
		err = cli_password_keys(s->call, s->profile, s->client, &r->address, password, &r->login.cost, &r->auth, &r->wrap);
	secret_free(&password);
	if (err != 0)
		return err;
	r->code = crypt_recovery_new();
	crypt_recovery_keys(r->code, &r->code_auth, &r->code_wrap);
	err = trust_wrap_seal(&r->login.account, &r->login.keys, TRUST_WRAP_PASSWORD, r->wrap, &r->wrapped);
	if (err == 0)
		err = trust_wrap_seal(&r->login.account, &r->login.keys, TRUST_WRAP_RECOVERY, r->code_wrap, &r->code_wrapped);
	return err == 0 ? cli_recover_show(s->call, r->code, "a forgotten password cannot be replaced", &r->is_checked) : err;
}

static int
tell_checked(struct cli_session *s, const struct secret *auth, int expected)
{
	Provision__RecoveryCheck m = PROVISION__RECOVERY_CHECK__INIT;
	m.recovery_auth_key = cli_server_bytes(secret_view(auth));
	return cli_session_ask_but(s, "checkRecovery", &m.base, NULL, expected);
}

/* The session that was opened belongs to the keys made or recovered here. */
static int
begin(struct cli_session *s, struct recovery *r, const ProtobufCMessage *reply)
{
	const Provision__SessionOpenReply *opened = (const Provision__SessionOpenReply *)reply;
	int err = 0;
	if (!view_equal(cli_server_view(opened->statement), view_of(r->login.statement, r->login.statement_len)))
		err = tool_verb_fail(s->call, ERR_TRUST, "the server gives another key for this account: it must not be trusted");
	if (err == 0)
		err = cli_account_begin(s, opened, &r->login);
	ipc_message_wipe(reply);
	return err == 0 && r->is_checked ? tell_checked(s, r->code_auth, 0) : err;
}

static int
start(struct cli_session *s, struct recovery *r)
{
	int err = cli_account_email(s->call, &r->address);
	if (err == 0)
		err = cli_session_connect(s, tool_verb_value(s->call, "server"));
	if (err != 0)
		return err;
	struct mail_address_text email = mail_address_text(&r->address);
	memcpy(r->login.email, email.s, sizeof(r->login.email));
	return 0;
}

static int
check_folder(struct cli_session *s, const struct recovery *r)
{
	if (id_is_none(&s->profile->account) || id_equal(&s->profile->account, &r->login.account.account))
		return 0;
	return tool_verb_fail(s->call, ERR_EXISTS, "this folder belongs to another account already: set PROVISION_HOME to another one");
}

static int
recover_lost(struct cli_session *s, struct recovery *r, const ProtobufCMessage **reply_r)
{
	struct mailed mailed = { .code = NULL };
	int err = tool_terminal_confirm(s->call, "New keys are made: packages that wait for you are lost, memberships end, and your partners "
	    "have to confirm your key. Go on?");
	if (err == 0)
		err = ask_for_mail(s, r, &mailed);
	if (err == 0)
		err = make_keys(s, r, &mailed);
	if (err == 0)
		err = check_folder(s, r);
	if (err == 0)
		err = wrap_keys(s, r);
	if (err == 0)
		err = send_reset(s, r, &mailed, reply_r);
	secret_free(&mailed.code);
	return err;
}

static int
recover_known(struct cli_session *s, struct recovery *r, const ProtobufCMessage **reply_r)
{
	int err = open_keys(s, r);
	if (err == 0)
		err = check_folder(s, r);
	if (err == 0)
		err = wrap_keys(s, r);
	return err == 0 ? send_recovery(s, r, reply_r) : err;
}

int
cli_recover_run(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const ProtobufCMessage *reply = NULL;
	struct recovery r;
	recovery_init(&r);
	int err = start(s, &r);
	if (err == 0)
		err = tool_verb_is_set(c, "lost") ? recover_lost(s, &r, &reply) : recover_known(s, &r, &reply);
	if (err == 0)
		err = begin(s, &r, reply);
	recovery_deinit(&r);
	return err;
}

int
cli_recover_check(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct secret *auth = NULL, *wrap = NULL;
	int err = ask_code(c, &auth, &wrap);
	if (err == 0)
		err = tell_checked(s, auth, ERR_DENIED);
	if (err == ERR_DENIED)
		err = tool_verb_fail(c, err, "this is not the recovery code of the account");
	secret_free(&auth);
	secret_free(&wrap);
	return err;
}
