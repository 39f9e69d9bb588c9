/* SPDX-License-Identifier: MIT */
/*
 * history --follow: every entry behind one, in order, as it comes; and again one that has become another (received, withdrawn, taken
 * back). What is shown has been read.
 */
#include "cli/follow.h"
#include "cli/history.h"
#include "cli/pages.h"
#include "cli/server.h"

struct watch {
	struct cli_history_view view;
	uint64_t shown;          /* all entries up to this number */
};

/* arg: the view. */
static int
print_entry(struct cli_session *s, const ProtobufCMessage *row, void *arg)
{
	struct tool_print *p = s->call->print;
	if (!tool_print_is_json(p))
		tool_print_object(p, NULL);
	int err = cli_history_print(s, arg, (const Provision__ConversationEntry *)row);
	if (!tool_print_is_json(p))
		tool_print_close(p);
	return err;
}

static int
show(struct cli_session *s, const ProtobufCMessage *row, void *arg)
{
	struct watch *w = arg;
	const Provision__ConversationEntry *e = (const Provision__ConversationEntry *)row;
	int err = cli_follow_print(s, print_entry, row, &w->view);
	if (err == 0 && e->sequence > w->shown)
		w->shown = e->sequence;
	return err;
}

/* Entries between two numbers, both left out; before 0: all behind. */
static int
show_between(struct cli_session *s, struct watch *w, uint64_t after, uint64_t before)
{
	Provision__HistoryList m = PROVISION__HISTORY_LIST__INIT;
	m.subscription = w->view.whom->row->subscription;
	m.oldest_first = true;
	m.origin = tool_verb_is_set(s->call, "origin");
	m.after = after;
	m.before = before;
	return cli_pages_each(s, "listHistory", &m.base, 0, show, w);
}

static int
look(struct cli_session *s, const Provision__EventRow *event, void *arg)
{
	struct watch *w = arg;
	uint64_t before = w->shown;
	int err = 0;
	/* what the judge fetches lives as long as the call's arena: for one look */
	w->view.judge = cli_judge_new(s);
	if (event != NULL && event->kind == PROVISION__EVENT_KIND__EVENT_KIND_CHANGED && event->sequence != 0 && event->sequence <= before)
		err = show_between(s, w, event->sequence - 1, event->sequence + 1);
	if (err == 0)
		err = show_between(s, w, before, 0);
	cli_judge_free(&w->view.judge);
	if (err == 0 && w->shown != before)
		err = cli_history_seen(s, w->view.whom, w->shown);
	return err == 0 ? w->view.lie : err;
}

int
cli_history_follow(struct cli_session *s, const struct cli_whom *whom, uint64_t after)
{
	struct watch w = { { .whom = whom }, after };
	struct id subscription = cli_server_get_id(whom->row->subscription);
	return cli_follow(s, &subscription, look, &w);
}
