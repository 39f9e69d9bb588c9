/* SPDX-License-Identifier: MIT */
/*
 * One step after the other, each a transaction of the store's: whoever kills this between two of them has lost nothing, and
 * the next run goes on. Adds up what the steps say.
 */
#include "janitor/run.h"

#include <stdlib.h>
#include <string.h>

#include "admin/link.h"
#include "base/clock.h"
#include "record/janitor.pb-c.h"
#include "tool/progress.h"
#include "tool/stop.h"

/* Items a step: few enough that nobody who asks meanwhile waits long. */
#define STEP 64
#define STEP_ARENA_MAX ((size_t)256 * 1024)
#define STEP_TIMEOUT_S 120
#define KINDS_MAX 64
#define KIND_MAX 41

struct pile {
	char kind[KIND_MAX];
	uint64_t items, failed, oldest_ms;
};

struct run {
	struct tool_call *call;
	struct pile piles[KINDS_MAX];
	size_t pile_count;
	uint64_t items, failed;
	uint64_t limit;          /* 0: none */
	bool is_whole;
};

/* ---- printing ---- */

static void
print_pile(struct tool_print *p, const char *kind, uint64_t items, uint64_t failed, uint64_t oldest_ms)
{
	tool_print_object(p, NULL);
	tool_print_str(p, "kind", TOOL_SHOW, kind);
	tool_print_number(p, "items", TOOL_SHOW, items);
	tool_print_number(p, "failed", TOOL_SHOW, failed);
	tool_print_time(p, "oldest", TOOL_SHOW, oldest_ms);
	tool_print_close(p);
}

static int
ask_plan(struct tool_call *c, const Provision__JanitorPlanReply **r)
{
	Provision__JanitorPlan m = PROVISION__JANITOR_PLAN__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = admin_link_ask_in(c, IPC_JANITOR_PLAN, &m.base, STEP_TIMEOUT_S, c->arena, &reply);
	*r = (const void *)reply;
	if (err == 0 && (*r)->is_clock_held)
		tool_verb_say(c, "the clock is doubted: what ends by time waits (provisionctl clock accept)");
	return err;
}

int
run_plan(struct tool_call *c)
{
	const Provision__JanitorPlanReply *r;
	int err = ask_plan(c, &r);
	if (err != 0)
		return err;
	if (r->is_more)
		tool_verb_say(c, "there is more than was counted");
	tool_print_list(c->print, NULL);
	for (size_t i = 0; i < r->n_piles; i++) {
		const Provision__JanitorPile *p = r->piles[i];
		print_pile(c->print, arena_str(c->arena, view_of(p->kind.data, p->kind.len)), p->items, p->failed, p->oldest_ms);
	}
	tool_print_close(c->print);
	return 0;
}

static void
print_reason(struct tool_call *c, const Provision__JanitorReason *r)
{
	struct tool_print *p = c->print;
	tool_print_object(p, NULL);
	tool_print_text(p, "what", TOOL_SHOW, view_of(r->what.data, r->what.len));
	tool_print_text(p, "rule", TOOL_SHOW, view_of(r->rule.data, r->rule.len));
	tool_print_time(p, "ends", TOOL_SHOW, r->ends_ms);
	tool_print_text(p, "from", TOOL_SHOW, view_of(r->from.data, r->from.len));
	tool_print_close(p);
}

int
run_explain(struct tool_call *c)
{
	Provision__JanitorExplain m = PROVISION__JANITOR_EXPLAIN__INIT;
	const char *typed = tool_verb_value(c, "explain");
	const ProtobufCMessage *reply;
	struct id id;
	if (id_parse(view_str(typed), &id) != 0)
		return tool_verb_fail(c, ERR_USAGE, "--explain: %s is no id", tool_verb_safe(c, view_str(typed)));
	m.id = (ProtobufCBinaryData){ sizeof(id.bytes), id.bytes };
	int err = admin_link_ask_in(c, IPC_JANITOR_EXPLAIN, &m.base, STEP_TIMEOUT_S, c->arena, &reply);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(c, err, "nothing is kept under %s", typed);
	if (err != 0)
		return err;
	const Provision__JanitorExplainReply *r = (const void *)reply;
	if (r->is_more)
		tool_verb_say(c, "there is more than is shown");
	tool_print_list(c->print, NULL);
	for (size_t i = 0; i < r->n_reasons; i++)
		print_reason(c, r->reasons[i]);
	tool_print_close(c->print);
	return 0;
}

/* ---- working ---- */

