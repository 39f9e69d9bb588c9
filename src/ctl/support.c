/* SPDX-License-Identifier: MIT */
/*
 * provisionctl support: what people ask the operator, and the answers.
 */
#include "admin/link.h"
#include "ctl/verbs.h"
#include "record/support.pb-c.h"
#include "tool/typed.h"

#define PAGE 100
#define TEXT_MAX ((size_t)8 * 1024)

static struct view
view_bytes(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

static void
print_head(struct tool_print *p, const Provision__SupportHead *head, ProtobufCBinaryData account)
{
	tool_print_id_bytes(p, "request", TOOL_SHOW, view_bytes(head->request));
	tool_print_id_bytes(p, "account", TOOL_SHOW, view_bytes(account));
	tool_print_time(p, "filed", TOOL_SHOW, head->created_ms);
	tool_print_str(p, "state", TOOL_SHOW, head->answered_ms == 0 ? "open" : "answered");
	tool_print_time(p, "answered", TOOL_SHOW_JSON, head->answered_ms);
	tool_print_time(p, "ends", TOOL_SHOW_JSON, head->end_ms);
}

int
ctl_support_list(struct tool_call *c)
{
	Provision__SupportOverview m = PROVISION__SUPPORT_OVERVIEW__INIT;
	bool is_open_only = tool_verb_is_set(c, "open");
	int err = 0;
	m.limit = PAGE;
	tool_print_list(c->print, NULL);
	do {
		const ProtobufCMessage *reply;
		err = admin_link_ask(c, IPC_SUPPORT_OVERVIEW, &m.base, &reply);
		if (err != 0)
			break;
		const Provision__SupportOverviewReply *r = (const void *)reply;
		for (size_t i = 0; i < r->n_items; i++) {
			if (is_open_only && r->items[i]->head->answered_ms != 0)
				continue;
			tool_print_object(c->print, NULL);
			print_head(c->print, r->items[i]->head, r->items[i]->account);
			tool_print_close(c->print);
		}
		m.cursor = r->next;
	} while (m.cursor.len > 0);
	tool_print_close(c->print);
	return err;
}

static int
read_request(struct tool_call *c, struct id *id, ProtobufCBinaryData *request_r)
{
	*request_r = (ProtobufCBinaryData){ ID_BYTES, id->bytes };
	return id_parse(view_str(c->arguments[0]), id) == 0 ? 0 :
	    tool_verb_fail(c, ERR_USAGE, "%s is no support request's id: see provisionctl support list",
	        tool_verb_safe(c, view_str(c->arguments[0])));
}

static int
explain(struct tool_call *c, int err)
{
	return err == ERR_NOT_FOUND ? tool_verb_fail(c, err, "there is no such support request, or it has ended") : err;
}

int
ctl_support_show(struct tool_call *c)
{
	Provision__SupportOpen m = PROVISION__SUPPORT_OPEN__INIT;
	const ProtobufCMessage *reply = NULL;
	struct id id;
	int err = read_request(c, &id, &m.request);
	if (err == 0)
		err = explain(c, admin_link_ask(c, IPC_SUPPORT_OPEN, &m.base, &reply));
	if (err != 0)
		return err;
	const Provision__SupportOpenReply *r = (const void *)reply;
	tool_print_object(c->print, NULL);
	print_head(c->print, r->request->head, r->account);
	tool_print_text(c->print, "name", TOOL_SHOW, view_bytes(r->name));
	tool_print_text(c->print, "locale", TOOL_SHOW, view_bytes(r->locale));
	tool_print_text(c->print, "text", TOOL_SHOW, view_bytes(r->request->text));
	tool_print_text(c->print, "answer", TOOL_SHOW, view_bytes(r->request->answer));
	tool_print_close(c->print);
	return 0;
}

int
ctl_support_answer(struct tool_call *c)
{
	Provision__SupportAnswer m = PROVISION__SUPPORT_ANSWER__INIT;
	const ProtobufCMessage *reply;
	struct view text;
	struct id id;
	int err = read_request(c, &id, &m.request);
	if (err == 0)
		err = tool_typed_text(c, c->arguments[1], TEXT_MAX, "the answer is empty", "an answer has at most 8 KiB", &text);
	if (err != 0)
		return err;
	m.answer = (ProtobufCBinaryData){ text.len, (uint8_t *)(uintptr_t)text.data };
	return explain(c, admin_link_ask(c, IPC_SUPPORT_ANSWER, &m.base, &reply));
}
