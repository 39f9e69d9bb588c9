/* SPDX-License-Identifier: MIT */
/*
 * provisionctl account export: the archive that a person gets with "provision export", for one who cannot log in (A13). Without what only
 * that person's keys open, and never with the contents of packages.
 */
#include "admin/link.h"
#include "archive/person.h"
#include "base/fatal.h"
#include "ctl/account.h"
#include "ctl/verbs.h"
#include "rest/operation.h"
#include "tool/archive.h"

#define TIMEOUT_S 60

struct asker {
	struct tool_call *call;
	Provision__Caller caller;        /* the account in whose place is asked */
};

/* Every request of a person begins with its caller. */
static void
put_caller(const ProtobufCMessage *request, Provision__Caller *caller)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "caller");
	require(f != NULL);
	*(Provision__Caller **)((char *)(uintptr_t)request + f->offset) = caller;
}

static int
ask(void *arg, const char *operation, const ProtobufCMessage *request, struct arena *arena, const ProtobufCMessage **reply_r)
{
	struct asker *a = arg;
	put_caller(request, &a->caller);
	int err = admin_link_ask_in(a->call, rest_operation_find(operation)->request, request, TIMEOUT_S, arena, reply_r);
	return err == 0 || err == ERR_NOT_FOUND ? err : tool_verb_fail(a->call, err, "%s: %s", operation, err_text(err));
}

static int
put_no_package(struct archive *a, const Provision__PackageGetReply *package, void *arg)
{
	(void)a;
	(void)package;
	(void)arg;
	return 0;
}

static int
fill(struct tool_call *c, struct archive *a, void *arg)
{
	const char *locale_name = tool_verb_value(c, "locale");
	const struct archive_source source = { ask, arg };
	enum mail_locale locale = MAIL_LOCALE_DE;
	if (locale_name != NULL && mail_locale_parse(view_str(locale_name), &locale) != 0)
		locale = MAIL_LOCALE_DE;
	return archive_person_put(a, &source, locale, put_no_package, NULL);
}

int
ctl_export_run(struct tool_call *c)
{
	struct asker asker = { .call = c };
	struct id account;
	int err = ctl_account_find(c, &account);
	if (err != 0)
		return err;
	provision__caller__init(&asker.caller);
	asker.caller.account = (ProtobufCBinaryData){ .len = ID_BYTES, .data = account.bytes };
	return tool_archive_make(c, "person", "provisionctl", id_text(&account).s, fill, &asker);
}
