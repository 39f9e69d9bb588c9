/* SPDX-License-Identifier: MIT */
/*
 * The verb inbox: packages to the person and to the companies it is a member of, newest first; or those sent. With --follow all of
 * them in the order in which they came, and then each that comes. What the other side must have signed is checked before it is said.
 */
#include <stdio.h>

#include "cli/follow.h"
#include "cli/inbox.h"
#include "cli/judge.h"
#include "cli/pages.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/state.h"
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

void
cli_inbox_print_files(struct tool_print *p, const Provision__PackageRow *row)
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
static int
compare(struct cli_session *s, const Provision__PackageRow *row, bool is_staff, bool *verified_r)
{
	struct id peer = cli_server_get_id(row->peer);
	const struct trust_pin *pin = NULL;
	int err = cli_pins_find(s, is_staff ? TRUST_PIN_CUSTOMER : TRUST_PIN_COMPANY, &peer, &pin);
	*verified_r = pin != NULL && pin->is_verified;
	return err;
}

struct listing {
	struct cli_judge *judge;
	bool is_staff;       /* seen from the company */
	int lie;             /* 0, or that one was told */
};

static void
print_item(struct cli_session *s, const Provision__InboxRow *item, bool is_staff, bool is_verified, const struct cli_judgement *j)
{
	const Provision__PackageRow *row = item->row;
	struct tool_call *c = s->call;
	struct tool_print *p = c->print;
	struct id package = cli_server_get_id(row->package);
	const char *other = is_staff ? cli_whom_name(c, row->first_name, row->last_name, row->company_name) : cli_whom_string(c, row->company);
	tool_print_object(p, NULL);
	tool_print_id(p, "package", TOOL_SHOW, &package);
	tool_print_time(p, "time", TOOL_SHOW, row->completed_ms != 0 ? row->completed_ms : row->created_ms);
	tool_print_str(p, "state", TOOL_SHOW_TEXT, cli_state_text(c, row, j));
	cli_state_print(c, row, j);
	tool_print_str(p, row->is_incoming ? "from" : "to", TOOL_SHOW, other);
	tool_print_text(p, "whom", TOOL_SHOW, cli_server_view(is_staff ? row->number : row->slug));
	tool_print_str(p, "key", TOOL_SHOW_TEXT, is_verified ? "verified" : "not verified");
	tool_print_bool(p, "verified", TOOL_SHOW_JSON, is_verified);
	tool_print_text(p, "company", TOOL_SHOW_JSON, cli_server_view(row->slug));
	tool_print_number(p, "number", TOOL_SHOW_JSON, item->number);
	tool_print_str(p, "contents", TOOL_SHOW_TEXT, summary(c, row));
	tool_print_number(p, "file_count", TOOL_SHOW_JSON, row->file_count);
	cli_state_print_received(c, row, j);
	tool_print_time(p, "ended", TOOL_SHOW_JSON, row->ended_ms);
	tool_print_time(p, "expires", TOOL_SHOW_JSON, row->expires_ms);
	tool_print_text(p, "comment", TOOL_SHOW, cli_server_view(row->comment));
	tool_print_str(p, "address", TOOL_SHOW_JSON, cli_server_address(c, cli_server_view(item->address)));
	tool_print_text(p, "user_agent", TOOL_SHOW_JSON, cli_server_view(item->user_agent));
	if (tool_print_is_json(p))
		cli_inbox_print_files(p, row);
	tool_print_close(p);
}

/* A lie does not end the list: the rest is shown. */
static int
take_row(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__InboxRow *item = (const Provision__InboxRow *)m;
	struct cli_judgement j;
	struct listing *l = arg;
	bool is_verified = false;
	int err = cli_state_judge(l->judge, item->row, item->word, l->is_staff, &j);
	if (err == 0)
		err = compare(s, item->row, l->is_staff, &is_verified);
	if (err == 0)
		print_item(s, item, l->is_staff, is_verified, &j);
	if (err == 0 && l->lie == 0)
		l->lie = cli_state_check(s, item->row, &j);
	cli_judge_deinit(&j);
	return err;
}

