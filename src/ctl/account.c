/* SPDX-License-Identifier: MIT */
/*
 * provisionctl account: what the operator may know of a person's account, and locking it.
 */
#include "admin/link.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"

static ProtobufCBinaryData
bytes_of(struct view v)
{
	return (ProtobufCBinaryData){ .len = v.len, .data = (uint8_t *)(uintptr_t)v.data };
}

/* The argument, as what it can be: an id is no address. */
static void
name_account(struct tool_call *c, struct id *id, ProtobufCBinaryData *account_r, ProtobufCBinaryData *email_r)
{
	struct view typed = view_str(c->arguments[0]);
	if (id_parse(typed, id) == 0)
		*account_r = bytes_of(id_view(id));
	else
		*email_r = bytes_of(typed);
}

static int
show(struct tool_call *c, int err, const ProtobufCMessage *reply)
{
	if (err == ERR_NOT_FOUND || err == ERR_SYNTAX)
		return tool_verb_fail(c, err, "there is no such account");
	if (err != 0)
		return err;
	const Provision__AccountShowReply *r = (const void *)reply;
	struct tool_print *p = c->print;
	tool_print_object(p, NULL);
	tool_print_id_bytes(p, "account", TOOL_SHOW, view_of(r->account.data, r->account.len));
	tool_print_time(p, "created", TOOL_SHOW, r->created_ms);
	tool_print_bool(p, "locked", TOOL_SHOW, r->locked_ms != 0);
	tool_print_time(p, "locked_since", TOOL_SHOW, r->locked_ms);
	tool_print_number(p, "sessions", TOOL_SHOW, r->sessions);
	tool_print_bool(p, "totp", TOOL_SHOW, r->has_totp);
	tool_print_number(p, "app_passwords", TOOL_SHOW, r->app_passwords);
	tool_print_close(p);
	return 0;
}

int
ctl_account_show(struct tool_call *c)
{
	Provision__AccountShow m = PROVISION__ACCOUNT_SHOW__INIT;
	const ProtobufCMessage *reply = NULL;
	struct id id;
	name_account(c, &id, &m.account, &m.email);
	int err = admin_link_ask(c, IPC_ACCOUNT_SHOW, &m.base, &reply);
	return show(c, err, reply);
}

static int
lock(struct tool_call *c, bool locks)
{
	Provision__AccountLock m = PROVISION__ACCOUNT_LOCK__INIT;
	const ProtobufCMessage *reply = NULL;
	struct id id;
	name_account(c, &id, &m.account, &m.email);
	m.locks = locks;
	int err = admin_link_ask(c, IPC_ACCOUNT_LOCK, &m.base, &reply);
	return show(c, err, reply);
}

int
ctl_account_lock(struct tool_call *c)
{
	return lock(c, true);
}

int
ctl_account_unlock(struct tool_call *c)
{
	return lock(c, false);
}
