/* SPDX-License-Identifier: MIT */
/*
 * The verbs support file, list, show and withdraw: what the person asks the operator, and the answers. Readable by the operator,
 * of course.
 */
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "record/support.pb-c.h"
#include "tool/typed.h"

#define TEXT_MAX ((size_t)8 * 1024)

static void
print_head(struct tool_print *p, const Provision__SupportHead *head)
{
	tool_print_id_bytes(p, "request", TOOL_SHOW, cli_server_view(head->request));
	tool_print_time(p, "filed", TOOL_SHOW, head->created_ms);
	tool_print_str(p, "state", TOOL_SHOW, head->answered_ms == 0 ? "open" : "answered");
	tool_print_time(p, "answered", TOOL_SHOW, head->answered_ms);
	tool_print_time(p, "ends", TOOL_SHOW_JSON, head->end_ms);
}

int
cli_support_file(struct tool_call *c)
{
	Provision__SupportCreate m = PROVISION__SUPPORT_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	struct view text;
	int err = tool_typed_text(c, c->arguments[0], TEXT_MAX, "there is nothing to ask", "a support request has at most 8 KiB", &text);
	if (err != 0)
		return err;
	m.text = cli_server_bytes(text);
	err = cli_session_ask_but(cli_session_of(c), "createSupportRequest", &m.base, &reply, ERR_STATE);
	if (err == ERR_STATE)
		return tool_verb_fail(c, err, "you have 20 support requests, and there can be no more: see provision support list");
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	tool_print_id_bytes(c->print, "request", TOOL_SHOW, cli_server_view(((const Provision__SupportCreateReply *)reply)->request));
	tool_print_close(c->print);
	return 0;
}

int
cli_support_list(struct tool_call *c)
{
	Provision__SupportList m = PROVISION__SUPPORT_LIST__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(cli_session_of(c), "getSupportRequests", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__SupportListReply *r = (const Provision__SupportListReply *)reply;
	tool_print_list(c->print, NULL);
	for (size_t i = 0; i < r->n_items; i++) {
		tool_print_object(c->print, NULL);
		print_head(c->print, r->items[i]);
		tool_print_close(c->print);
	}
	tool_print_close(c->print);
	return 0;
}

static int
read_request(struct tool_call *c, struct id *id_r)
{
	return id_parse(view_str(c->arguments[0]), id_r) == 0 ? 0 :
	    tool_verb_fail(c, ERR_USAGE, "\"%s\" is not the id of a support request", tool_verb_safe(c, view_str(c->arguments[0])));
}

static int
explain(struct tool_call *c, int err)
{
	return err == ERR_NOT_FOUND ? tool_verb_fail(c, err, "there is no such support request; see provision support list") : err;
}

int
cli_support_show(struct tool_call *c)
{
	Provision__SupportShow m = PROVISION__SUPPORT_SHOW__INIT;
	const ProtobufCMessage *reply = NULL;
	struct id id;
	int err = read_request(c, &id);
	if (err != 0)
		return err;
	m.request = cli_server_id(&id);
	err = explain(c, cli_session_ask_but(cli_session_of(c), "getSupportRequest", &m.base, &reply, ERR_NOT_FOUND));
	if (err != 0)
		return err;
	const Provision__SupportShowReply *r = (const Provision__SupportShowReply *)reply;
	tool_print_object(c->print, NULL);
	print_head(c->print, r->head);
	tool_print_text(c->print, "text", TOOL_SHOW, cli_server_view(r->text));
	tool_print_text(c->print, "answer", TOOL_SHOW, cli_server_view(r->answer));
	tool_print_close(c->print);
	return 0;
}

int
cli_support_withdraw(struct tool_call *c)
{
	Provision__SupportEnd m = PROVISION__SUPPORT_END__INIT;
	struct id id;
	int err = read_request(c, &id);
	if (err != 0)
		return err;
	m.request = cli_server_id(&id);
	return explain(c, cli_session_ask_but(cli_session_of(c), "endSupportRequest", &m.base, NULL, ERR_NOT_FOUND));
}
