/* SPDX-License-Identifier: MIT */
/*
 * provisionctl quota: what somebody has waiting, and may have.
 */
#include "base/text.h"
#include "admin/link.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"

static ProtobufCBinaryData
option_bytes(struct tool_call *c, const char *name)
{
	const char *s = tool_verb_value(c, name);
	struct view v = view_str(s == NULL ? "" : s);
	return (ProtobufCBinaryData){ .len = v.len, .data = (uint8_t *)(uintptr_t)v.data };
}

static bool
is_one_named(struct tool_call *c)
{
	return (tool_verb_value(c, "account") != NULL) != (tool_verb_value(c, "company") != NULL);
}

static int
show(struct tool_call *c, int err, const ProtobufCMessage *reply)
{
	if (err == ERR_NOT_FOUND || err == ERR_SYNTAX)
		return tool_verb_fail(c, err, "there is no such account or company");
	if (err != 0)
		return err;
	const Provision__QuotaReply *r = (const void *)reply;
	tool_print_object(c->print, NULL);
	tool_print_number(c->print, "bytes", TOOL_SHOW, r->bytes);
	tool_print_number(c->print, "bytes_max", TOOL_SHOW, r->bytes_max);
	tool_print_number(c->print, "packages", TOOL_SHOW, r->packages);
	tool_print_number(c->print, "packages_max", TOOL_SHOW, r->packages_max);
	tool_print_close(c->print);
	return 0;
}

int
ctl_quota_show(struct tool_call *c)
{
	Provision__QuotaGet m = PROVISION__QUOTA_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	if (!is_one_named(c))
		return tool_verb_fail(c, ERR_USAGE, "say --account or --company");
	m.email = option_bytes(c, "account");
	m.slug = option_bytes(c, "company");
	int err = admin_link_ask(c, IPC_QUOTA_GET, &m.base, &reply);
	return show(c, err, reply);
}

/* The number of an option that was checked; absent: 0 and false. */
static bool
number_of(struct tool_call *c, const char *name, uint64_t *value_r)
{
	const char *s = tool_verb_value(c, name);
	*value_r = 0;
	return s != NULL && text_u64(view_str(s), UINT64_MAX, value_r) == 0;
}

int
ctl_quota_set(struct tool_call *c)
{
	Provision__QuotaSet m = PROVISION__QUOTA_SET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.sets_bytes = number_of(c, "bytes", &m.bytes);
	m.sets_packages = number_of(c, "packages", &m.packages);
	if (!is_one_named(c) || (!m.sets_bytes && !m.sets_packages))
		return tool_verb_fail(c, ERR_USAGE, "say --account or --company, and --bytes or --packages");
	m.email = option_bytes(c, "account");
	m.slug = option_bytes(c, "company");
	int err = admin_link_ask(c, IPC_QUOTA_SET, &m.base, &reply);
	return show(c, err, reply);
}
