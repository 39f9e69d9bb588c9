/* SPDX-License-Identifier: MIT */
/*
 * The verb history: a page of a conversation, the newest entry last. Whoever looks at the newest ones has read them. What comes then is
 * shown by history_follow.c.
 */
#include "cli/history.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/inbox.h"
#include "cli/pages.h"
#include "cli/server.h"
#include "cli/state.h"
#include "cli/verbs.h"

#define LIMIT 50
#define LIMIT_MAX 5000
#define STOP 1    /* ends the walk over pages */

/* ---- words ---- */

static const char *
company_name(struct cli_session *s, const struct cli_whom *whom)
{
	const Provision__CompanyRow *row = whom->membership != NULL ? whom->membership->company : whom->row->company;
	return cli_whom_string(s->call, row->name);
}

/* "Anna Schmidt", "Kanzlei Müller (Axel Agent)" */
static const char *
author(struct cli_session *s, const struct cli_whom *whom, const Provision__ConversationEntry *e)
{
	static const ProtobufCBinaryData none = { .len = 0 };
	const char *name = cli_whom_name(s->call, e->first_name, e->last_name, none);
	if (e->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_SYSTEM)
		return "";
	if (!e->is_from_company)
		return name;
	return arena_printf(s->call->arena, "%s (%s)", company_name(s, whom), e->is_former_member ? "former member" : name);
}

static const char *
event_text(const Provision__ConversationEntry *e)
{
	static const char *const texts[] = {
		[PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_NONE] = "something this program does not know",
		[PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_ACCEPTED] = "the company has accepted the customer",
		[PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_CUSTOMER_KEY] = "the customer has a new key: compare its fingerprint",
		[PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_COMPANY_KEY] = "the company has a new key: compare its fingerprint",
	};
	return texts[(unsigned)e->event < sizeof(texts) / sizeof(texts[0]) ? (unsigned)e->event : 0];
}

/* ---- text ---- */

/* Indented; a tab shows as blanks. Lines so that nothing in one can be taken for who wrote it. */
static void
print_lines(struct cli_session *s, struct view text)
{
	struct buf line;
	buf_init(&line, (size_t)16 * text.len + 16);
	while (text.len > 0) {
		size_t n = view_find(text, '\n');
		buf_clear(&line);
		int err = buf_append_str(&line, "    ");
		for (size_t i = 0; err == 0 && i < n; i++)
			err = text.data[i] == '\t' ? buf_append_str(&line, "        ") : buf_append_u8(&line, text.data[i]);
		if (err == 0)
			tool_print_text(s->call->print, "line", TOOL_SHOW_ALONE, buf_view(&line));
		text = view_slice(text, n < text.len ? n + 1 : text.len, text.len);
	}
	buf_deinit(&line);
}

static void
print_package(struct cli_session *s, const Provision__PackageRow *row, const struct cli_judgement *j)
{
	struct tool_call *c = s->call;
	struct id package = cli_server_get_id(row->package);
	bool is_signed = j->verdict == CLI_VERDICT_PROVED || j->verdict == CLI_VERDICT_SIGNED;
	const char *by = !is_signed || j->member.display_name[0] == '\0' ? "" :
	    arena_printf(c->arena, " by %s", tool_verb_safe(c, view_str(j->member.display_name)));
	const char *line = arena_printf(c->arena, "package %s, %u file%s, %s%s", id_text(&package).s, row->file_count,
	    row->file_count == 1 ? "" : "s", cli_state_text(c, row, j), by);
	print_lines(s, view_str(line));
	for (size_t i = 0; i < row->n_files; i++)
		print_lines(s, view_str(arena_printf(c->arena, "  %s", tool_verb_safe(c, cli_server_view(row->files[i]->path)))));
	print_lines(s, cli_server_view(row->comment));
}

static void
print_text(struct cli_session *s, const struct cli_whom *whom, const Provision__ConversationEntry *e, const struct cli_judgement *j)
{
	char when[32] = "";
	time_t t = (time_t)(e->time_ms / 1000);
	struct tm tm;
	const char *who = author(s, whom, e);
	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	const char *head = arena_printf(s->call->arena, "%llu  %s  %s", (unsigned long long)e->sequence, when, who);
	tool_print_str(s->call->print, "head", TOOL_SHOW_ALONE, head);
	if (e->package != NULL)
		print_package(s, e->package, j);
	else if (e->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_SYSTEM)
		print_lines(s, view_str(event_text(e)));
	else
		print_lines(s, e->is_deleted ? VIEW_LIT("(taken back)") : cli_server_view(e->text));
}

