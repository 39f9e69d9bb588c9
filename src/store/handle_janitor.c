/* SPDX-License-Identifier: MIT */
/*
 * provision-janitor: what is due, by kind; a bounded step of it; the report. The jobs themselves are the families' own, and
 * the store works them by itself, too.
 */
#include "base/log.h"
#include "record/janitor.pb-c.h"
#include "store/clock_guard.h"
#include "store/due.h"
#include "store/handle.h"
#include "store/rowkey.h"
#include "store/wire.h"

/* Items a plan looks at: a second or two. */
#define SURVEY_MAX 2000000

/* The piles with anything in them. */
static Provision__JanitorPile **
show(struct arena *a, const struct store_due_pile *piles, size_t count, size_t *n_r)
{
	Provision__JanitorPile **rows = arena_alloc(a, count * sizeof(Provision__JanitorPile *));
	*n_r = 0;
	for (size_t i = 0; i < count; i++) {
		Provision__JanitorPile *row;
		if (piles[i].items == 0)
			continue;
		row = rows[(*n_r)++] = arena_alloc(a, sizeof(*row));
		provision__janitor_pile__init(row);
		row->kind = wire_str(piles[i].kind->name);
		row->is_erasure = piles[i].kind->is_erasure;
		row->items = piles[i].items;
		row->failed = piles[i].failed;
		row->oldest_ms = piles[i].oldest_ms;
	}
	return rows;
}

int
handle_janitor_plan(struct store_call *c)
{
	Provision__JanitorPlanReply *reply = arena_alloc(c->arena, sizeof(*reply));
	size_t count;
	struct store_due_pile *piles = store_due_piles(c->store->due, c->arena, &count);

	provision__janitor_plan_reply__init(reply);
	reply->is_more = store_due_survey(c->store->due, c->tx, piles, SURVEY_MAX);
	reply->piles = show(c->arena, piles, count, &reply->n_piles);
	reply->is_clock_held = store_clock_guard_is_held(c->store->clock);
	c->reply = &reply->base;
	return 0;
}

int
handle_janitor_work(struct store_call *c)
{
	const Provision__JanitorWork *m = (const Provision__JanitorWork *)c->request;
	Provision__JanitorWorkReply *reply = arena_alloc(c->arena, sizeof(*reply));
	size_t count;
	struct store_due_pile *piles = store_due_piles(c->store->due, c->arena, &count);

	provision__janitor_work_reply__init(reply);
	reply->items = store_due_work(c->store->due, c->tx, piles, m->limit);
	reply->piles = show(c->arena, piles, count, &reply->n_piles);
	c->reply = &reply->base;
	return 0;
}

static int
log_run(void *arg)
{
	const Provision__JanitorEnd *m = arg;
	log_event(LOG_NOTICE, "janitor-run", LOG_U("items", m->items), LOG_U("failed", m->failed), LOG_U("seconds", m->seconds),
	    LOG_U("whole", m->is_whole));
	return 0;
}

int
handle_janitor_end(struct store_call *c)
{
	const Provision__JanitorEnd *m = (const Provision__JanitorEnd *)c->request;
	Provision__JanitorEnd *said = arena_alloc(store_txn_arena(c->tx), sizeof(*said));
	struct store_rowkey now = { .len = 0 };

	*said = *m;
	rowkey_add_number(&now, store_clock_guard_now_ms(c->store->clock), 8);
	if (m->is_whole)
		store_index_put(c->tx, STORE_TABLE_META, VIEW_LIT("janitor"), rowkey_view(&now));
	store_txn_hook(c->tx, STORE_AFTER_COMMIT, log_run, said);
	return 0;
}
