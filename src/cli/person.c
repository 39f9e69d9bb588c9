/* SPDX-License-Identifier: MIT */
/*
 * The verb profile: the person's own data, and another e-mail address. The keys in use here stay; what the server keeps of them is
 * wrapped anew, because the password's salt depends on the address.
 */
#include <string.h>

#include "cli/notices.h"
#include "cli/password.h"
#include "cli/proof.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "record/account.pb-c.h"
#include "tool/terminal.h"
#include "trust/wrap.h"

#define CODE_MAX 32

static int
print_person(struct cli_session *s)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(s, "getAccount", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__AccountGetReply *r = (const Provision__AccountGetReply *)reply;
	struct tool_print *p = s->call->print;
	tool_print_object(p, NULL);
	tool_print_text(p, "email", TOOL_SHOW, cli_server_view(r->email));
	tool_print_text(p, "first_name", TOOL_SHOW, cli_server_view(r->first_name));
	tool_print_text(p, "last_name", TOOL_SHOW, cli_server_view(r->last_name));
	tool_print_text(p, "company_name", TOOL_SHOW, cli_server_view(r->company_name));
	tool_print_text(p, "locale", TOOL_SHOW, cli_server_view(r->locale));
	tool_print_text(p, "time_zone", TOOL_SHOW, cli_server_view(r->time_zone));
	cli_notices_print(s->call, r->notices, r->quiet_start, r->quiet_end);
	tool_print_close(p);
	return 0;
}

static ProtobufCBinaryData
given(struct tool_call *c, const char *option, ProtobufCBinaryData present)
{
	const char *value = tool_verb_value(c, option);
	return value == NULL ? present : cli_server_bytes(view_str(value));
}

static int
change_person(struct cli_session *s)
{
	Provision__AccountGet get = PROVISION__ACCOUNT_GET__INIT;
	Provision__ProfilePut m = PROVISION__PROFILE_PUT__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(s, "getAccount", &get.base, &reply);
	if (err != 0)
		return err;
	const Provision__AccountGetReply *r = (const Provision__AccountGetReply *)reply;
	m.first_name = given(s->call, "first-name", r->first_name);
	m.last_name = given(s->call, "last-name", r->last_name);
	m.company_name = given(s->call, "company-name", r->company_name);
	if (tool_verb_is_set(s->call, "no-company-name"))
		m.company_name = cli_server_bytes(view_of(NULL, 0));
	m.locale = given(s->call, "locale", r->locale);
	m.time_zone = given(s->call, "time-zone", r->time_zone);
	return cli_session_ask(s, "putProfile", &m.base, NULL);
}

static int
change_notices(struct cli_session *s)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(s, "getAccount", &m.base, &reply);
	return err == 0 ? cli_notices_change(s, (const Provision__AccountGetReply *)reply) : err;
}

/* --- another address */

struct move {
	struct mail_address address;
	struct mail_address_text text;
	struct id change;
	struct secret *code, *password, *auth, *wrap;
	struct crypt_cost cost;
	struct buf wrapped;
	struct cli_proof proof;
};

static void
move_deinit(struct move *n)
{
	secret_free(&n->code);
	secret_free(&n->password);
	secret_free(&n->auth);
	secret_free(&n->wrap);
	buf_deinit(&n->wrapped);
	cli_proof_deinit(&n->proof);
}

static int
ask_for_mail(struct cli_session *s, struct move *n)
{
	Provision__AddressCreate m = PROVISION__ADDRESS_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = mail_address_parse(view_str(tool_verb_value(s->call, "email")), &n->address);
	if (err != 0)
		return tool_verb_fail(s->call, ERR_USAGE, "--email: this is not an e-mail address");
	n->text = mail_address_text(&n->address);
	m.email = cli_server_bytes(view_str(n->text.s));
	err = cli_session_ask(s, "createAddress", &m.base, &reply);
	if (err != 0)
		return err;
	n->change = cli_server_get_id(((const Provision__AddressCreateReply *)reply)->change);
	tool_verb_say(s->call, "a mail with a code is on its way to %s", n->text.s);
	return tool_terminal_line(s->call, "Code from the mail: ", false, CODE_MAX, &n->code);
}

/* The same password, with the salts of both addresses. */
static int
make_keys(struct cli_session *s, struct move *n)
{
	struct secret *old_wrap = NULL;
	int err = mail_address_parse(view_str(s->login.email), &n->proof.address);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the kept session is damaged; log in again");
	err = cli_password_ask(s->call, &n->password);
	if (err == 0)
		err = cli_password_keys(s->call, s->profile, s->client, &n->proof.address, n->password, &n->cost, &n->proof.auth, &old_wrap);
	secret_free(&old_wrap);
	if (err == 0)
		err = cli_password_keys(s->call, s->profile, s->client, &n->address, n->password, &n->cost, &n->auth, &n->wrap);
	if (err != 0)
		return err;
	err = trust_wrap_seal(&s->login.account, &s->login.keys, TRUST_WRAP_PASSWORD, n->wrap, &n->wrapped);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the keys cannot be wrapped: %s", err_text(err));
}

static int
send_move(struct cli_session *s, struct move *n)
{
	Provision__AddressFinish m = PROVISION__ADDRESS_FINISH__INIT;
	struct view parameters[] = { view_str(n->text.s), secret_view(n->auth), buf_view(&n->wrapped) };
	int err = cli_proof_sign(s, &n->proof, "address-change", parameters, 3);
	if (err != 0)
		return err;
	m.change = cli_server_id(&n->change);
	m.proof = &n->proof.message;
	m.code = cli_server_bytes(secret_view(n->code));
	m.email = cli_server_bytes(parameters[0]);
	m.auth_key = cli_server_bytes(parameters[1]);
	m.wrapped_keys = cli_server_bytes(parameters[2]);
	m.memory_kib = n->cost.memory_kib;
	m.passes = n->cost.passes;
	return cli_proof_send(s, &n->proof, "finishAddress", &m.base, NULL, 0);
}

static int
note_email(struct cli_profile *p, void *arg)
{
	cli_profile_set(&p->email, arg);
	return 0;
}

static int
keep(struct cli_session *s, struct move *n)
{
	memcpy(s->login.email, n->text.s, sizeof(s->login.email));
	int err = cli_profile_change(s->profile, note_email, n->text.s);
	if (err == 0)
		err = cli_login_save(s->profile, CLI_LOGIN_SESSION, &s->login);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the address is changed, but that cannot be kept here: %s", err_text(err));
}

static int
change_address(struct cli_session *s)
{
	struct move n;
	memset(&n, 0, sizeof(n));
	buf_init(&n.wrapped, TRUST_STATEMENT_MAX);
	int err = ask_for_mail(s, &n);
	if (err == 0)
		err = make_keys(s, &n);
	if (err == 0)
		err = send_move(s, &n);
	if (err == 0)
		err = keep(s, &n);
	move_deinit(&n);
	return err;
}

int
cli_person_run(struct tool_call *c)
{
	static const char *const options[] = { "first-name", "last-name", "company-name", "no-company-name", "locale",
		"time-zone" };
	struct cli_session *s = cli_session_of(c);
	bool is_changed = false;
	int err = 0;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		is_changed |= tool_verb_is_set(c, options[i]);
	if (is_changed)
		err = change_person(s);
	if (err == 0 && (tool_verb_is_set(c, "notices") || tool_verb_is_set(c, "quiet-hours")))
		err = change_notices(s);
	if (err == 0 && tool_verb_is_set(c, "email"))
		err = change_address(s);
	return err == 0 ? print_person(s) : err;
}