/* ---- JSON ---- */

static void
print_json_package(struct cli_session *s, const Provision__PackageRow *row, const struct cli_judgement *j)
{
	struct tool_print *p = s->call->print;
	tool_print_id_bytes(p, "package", TOOL_SHOW_JSON, cli_server_view(row->package));
	tool_print_text(p, "comment", TOOL_SHOW_JSON, cli_server_view(row->comment));
	cli_state_print(s->call, row, j);
	cli_state_print_received(s->call, row, j);
	tool_print_number(p, "file_count", TOOL_SHOW_JSON, row->file_count);
	cli_inbox_print_files(p, row);
}

static void
print_origin(struct cli_session *s, const Provision__ConversationEntry *e)
{
	struct tool_print *p = s->call->print;
	tool_print_str(p, "address", TOOL_SHOW_JSON, cli_server_address(s->call, cli_server_view(e->address)));
	tool_print_text(p, "user_agent", TOOL_SHOW_JSON, cli_server_view(e->user_agent));
}

static void
print_json(struct cli_session *s, const struct cli_whom *whom, const Provision__ConversationEntry *e, const struct cli_judgement *j)
{
	struct tool_print *p = s->call->print;
	tool_print_object(p, NULL);
	tool_print_number(p, "seq", TOOL_SHOW_JSON, e->sequence);
	tool_print_number(p, "number", TOOL_SHOW_JSON, e->number);
	tool_print_time(p, "time", TOOL_SHOW_JSON, e->time_ms);
	tool_print_time(p, "ends", TOOL_SHOW_JSON, e->ends_ms);
	tool_print_str(p, "kind", TOOL_SHOW_JSON, cli_server_enum(s->call, &e->base, "kind"));
	tool_print_str(p, "from", TOOL_SHOW_JSON, author(s, whom, e));
	tool_print_bool(p, "from_company", TOOL_SHOW_JSON, e->is_from_company);
	tool_print_bool(p, "own", TOOL_SHOW_JSON, e->is_own);
	if (e->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT) {
		tool_print_id_bytes(p, "message", TOOL_SHOW_JSON, cli_server_view(e->message));
		tool_print_text(p, "text", TOOL_SHOW_JSON, cli_server_view(e->text));
		tool_print_bool(p, "deleted", TOOL_SHOW_JSON, e->is_deleted);
	}
	if (e->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_SYSTEM)
		tool_print_str(p, "event", TOOL_SHOW_JSON, cli_server_enum(s->call, &e->base, "event"));
	if (e->package != NULL)
		print_json_package(s, e->package, j);
	if (e->address.len != 0)
		print_origin(s, e);
	tool_print_close(p);
}

int
cli_history_print(struct cli_session *s, struct cli_history_view *view, const Provision__ConversationEntry *entry)
{
	const Provision__PackageRow *package = entry->package;
	struct cli_judgement j = { .verdict = 0 };
	int err = 0;
	if (package != NULL)
		err = cli_state_judge(view->judge, package, entry->word, view->whom->membership != NULL, &j);
	if (err == 0) {
		(tool_print_is_json(s->call->print) ? print_json : print_text)(s, view->whom, entry, &j);
		tool_print_flush(s->call->print);
	}
	if (err == 0 && package != NULL && view->lie == 0)
		view->lie = cli_state_check(s, package, &j);
	cli_judge_deinit(&j);
	return err;
}

/* ---- which ---- */

static int
day_of(struct view value, uint64_t *from_ms_r, uint64_t *until_ms_r)
{
	struct tm tm = { .tm_isdst = -1 };
	char text[16] = "";
	if (value.len != 10)
		return ERR_SYNTAX;
	memcpy(text, value.data, value.len);
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	if (end == NULL || *end != '\0')
		return ERR_SYNTAX;
	tm.tm_isdst = -1;
	int day = tm.tm_mday;
	struct tm next = tm;
	next.tm_mday++;
	time_t from = mktime(&tm), until = mktime(&next);
	if (from <= 0 || until <= from || tm.tm_mday != day)
		return ERR_SYNTAX;
	*from_ms_r = (uint64_t)from * 1000;
	*until_ms_r = (uint64_t)until * 1000;
	return 0;
}

const char *
cli_history_check_date(struct view value)
{
	uint64_t from_ms, until_ms;
	return day_of(value, &from_ms, &until_ms) == 0 ? NULL : "must be a date, as 2026-01-31";
}

