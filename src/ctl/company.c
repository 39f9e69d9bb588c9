/* SPDX-License-Identifier: MIT */
/*
 * provisionctl company: making the shell of a company, and the list of them. Keys are the owner's client's business.
 */
#include "admin/link.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"

#define PAGE 100

static ProtobufCBinaryData
bytes_of(const char *s)
{
	struct view v = view_str(s);
	return (ProtobufCBinaryData){ .len = v.len, .data = (uint8_t *)(uintptr_t)v.data };
}

static struct view
view_of_bytes(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

int
ctl_company_add(struct tool_call *c)
{
	const ProtobufCMessage *reply;
	const char *locale = tool_verb_value(c, "locale");
	Provision__CompanyAdd m = PROVISION__COMPANY_ADD__INIT;
	m.slug = bytes_of(c->arguments[0]);
	m.name = bytes_of(tool_verb_value(c, "name"));
	m.contact = bytes_of(tool_verb_value(c, "contact"));
	m.locale = bytes_of(locale == NULL ? "de" : locale);
	m.unlisted = tool_verb_is_set(c, "unlisted");
	int err = admin_link_ask(c, IPC_COMPANY_ADD, &m.base, &reply);
	if (err == ERR_EXISTS)
		return tool_verb_fail(c, err, "there is a company %s already", c->arguments[0]);
	if (err == ERR_SYNTAX || err == ERR_LIMIT)
		return tool_verb_fail(c, err, "\"%s\" is not a slug: it has 1 to 63 letters a-z, digits and hyphens, and begins with a letter or "
		    "digit", tool_verb_safe(c, view_str(c->arguments[0])));
	if (err != 0)
		return err;
	const Provision__CompanyAddReply *r = (const void *)reply;
	tool_print_object(c->print, NULL);
	tool_print_id_bytes(c->print, "company", TOOL_SHOW_JSON, view_of_bytes(r->company));
	tool_print_str(c->print, "slug", TOOL_SHOW_JSON, c->arguments[0]);
	tool_print_text(c->print, "enrolment_code", TOOL_SHOW, view_of_bytes(r->enrolment));
	tool_print_close(c->print);
	tool_verb_say(c, "the first owner runs: provision company activate %s CODE (within 14 days; the code is shown only now)",
	    c->arguments[0]);
	return 0;
}

static void
print_company(struct tool_print *p, const Provision__CompanyOverviewRow *r)
{
	tool_print_object(p, NULL);
	tool_print_id_bytes(p, "company", TOOL_SHOW_JSON, view_of_bytes(r->company));
	tool_print_text(p, "slug", TOOL_SHOW, view_of_bytes(r->slug));
	tool_print_text(p, "name", TOOL_SHOW, view_of_bytes(r->name));
	tool_print_bool(p, "active", TOOL_SHOW, r->is_active);
	tool_print_bool(p, "listed", TOOL_SHOW, r->is_listed);
	tool_print_number(p, "members", TOOL_SHOW, r->members);
	tool_print_number(p, "customers", TOOL_SHOW, r->customers);
	tool_print_time(p, "created", TOOL_SHOW, r->created_ms);
	tool_print_close(p);
}

int
ctl_company_list(struct tool_call *c)
{
	Provision__CompanyOverview m = PROVISION__COMPANY_OVERVIEW__INIT;
	int err = 0;
	m.limit = PAGE;
	tool_print_list(c->print, NULL);
	do {
		const ProtobufCMessage *reply;
		err = admin_link_ask(c, IPC_COMPANY_OVERVIEW, &m.base, &reply);
		if (err != 0)
			break;
		const Provision__CompanyOverviewReply *r = (const void *)reply;
		for (size_t i = 0; i < r->n_items; i++)
			print_company(c->print, r->items[i]);
		m.cursor = r->next;
	} while (m.cursor.len > 0);
	tool_print_close(c->print);
	return err;
}
