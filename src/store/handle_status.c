/* SPDX-License-Identifier: MIT */
/*
 * Numbers about the whole: what the metrics and provisionctl show. Counts, never names: nothing here is about anyone.
 */
#include "base/buf.h"
#include "record/admin.pb-c.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/due.h"
#include "store/handle.h"
#include "store/keys.h"
#include "store/listeners.h"
#include "store/mailqueue.h"
#include "store/records.h"
#include "store/report.h"
#include "store/reserve.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/service.h"
#include "store/wire.h"
#include "store/worker.h"

/* As StatusReply has them. */
#define COUNTERS_MAX 16384
#define OWN_MAX 64

struct numbers {
	struct store_call *call;
	Provision__Counter **counters;
	size_t count;
};

/* Of store_index_count(). */
static uint64_t
stored_counter(struct store_call *c, struct view name)
{
	struct buf value;
	uint64_t n = 0;

	buf_init(&value, sizeof(n));
	if (store_index_get(c->tx, STORE_TABLE_META, name, &value) == 0)
		n = rowkey_number(buf_view(&value), 0, sizeof(n));
	buf_deinit(&value);
	return n;
}

static void
add(struct numbers *n, const char *name, uint64_t value)
{
	Provision__Counter *counter = arena_alloc(n->call->arena, sizeof(*counter));

	provision__counter__init(counter);
	counter->name = wire_str(name);
	counter->value = value;
	n->counters[n->count++] = counter;
}

static void
add_table(struct numbers *n, const char *name, enum store_table table)
{
	add(n, name, store_records_count(n->call->tx, table, view_of(NULL, 0)));
}

static void
add_mails(struct numbers *n)
{
	struct store_call *c = n->call;

	add(n, "mails_queued_total", stored_counter(c, VIEW_LIT("mails_queued")));
	add(n, "mails_sent_total", stored_counter(c, VIEW_LIT("mails_sent")));
	add(n, "mails_deferred_total", stored_counter(c, VIEW_LIT("mails_deferred")));
	add(n, "mails_failed_total", stored_counter(c, VIEW_LIT("mails_failed")));
	add_table(n, "mails_waiting", STORE_TABLE_MAIL);
	add(n, "mails_oldest_ready_seconds", store_mailqueue_oldest_ms(c->store, c->tx) / 1000);
}

static bool
is_accepting(const struct store *s)
{
	return store_reserve_is_accepting(s->reserve) && store_keys_is_mirrored(s->keys);
}

int
handle_status(struct store_call *c)
{
	Provision__StatusReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store *s = c->store;
	struct numbers n = { .call = c };
	uint64_t commits = 0, writes = 0;

	n.counters = (Provision__Counter **)store_rows_array(c->arena, COUNTERS_MAX);
	if (n.counters == NULL)
		return ERR_LIMIT;
	store_committer_counters(s->committer, &commits, &writes);
	provision__status_reply__init(reply);
	add(&n, "store_commits_total", commits);
	add(&n, "store_writes_total", writes);
	add(&n, "store_requests_in_flight", s->worker == NULL ? 0 : store_worker_depth(s->worker));
	add(&n, "store_event_listeners", store_listeners_count(s->listeners));
	add(&n, "store_jobs_failed_total", store_due_failures(s->due));
	add(&n, "store_limited_total", store_limiter_refused(store_service_limiter(s->service)));
	add(&n, "janitor_last_run_timestamp_seconds", stored_counter(c, VIEW_LIT("janitor")) / 1000);
	add(&n, "store_key_slots_pending", store_keys_pending(s->keys));
	add(&n, "store_mirrored", store_keys_is_mirrored(s->keys));
	add(&n, "disk_free_bytes", store_reserve_free_bytes(s->reserve));
	add(&n, "disk_reserve_bytes", store_reserve_bytes(s->reserve));
	add_mails(&n);
	n.count += store_reports_copy(store_service_reports(s->service), c->arena, n.counters + n.count, COUNTERS_MAX - OWN_MAX);
	reply->counters = n.counters;
	reply->n_counters = n.count;
	reply->is_accepting = is_accepting(s);
	reply->is_clock_held = store_clock_guard_is_held(s->clock);
	c->reply = &reply->base;
	return 0;
}

int
handle_status_report(struct store_call *c)
{
	Provision__ReportReply *reply = arena_alloc(c->arena, sizeof(*reply));
	int err = store_reports_put(store_service_reports(c->store->service), (const Provision__Report *)c->request);

	provision__report_reply__init(reply);
	reply->is_accepting = is_accepting(c->store);
	c->reply = &reply->base;
	return err;
}

/* Over all who have something waiting. */
static uint64_t
waiting_bytes(struct store_call *c)
{
	struct store_cursor *cursor = store_cursor_open(c->tx, STORE_TABLE_USAGE, view_of(NULL, 0), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	uint64_t sum = 0;

	while (store_cursor_next(cursor, &key, &value))
		sum += rowkey_number(value, 8, 8);
	store_cursor_close(&cursor);
	return sum;
}

int
handle_status_statistics(struct store_call *c)
{
	Provision__StatisticsReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct numbers n = { .call = c };

	n.counters = arena_alloc(c->arena, OWN_MAX * sizeof(*n.counters));
	provision__statistics_reply__init(reply);
	add_table(&n, "registrations", STORE_TABLE_REGISTRATION);
	/* less the stand-in */
	add(&n, "accounts", store_records_count(c->tx, STORE_TABLE_ACCOUNT, view_of(NULL, 0)) - 1);
	add_table(&n, "sessions", STORE_TABLE_SESSION);
	add_table(&n, "companies", STORE_TABLE_COMPANY);
	add_table(&n, "members", STORE_TABLE_MEMBER);
	add_table(&n, "subscriptions", STORE_TABLE_SUBSCRIPTION);
	add_table(&n, "packages_waiting", STORE_TABLE_HELD);
	add(&n, "bytes_waiting", waiting_bytes(c));
	add_table(&n, "mails_waiting", STORE_TABLE_MAIL);
	reply->counters = n.counters;
	reply->n_counters = n.count;
	c->reply = &reply->base;
	return 0;
}