static uint64_t
number_of(const struct tool_call *c, const char *option, uint64_t otherwise, uint64_t max)
{
	const char *value = tool_verb_value(c, option);
	uint64_t n = otherwise;
	if (value != NULL && text_u64(view_str(value), max, &n) != 0)
		n = max;
	return n;
}

struct page {
	const Provision__ConversationEntry **entries;
	size_t count, limit;
};

static int
keep(struct cli_session *s, const ProtobufCMessage *row, void *arg)
{
	struct page *page = arg;
	(void)s;
	page->entries[page->count++] = (const Provision__ConversationEntry *)row;
	return page->count == page->limit ? STOP : 0;
}

/* With a lower bound the oldest are shown, else the newest. */
static void
request_of(struct tool_call *c, const struct cli_whom *whom, Provision__HistoryList *m)
{
	const char *date = tool_verb_value(c, "date");
	m->subscription = whom->row->subscription;
	m->before = number_of(c, "before", 0, INT64_MAX);
	m->after = number_of(c, "after", 0, INT64_MAX);
	m->origin = tool_verb_is_set(c, "origin");
	m->oldest_first = date != NULL || tool_verb_value(c, "after") != NULL;
	if (date != NULL)
		(void)day_of(view_str(date), &m->from_ms, &m->until_ms);
}

static int
print_page(struct cli_session *s, const struct cli_whom *whom, const struct page *page, bool is_reversed)
{
	struct tool_print *p = s->call->print;
	struct cli_history_view view = { .whom = whom, .judge = cli_judge_new(s) };
	int err = 0;
	if (tool_print_is_json(p))
		tool_print_list(p, NULL);
	else
		tool_print_object(p, NULL);
	for (size_t i = 0; err == 0 && i < page->count; i++)
		err = cli_history_print(s, &view, page->entries[is_reversed ? page->count - 1 - i : i]);
	tool_print_close(p);
	cli_judge_free(&view.judge);
	/* after an error nobody would write out what else there is */
	if (err == 0 && view.lie != 0)
		err = tool_print_end(p);
	return err == 0 ? view.lie : err;
}

int
cli_history_seen(struct cli_session *s, const struct cli_whom *whom, uint64_t sequence)
{
	Provision__ReadStatePut m = PROVISION__READ_STATE_PUT__INIT;
	m.subscription = whom->row->subscription;
	m.sequence = sequence;
	return cli_session_ask(s, "putReadState", &m.base, NULL);
}

/* With --follow: the newest ones, or those behind a number, and then what comes. */
static int
follow(struct cli_session *s, const struct cli_whom *whom, Provision__HistoryList *m, struct page *page)
{
	struct tool_call *c = s->call;
	bool shows_none = page->limit == 0;
	if (m->before != 0 || tool_verb_value(c, "date") != NULL)
		return tool_verb_fail(c, ERR_USAGE, "--follow has no end: leave out --before and --date");
	if (tool_verb_value(c, "after") != NULL)
		return cli_history_follow(s, whom, m->after);
	page->limit = shows_none ? 1 : page->limit;
	int err = cli_pages_each(s, "listHistory", &m->base, 0, keep, page);
	if (err != 0 && err != STOP)
		return err;
	uint64_t oldest = page->count == 0 ? 0 : page->entries[page->count - 1]->sequence;
	return cli_history_follow(s, whom, shows_none || oldest == 0 ? oldest : oldest - 1);
}

int
cli_history_run(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	struct page page = { .limit = (size_t)number_of(c, "limit", LIMIT, LIMIT_MAX) };
	struct cli_whom whom;
	int err = cli_whom_find(s, tool_verb_value(c, "with"), tool_verb_value(c, "company"), &whom);
	if (err != 0)
		return err;
	page.entries = arena_alloc(c->arena, (page.limit + 1) * sizeof(page.entries[0]));
	request_of(c, &whom, &m);
	if (tool_verb_is_set(c, "follow"))
		return follow(s, &whom, &m, &page);
	err = page.limit == 0 ? 0 : cli_pages_each(s, "listHistory", &m.base, 0, keep, &page);
	if (err != 0 && err != STOP)
		return err;
	err = print_page(s, &whom, &page, !m.oldest_first);
	if (err != 0 || page.count == 0 || m.oldest_first || m.before != 0)
		return err;
	return cli_history_seen(s, &whom, page.entries[0]->sequence);
}
