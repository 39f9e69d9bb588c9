/* SPDX-License-Identifier: MIT */
/*
 * The verbs app-password add, list and revoke: passwords for mail programs, which the service makes. One is shown once and kept
 * nowhere here.
 */
#include "cli/proof.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "ipc/message.h"
#include "record/second.pb-c.h"

#define NAME_MAX_BYTES 100

int
cli_app_password_add(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__AppPasswordCreate m = PROVISION__APP_PASSWORD_CREATE__INIT;
	struct view name = view_str(c->arguments[0]);
	struct cli_proof proof = { .auth = NULL };
	const ProtobufCMessage *reply = NULL;
	if (name.len > NAME_MAX_BYTES || tool_option_check_name(name) != NULL)
		return tool_verb_fail(c, ERR_USAGE, "the name must be readable, and not longer than %d bytes", NAME_MAX_BYTES);
	int err = cli_proof_ask(s, &proof);
	if (err == 0)
		err = cli_proof_sign(s, &proof, "app-password", &name, 1);
	m.proof = &proof.message;
	m.name = cli_server_bytes(name);
	if (err == 0)
		err = cli_proof_send(s, &proof, "createAppPassword", &m.base, &reply, ERR_STATE);
	cli_proof_deinit(&proof);
	if (err == ERR_STATE)
		return tool_verb_fail(c, err, "you have as many app passwords as an account can have; see provision app-password list");
	if (err != 0)
		return err;
	const Provision__AppPasswordCreateReply *r = (const Provision__AppPasswordCreateReply *)reply;
	tool_print_object(c->print, NULL);
	tool_print_id_bytes(c->print, "app_password", TOOL_SHOW, cli_server_view(r->app_password));
	tool_print_text(c->print, "password", TOOL_SHOW, cli_server_view(r->password));
	tool_print_close(c->print);
	ipc_message_wipe(reply);
	tool_verb_say(c, "put it into the mail program now: it is not shown again");
	return 0;
}

int
cli_app_password_list(struct tool_call *c)
{
	Provision__AppPasswordList m = PROVISION__APP_PASSWORD_LIST__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(cli_session_of(c), "getAppPasswords", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__AppPasswordListReply *r = (const Provision__AppPasswordListReply *)reply;
	tool_print_list(c->print, NULL);
	for (size_t i = 0; i < r->n_items; i++) {
		tool_print_object(c->print, NULL);
		tool_print_id_bytes(c->print, "app_password", TOOL_SHOW, cli_server_view(r->items[i]->app_password));
		tool_print_text(c->print, "name", TOOL_SHOW, cli_server_view(r->items[i]->name));
		tool_print_time(c->print, "made", TOOL_SHOW, r->items[i]->created_ms);
		tool_print_close(c->print);
	}
	tool_print_close(c->print);
	return 0;
}

int
cli_app_password_revoke(struct tool_call *c)
{
	Provision__AppPasswordEnd m = PROVISION__APP_PASSWORD_END__INIT;
	struct id id;
	if (id_parse(view_str(c->arguments[0]), &id) != 0)
		return tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of an app password", tool_verb_safe(c, view_str(c->arguments[0])));
	m.app_password = cli_server_id(&id);
	int err = cli_session_ask_but(cli_session_of(c), "endAppPassword", &m.base, NULL, ERR_NOT_FOUND);
	return err == ERR_NOT_FOUND ? tool_verb_fail(c, err, "there is no such app password; see provision app-password list") : err;
}