static struct pile *
pile_of(struct run *run, struct view kind)
{
	for (size_t i = 0; i < run->pile_count; i++)
		if (view_equal_str(kind, run->piles[i].kind))
			return &run->piles[i];
	if (run->pile_count == KINDS_MAX || kind.len >= KIND_MAX)
		return NULL;
	struct pile *p = &run->piles[run->pile_count++];
	memcpy(p->kind, kind.data, kind.len);
	return p;
}

static void
add(struct run *run, const Provision__JanitorWorkReply *r)
{
	for (size_t i = 0; i < r->n_piles; i++) {
		const Provision__JanitorPile *in = r->piles[i];
		struct pile *p = pile_of(run, view_of(in->kind.data, in->kind.len));
		run->items += in->items;
		run->failed += in->failed;
		if (p == NULL)
			continue;
		p->items += in->items;
		p->failed += in->failed;
		if (p->oldest_ms == 0 || in->oldest_ms < p->oldest_ms)
			p->oldest_ms = in->oldest_ms;
	}
}

/* *items_r: worked; 0: nothing is left. */
static int
step(struct run *run, uint32_t limit, uint32_t *items_r)
{
	struct arena *arena = arena_new(STEP_ARENA_MAX);
	Provision__JanitorWork m = PROVISION__JANITOR_WORK__INIT;
	const ProtobufCMessage *reply;
	m.limit = limit;
	int err = admin_link_ask_in(run->call, IPC_JANITOR_WORK, &m.base, STEP_TIMEOUT_S, arena, &reply);
	if (err == 0) {
		const Provision__JanitorWorkReply *r = (const void *)reply;
		*items_r = r->items;
		add(run, r);
	}
	arena_free(&arena);
	return err;
}

static int
work(struct run *run, uint64_t expected)
{
	struct tool_progress progress;
	uint64_t done = 0;
	int err = 0;
	tool_progress_begin_items(&progress, "working");
	while (err == 0 && !run->is_whole && !tool_stop_is_wanted() && (run->limit == 0 || done < run->limit)) {
		uint32_t items = 0;
		uint64_t left = run->limit == 0 ? STEP : run->limit - done;
		err = step(run, left < STEP ? (uint32_t)left : STEP, &items);
		done += items;
		run->is_whole = err == 0 && items == 0;
		tool_progress_move(&progress, done, done > expected ? done : expected);
	}
	tool_progress_end(&progress);
	return err;
}

static void
print_report(struct run *run, uint64_t seconds)
{
	struct tool_print *p = run->call->print;
	tool_print_object(p, NULL);
	tool_print_number(p, "items", TOOL_SHOW, run->items);
	tool_print_number(p, "failed", TOOL_SHOW, run->failed);
	tool_print_number(p, "seconds", TOOL_SHOW, seconds);
	tool_print_bool(p, "all_done", TOOL_SHOW, run->is_whole);
	for (size_t i = 0; i < run->pile_count && !tool_print_is_json(p); i++)
		tool_print_number(p, run->piles[i].kind, TOOL_SHOW_TEXT, run->piles[i].items);
	tool_print_list(p, "kinds");
	for (size_t i = 0; i < run->pile_count; i++)
		print_pile(p, run->piles[i].kind, run->piles[i].items, run->piles[i].failed, run->piles[i].oldest_ms);
	tool_print_close(p);
	tool_print_close(p);
}

static int
finish(struct run *run, uint64_t seconds)
{
	Provision__JanitorEnd m = PROVISION__JANITOR_END__INIT;
	const ProtobufCMessage *reply;
	m.items = run->items;
	m.failed = run->failed;
	m.seconds = seconds;
	m.is_whole = run->is_whole;
	return admin_link_ask(run->call, IPC_JANITOR_END, &m.base, &reply);
}

int
run_work(struct tool_call *c)
{
	struct run *run = arena_alloc(c->arena, sizeof(*run));
	const Provision__JanitorPlanReply *plan;
	const char *limit = tool_verb_value(c, "limit");
	uint64_t expected = 0, start_ms = clock_mono_ms();
	*run = (struct run){ .call = c, .limit = limit == NULL ? 0 : strtoull(limit, NULL, 10) };
	int err = limit != NULL && run->limit == 0 ? tool_verb_fail(c, ERR_USAGE, "--limit: 1 at least") : ask_plan(c, &plan);
	if (err != 0)
		return err;
	for (size_t i = 0; i < plan->n_piles; i++)
		expected += plan->piles[i]->items;
	err = work(run, expected);
	uint64_t seconds = (clock_mono_ms() - start_ms) / 1000;
	if (err == 0)
		err = finish(run, seconds);
	if (err == 0)
		print_report(run, seconds);
	return err;
}
