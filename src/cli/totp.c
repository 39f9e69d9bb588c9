/* SPDX-License-Identifier: MIT */
/*
 * The verbs totp on, off, codes and status: the second factor. The secret and the backup codes are shown once and kept nowhere here.
 */
#include "cli/proof.h"
#include "cli/qr.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "ipc/message.h"
#include "record/second.pb-c.h"
#include "tool/terminal.h"

#define CODE_MAX 32

/* The person asked again for an action without parameters. */
static int
prove(struct cli_session *s, struct cli_proof *p, const char *action)
{
	int err = cli_proof_ask(s, p);
	return err == 0 ? cli_proof_sign(s, p, action, NULL, 0) : err;
}

int
cli_totp_status(struct tool_call *c)
{
	Provision__TotpGet m = PROVISION__TOTP_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(cli_session_of(c), "getTotp", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__TotpGetReply *r = (const Provision__TotpGetReply *)reply;
	tool_print_object(c->print, NULL);
	tool_print_bool(c->print, "on", TOOL_SHOW, r->is_on);
	tool_print_time(c->print, "since", TOOL_SHOW, r->since_ms);
	tool_print_number(c->print, "backup_codes", TOOL_SHOW, r->backup_codes);
	tool_print_close(c->print);
	return 0;
}

/* Into the open object. */
static void
print_codes(struct tool_call *c, const Provision__BackupCodesReply *r)
{
	struct tool_print *p = c->print;
	if (tool_print_is_json(p))
		tool_print_list(p, "backup_codes");
	for (size_t i = 0; i < r->n_codes; i++)
		tool_print_text(p, tool_print_is_json(p) ? NULL : "backup_code", TOOL_SHOW, cli_server_view(r->codes[i]->code));
	if (tool_print_is_json(p))
		tool_print_close(p);
	tool_verb_say(c, "write the backup codes down: each lets you in once without the app, and they are not shown again");
}

/* Opens the result's object, shows the secret and asks for the app's first code. */
static int
show_secret(struct tool_call *c, const Provision__TotpBeginReply *r, struct secret **code_r)
{
	struct tool_print *p = c->print;
	int err = 0;
	tool_print_object(p, NULL);
	tool_print_text(p, "secret", TOOL_SHOW, cli_server_view(r->secret));
	tool_print_text(p, "uri", TOOL_SHOW_JSON, cli_server_view(r->uri));
	if (!tool_print_is_json(p))
		err = cli_qr_print(c, arena_str(c->arena, cli_server_view(r->uri)));
	tool_print_flush(p);
	tool_verb_say(c, "put this into your authenticator app, as a QR code or as text");
	return err == 0 ? tool_terminal_line(c, "The code that the app shows: ", false, CODE_MAX, code_r) : err;
}

static int
confirm(struct cli_session *s, const struct secret *code)
{
	Provision__TotpConfirm m = PROVISION__TOTP_CONFIRM__INIT;
	const ProtobufCMessage *reply = NULL;
	m.totp = cli_server_bytes(secret_view(code));
	int err = cli_session_ask_but(s, "confirmTotp", &m.base, &reply, ERR_SECOND);
	if (err == ERR_SECOND)
		return tool_verb_fail(s->call, err, "the code is wrong: nothing is turned on. Are the clocks of this machine and of the "
		    "app right?");
	if (err != 0)
		return err;
	print_codes(s->call, (const Provision__BackupCodesReply *)reply);
	tool_print_close(s->call->print);
	ipc_message_wipe(reply);
	return 0;
}

int
cli_totp_on(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__TotpBegin m = PROVISION__TOTP_BEGIN__INIT;
	struct cli_proof proof = { .auth = NULL };
	const ProtobufCMessage *reply = NULL;
	struct secret *code = NULL;
	int err = prove(s, &proof, "totp-begin");
	m.proof = &proof.message;
	if (err == 0)
		err = cli_proof_send(s, &proof, "beginTotp", &m.base, &reply, ERR_STATE);
	if (err == ERR_STATE)
		err = tool_verb_fail(c, err, "the second factor is on already");
	if (err == 0)
		err = show_secret(c, (const Provision__TotpBeginReply *)reply, &code);
	if (reply != NULL)
		ipc_message_wipe(reply);
	if (err == 0)
		err = confirm(s, code);
	secret_free(&code);
	cli_proof_deinit(&proof);
	return err;
}

static int
tell_off(struct tool_call *c, int err)
{
	return err == ERR_STATE ? tool_verb_fail(c, err, "the second factor is off") : err;
}

int
cli_totp_off(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__TotpEnd m = PROVISION__TOTP_END__INIT;
	struct cli_proof proof = { .auth = NULL };
	int err = prove(s, &proof, "totp-end");
	m.proof = &proof.message;
	if (err == 0)
		err = cli_proof_send(s, &proof, "endTotp", &m.base, NULL, ERR_STATE);
	cli_proof_deinit(&proof);
	return tell_off(c, err);
}

int
cli_totp_codes(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__BackupCodesCreate m = PROVISION__BACKUP_CODES_CREATE__INIT;
	struct cli_proof proof = { .auth = NULL };
	const ProtobufCMessage *reply = NULL;
	int err = prove(s, &proof, "backup-codes");
	m.proof = &proof.message;
	if (err == 0)
		err = cli_proof_send(s, &proof, "createBackupCodes", &m.base, &reply, ERR_STATE);
	if (err == 0) {
		tool_print_object(c->print, NULL);
		print_codes(c, (const Provision__BackupCodesReply *)reply);
		tool_print_close(c->print);
		ipc_message_wipe(reply);
	}
	cli_proof_deinit(&proof);
	return tell_off(c, err);
}
