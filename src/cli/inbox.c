/* SPDX-License-Identifier: MIT */
/*
 * The verb inbox: packages to the person and to the companies it is a member of, newest first; or those sent.
 */
#include <stdio.h>

#include "cli/pages.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "record/package.pb-c.h"
#include "tool/progress.h"
#include "trust/fingerprint.h"

/* "3 files, 4.5 MiB: a.pdf, b.pdf, ..." */
static const char *
summary(struct tool_call *c, const Provision__PackageRow *row)
{
	char size[32];
	uint64_t total = 0;
	for (size_t i = 0; i < row->n_files; i++)
		total += row->files[i]->size;
	tool_progress_bytes(total, size);
	const char *first = row->n_files == 0 ? "" : tool_verb_safe(c, cli_server_view(row->files[0]->path));
	return arena_printf(c->arena, "%s%s (%u file%s%s)", first, row->file_count > 1 ? ", ..." : "", row->file_count,
	    row->file_count == 1 ? ", " : "s", row->file_count == 1 ? size : "");
}

static void
print_files(struct tool_print *p, const Provision__PackageRow *row)
{
	tool_print_list(p, "files");
	for (size_t i = 0; i < row->n_files; i++) {
		const Provision__FileRecord *f = row->files[i];
		struct hash fingerprint;
		tool_print_object(p, NULL);
		tool_print_text(p, "name", TOOL_SHOW_JSON, cli_server_view(f->path));
		tool_print_number(p, "size", TOOL_SHOW_JSON, f->size);
		bool has_one = f->fingerprint.len == sizeof(fingerprint.bytes);
		for (size_t k = 0; has_one && k < sizeof(fingerprint.bytes); k++)
			fingerprint.bytes[k] = f->fingerprint.data[k];
		tool_print_str(p, "fingerprint", TOOL_SHOW_JSON, has_one ? trust_fingerprint_text(&fingerprint).s : "");
		tool_print_close(p);
	}
	tool_print_close(p);
}

/* Whether the key known of the other side was compared by people. That it is still that one is seen when a package is received. */
static bool
is_verified(const struct cli_session *s, const Provision__PackageRow *row, bool is_staff)
{
	struct id peer = cli_server_get_id(row->peer);
	const struct trust_pin *pin = trust_pins_find(s->pins, is_staff ? TRUST_PIN_CUSTOMER : TRUST_PIN_COMPANY, &peer);
	return pin != NULL && pin->is_verified;
}

/* arg: whether it is seen from the company. */
static int
print_row(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__InboxRow *item = (const Provision__InboxRow *)m;
	const Provision__PackageRow *row = item->row;
	struct tool_call *c = s->call;
	bool is_staff = *(const bool *)arg;
	struct tool_print *p = c->print;
	struct id package = cli_server_get_id(row->package);
	const char *other = is_staff ? cli_whom_name(c, row->first_name, row->last_name, row->company_name) : cli_whom_string(c, row->company);
	tool_print_object(p, NULL);
	tool_print_id(p, "package", TOOL_SHOW, &package);
	tool_print_time(p, "time", TOOL_SHOW, row->completed_ms != 0 ? row->completed_ms : row->created_ms);
	tool_print_str(p, "state", TOOL_SHOW, cli_server_enum(c, &row->base, "state"));
	tool_print_str(p, row->is_incoming ? "from" : "to", TOOL_SHOW, other);
	tool_print_text(p, "whom", TOOL_SHOW, cli_server_view(is_staff ? row->number : row->slug));
	tool_print_str(p, "key", TOOL_SHOW_TEXT, is_verified(s, row, is_staff) ? "verified" : "not verified");
	tool_print_bool(p, "verified", TOOL_SHOW_JSON, is_verified(s, row, is_staff));
	tool_print_text(p, "company", TOOL_SHOW_JSON, cli_server_view(row->slug));
	tool_print_number(p, "number", TOOL_SHOW_JSON, item->number);
	tool_print_str(p, "contents", TOOL_SHOW_TEXT, summary(c, row));
	tool_print_number(p, "file_count", TOOL_SHOW_JSON, row->file_count);
	tool_print_time(p, "received", TOOL_SHOW_JSON, row->received_ms);
	tool_print_text(p, "received_by", TOOL_SHOW_JSON, cli_server_view(row->received_by));
	tool_print_time(p, "ended", TOOL_SHOW_JSON, row->ended_ms);
	tool_print_time(p, "expires", TOOL_SHOW_JSON, row->expires_ms);
	tool_print_text(p, "comment", TOOL_SHOW, cli_server_view(row->comment));
	if (tool_print_is_json(p))
		print_files(p, row);
	tool_print_close(p);
	return 0;
}

/* slug NULL: own packages as a customer. */
static int
list_side(struct cli_session *s, const ProtobufCBinaryData *slug)
{
	Provision__InboxList m = PROVISION__INBOX_LIST__INIT;
	bool is_staff = slug != NULL;
	m.outgoing = tool_verb_is_set(s->call, "sent");
	if (is_staff)
		m.slug = *slug;
	return cli_pages_each(s, "listInbox", &m.base, 0, print_row, &is_staff);
}

int
cli_inbox_list(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const char *company = tool_verb_value(c, "company");
	const Provision__MembershipRow *membership = NULL;
	const Provision__MembershipListReply *list = NULL;
	int err = company != NULL ? cli_whom_membership(s, company, &membership) : cli_whom_memberships(s, &list);
	if (err == 0)
		err = cli_pins_load(s);
	if (err != 0)
		return err;
	tool_print_list(c->print, NULL);
	err = membership != NULL ? list_side(s, &membership->company->slug) : list_side(s, NULL);
	for (size_t i = 0; err == 0 && list != NULL && i < list->n_items; i++)
		err = list_side(s, &list->items[i]->company->slug);
	tool_print_close(c->print);
	return err;
}
