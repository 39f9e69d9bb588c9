/* SPDX-License-Identifier: MIT */
/*
 * The janitor's requests (E6, G2): a plan that changes nothing, steps that are bounded and say what they did, an end that is
 * remembered; and that nobody but a tool of the operator's may ask.
 */
#include <string.h>

#include "base/clock.h"
#include "record/janitor.pb-c.h"
#include "store/jobs.h"
#include "store/talk.h"

#define MANY 100

static const Provision__JanitorPlanReply *
plan(struct desk *d)
{
	Provision__JanitorPlan m = PROVISION__JANITOR_PLAN__INIT;
	Provision__JanitorPlanReply *reply;

	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_JANITOR_PLAN, &m.base, &reply), 0);
	return reply;
}

static const Provision__JanitorWorkReply *
work(struct desk *d, uint32_t limit)
{
	Provision__JanitorWork m = PROVISION__JANITOR_WORK__INIT;
	Provision__JanitorWorkReply *reply;

	m.limit = limit;
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_JANITOR_WORK, &m.base, &reply), 0);
	return reply;
}

static int
put(void *arg, struct store_txn *tx)
{
	struct desk *d = arg;
	struct id id = { { 0 } };

	for (unsigned i = 0; i < MANY; i++) {
		id.bytes[0] = (uint8_t)i;
		store_jobs_put(d->rig->store, tx, STORE_JOB_REGISTRATION_END, desk_now(d) + 1000, id_view(&id));
	}
	store_jobs_put(d->rig->store, tx, STORE_JOB_MAIL, desk_now(d) + 1000, id_view(&id));
	return 0;
}

static const Provision__JanitorPile *
pile(Provision__JanitorPile *const *piles, size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++)
		if (view_equal_str(wire_view(piles[i]->kind), kind))
			return piles[i];
	return NULL;
}

static void
test_plan_and_steps(void **state)
{
	struct desk *d = *state;
	const Provision__JanitorPile *p;
	const Provision__JanitorWorkReply *w;
	uint64_t total = 0;

	desk_work(d);
	assert_int_equal(plan(d)->n_piles, 0);
	assert_int_equal(store_committer_run(d->rig->store->committer, put, d), 0);
	assert_int_equal(plan(d)->n_piles, 0);
	rig_pass(d->rig, 3600000);
	for (unsigned i = 0; i < 2; i++) {
		const Provision__JanitorPlanReply *r = plan(d);
		p = pile(r->piles, r->n_piles, "registration-end");
		assert_non_null(p);
		assert_int_equal(p->items, MANY);
		assert_true(p->is_erasure && p->oldest_ms > desk_now(d) - 3600000 && p->oldest_ms <= desk_now(d));
		p = pile(r->piles, r->n_piles, "mail");
		assert_non_null(p);
		assert_true(p->items == 1 && !p->is_erasure);
		assert_false(r->is_clock_held || r->is_more);
	}
	w = work(d, 10);
	assert_true(w->items >= 1 && w->items <= 10);
	for (total = w->items; (w = work(d, 64))->items > 0; total += w->items)
		assert_true(w->items <= 64);
	assert_int_equal(total, MANY + 1);
	assert_int_equal(plan(d)->n_piles, 0);
}

/* What is known of an id: "what" and the rule of the first rows, the soonest job's time in *ends_r. */
static void
explain(struct desk *d, const struct id *id, int err, const char *whats, uint64_t *ends_r)
{
	Provision__JanitorExplain m = PROVISION__JANITOR_EXPLAIN__INIT;
	Provision__JanitorExplainReply *reply;
	char said[1024] = "";
	size_t n = 0;

	m.id = wire_of_id(id);
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_JANITOR_EXPLAIN, &m.base, &reply), err);
	*ends_r = 0;
	for (size_t i = 0; err == 0 && i < reply->n_reasons; i++) {
		const Provision__JanitorReason *r = reply->reasons[i];
		n += (size_t)snprintf(said + n, sizeof(said) - n, "%s%.*s/%.*s", i == 0 ? "" : " ", VIEW_FMT(wire_view(r->what)),
		    VIEW_FMT(wire_view(r->rule)));
		if (*ends_r == 0)
			*ends_r = r->ends_ms;
	}
	/* what comes in the same minute has no order: only the first ones are told */
	assert_true(n >= strlen(whats));
	said[strlen(whats)] = '\0';
	assert_string_equal(said, whats);
}

static void
test_explain(void **state)
{
	struct cast *c = *state;
	struct desk *d = c->d;
	struct id other = id_random();
	uint64_t ends_ms, today = clock_day(desk_now(d));
	struct desk_parcel p;

	desk_work(d);
	explain(d, &other, ERR_NOT_FOUND, "", &ends_ms);
	explain(d, &c->anna.account, 0, "account/account events-end/event", &ends_ms);
	assert_int_equal(ends_ms, (today + 8) * RIG_DAY_MS);
	assert_int_equal(say(c, &c->anna, false, "warum?"), 0);
	explain(d, &last_id, 0, "message/history provenance-end/provenance entries-end/history", &ends_ms);
	assert_int_equal(ends_ms, (today + 30) * RIG_DAY_MS);
	to_company(c, &p);
	desk_parcel_send(d, &p);
	/* its reminder, then what ends with its sending, the origin, and in any order its day */
	explain(d, &p.package, 0, "package/history package-remind/ package-give-up/arriving provenance-end/provenance", &ends_ms);
	assert_true(ends_ms > desk_now(d) + 2 * RIG_DAY_MS && ends_ms < desk_now(d) + 4 * RIG_DAY_MS);
	desk_parcel_deinit(&p);
}

static void
test_held_clock(void **state)
{
	struct desk *d = *state;

	desk_work(d);
	assert_int_equal(store_committer_run(d->rig->store->committer, put, d), 0);
	d->rig->wall_ms += 30 * RIG_DAY_MS;
	store_clock_guard_tick(d->rig->store->clock);
	const Provision__JanitorPlanReply *r = plan(d);
	assert_true(r->is_clock_held);
	assert_null(pile(r->piles, r->n_piles, "registration-end"));
	assert_non_null(pile(r->piles, r->n_piles, "mail"));
	assert_int_equal(work(d, 64)->items, 1);
	assert_int_equal(work(d, 64)->items, 0);
}

static void
test_end(void **state)
{
	struct desk *d = *state;
	Provision__JanitorEnd m = PROVISION__JANITOR_END__INIT;
	Provision__Status ask = PROVISION__STATUS__INIT;
	Provision__StatusReply *reply;
	uint64_t value = UINT64_MAX;

	m.items = 5;
	assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_JANITOR_END, &m.base, NULL), 0);
	for (unsigned whole = 0; whole < 2; whole++) {
		m.is_whole = whole != 0;
		assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_JANITOR_END, &m.base, NULL), 0);
		assert_int_equal(desk_ask(d, IPC_ROLE_CTL, IPC_STATUS, &ask.base, &reply), 0);
		for (size_t i = 0; i < reply->n_counters; i++)
			if (view_equal_str(wire_view(reply->counters[i]->name), "janitor_last_run_timestamp_seconds"))
				value = reply->counters[i]->value;
		assert_int_equal(value, whole == 0 ? 0 : desk_now(d) / 1000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plan_and_steps, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_explain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held_clock, desk_setup, desk_teardown),
		cmocka_unit_test_setup_teardown(test_end, desk_setup, desk_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