/* slug NULL: own packages as a customer. */
static int
list_side(struct cli_session *s, const ProtobufCBinaryData *slug, int expected, cli_pages_row *row, void *arg)
{
	Provision__InboxList m = PROVISION__INBOX_LIST__INIT;
	m.outgoing = tool_verb_is_set(s->call, "sent");
	if (slug != NULL)
		m.slug = *slug;
	return cli_pages_each(s, "listInbox", &m.base, expected, row, arg);
}

/* --- --follow */

#define ENOUGH 1       /* ends cli_pages_each(), no error */

/* One list, and the number of the newest row of it that was shown. */
struct side {
	const ProtobufCBinaryData *slug;
	uint64_t shown;
};

struct sides {
	struct side *items;
	size_t count;
};

/* Rows that were not shown yet, the newest first. */
struct fresh {
	struct fresh *next;
	const Provision__InboxRow *row;
};

struct gathering {
	uint64_t shown;
	struct fresh *oldest;
};

static int
gather(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	struct gathering *g = arg;
	const Provision__InboxRow *row = (const Provision__InboxRow *)m;
	if (row->number <= g->shown)
		return ENOUGH;
	struct fresh *f = arena_alloc(s->call->arena, sizeof(*f));
	*f = (struct fresh){ g->oldest, row };
	g->oldest = f;
	return 0;
}

static int
look_at_side(struct cli_session *s, struct side *side)
{
	struct gathering g = { side->shown, NULL };
	/* what the judge fetches lives as long as the call's arena: for one look */
	struct listing l = { .judge = cli_judge_new(s), .is_staff = side->slug != NULL };
	int err = list_side(s, side->slug, ERR_NOT_FOUND, gather, &g);
	if (err == ENOUGH || err == ERR_NOT_FOUND)       /* all seen; a company that one has left meanwhile */
		err = 0;
	for (struct fresh *f = g.oldest; err == 0 && f != NULL; f = f->next) {
		side->shown = f->row->number;
		err = cli_follow_print(s, take_row, &f->row->base, &l);
	}
	cli_judge_free(&l.judge);
	return err == 0 ? l.lie : err;
}

static int
look(struct cli_session *s, const Provision__EventRow *event, void *arg)
{
	struct sides *sides = arg;
	int err = 0;
	(void)event;
	for (size_t i = 0; err == 0 && i < sides->count; i++)
		err = look_at_side(s, &sides->items[i]);
	return err;
}

/* --- the verb */

static int
print_all(struct cli_session *s, const struct sides *sides)
{
	struct listing l = { .judge = cli_judge_new(s) };
	int err = 0;
	tool_print_list(s->call->print, NULL);
	for (size_t i = 0; err == 0 && i < sides->count; i++) {
		l.is_staff = sides->items[i].slug != NULL;
		err = list_side(s, sides->items[i].slug, 0, take_row, &l);
	}
	tool_print_close(s->call->print);
	cli_judge_free(&l.judge);
	/* what else there is is shown all the same: after an error nobody would write it out */
	if (err == 0 && l.lie != 0)
		err = tool_print_end(s->call->print);
	return err == 0 ? l.lie : err;
}

int
cli_inbox_list(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const char *company = tool_verb_value(c, "company");
	const Provision__MembershipRow *membership = NULL;
	const Provision__MembershipListReply *list = NULL;
	struct sides sides = { .count = 0 };
	int err = company != NULL ? cli_whom_membership(s, company, &membership) : cli_whom_memberships(s, &list);
	if (err != 0)
		return err;
	sides.items = arena_alloc(c->arena, (1 + (list == NULL ? 0 : list->n_items)) * sizeof(*sides.items));
	sides.items[sides.count++].slug = membership != NULL ? &membership->company->slug : NULL;
	for (size_t i = 0; list != NULL && i < list->n_items; i++)
		sides.items[sides.count++].slug = &list->items[i]->company->slug;
	return tool_verb_is_set(c, "follow") ? cli_follow(s, NULL, look, &sides) : print_all(s, &sides);
}
