/* SPDX-License-Identifier: MIT */
/*
 * provisionctl account: what the operator may know of a person's account, locking it, and in the person's place resetting and deleting it.
 */
#include "admin/link.h"
#include "ctl/account.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"
#include "record/erasure.pb-c.h"
#include "tool/newfile.h"
#include "tool/receipt.h"
#include "tool/terminal.h"

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
explain(struct tool_call *c, int err)
{
	return err == ERR_NOT_FOUND || err == ERR_SYNTAX ? tool_verb_fail(c, err, "there is no such account") : err;
}

static int
show(struct tool_call *c, int err, const ProtobufCMessage *reply)
{
	if (err != 0)
		return explain(c, err);
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

static int
ask_for(struct tool_call *c, const ProtobufCMessage **reply_r)
{
	Provision__AccountShow m = PROVISION__ACCOUNT_SHOW__INIT;
	struct id id;
	name_account(c, &id, &m.account, &m.email);
	return admin_link_ask(c, IPC_ACCOUNT_SHOW, &m.base, reply_r);
}

int
ctl_account_show(struct tool_call *c)
{
	const ProtobufCMessage *reply = NULL;
	int err = ask_for(c, &reply);
	return show(c, err, reply);
}

int
ctl_account_find(struct tool_call *c, struct id *account_r)
{
	const ProtobufCMessage *reply = NULL;
	int err = ask_for(c, &reply);
	if (err != 0)
		return explain(c, err);
	const Provision__AccountShowReply *r = (const void *)reply;
	return id_from_view(view_of(r->account.data, r->account.len), account_r);
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

/* ---- in the person's place ---- */

static int
ask_erase(struct tool_call *c, bool deletes, struct trust_erasure *r, struct buf *text)
{
	Provision__AccountErase m = PROVISION__ACCOUNT_ERASE__INIT;
	const ProtobufCMessage *reply = NULL;
	struct id id;
	name_account(c, &id, &m.account, &m.email);
	m.deletes = deletes;
	int err = admin_link_ask(c, IPC_ACCOUNT_ERASE, &m.base, &reply);
	if (err == ERR_NOT_FOUND || err == ERR_SYNTAX)
		return tool_verb_fail(c, err, "there is no such account");
	if (err == ERR_STATE)
		return tool_verb_fail(c, err, "this is the last owner of a company: another member must become owner first");
	if (err != 0)
		return err;
	ProtobufCBinaryData bytes = ((const Provision__ErasureReply *)(const void *)reply)->receipt;
	err = trust_erasure_parse(view_of(bytes.data, bytes.len), r);
	if (err == 0)
		err = trust_erasure_armor(view_of(bytes.data, bytes.len), text);
	return err == 0 ? 0 : tool_verb_fail(c, err, "it is done, but the receipt is not valid: %s", err_text(err));
}

static int
erase(struct tool_call *c, bool deletes)
{
	struct tool_newfile file = { .name = NULL };
	struct trust_erasure r;
	struct buf text;
	buf_init(&text, TRUST_ERASURE_TEXT_MAX);
	int err = tool_terminal_confirm(c, deletes ? "The account goes, with every subscription, message and package, for the other sides "
	    "too, at once and for good. Go on?" : "Every subscription, message and package of this account goes, for the other sides too, at "
	    "once and for good. Go on?");
	if (err == 0)
		err = tool_newfile_open(c, tool_verb_value(c, "output"), &file);
	if (err == 0)
		err = ask_erase(c, deletes, &r, &text);
	if (err == 0)
		err = tool_newfile_write(c, &file, buf_view(&text));
	if (err == 0) {
		tool_print_object(c->print, NULL);
		tool_receipt_print(c, &r);
		if (file.name != NULL)
			tool_print_str(c->print, "written", TOOL_SHOW, file.name);
		tool_print_close(c->print);
	}
	tool_newfile_drop(&file);
	buf_deinit(&text);
	return err;
}

int
ctl_account_reset(struct tool_call *c)
{
	return erase(c, false);
}

int
ctl_account_delete(struct tool_call *c)
{
	return erase(c, true);
}
