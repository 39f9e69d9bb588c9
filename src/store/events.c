/* SPDX-License-Identifier: MIT */
/*
 * Owns the table "event" and the numbers of events. Knows nothing of who listens (listeners.h) nor of what an account may
 * see (handle_events.c): it is given the parties.
 */
#include "store/events.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "store/clock_guard.h"
#include "store/jobs.h"
#include "store/listeners.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/wire.h"

#define NEWEST VIEW_LIT("event")
#define GONE VIEW_LIT("event_gone")
#define PARTIES_MAX (STORE_MEMBERSHIPS_MAX + 1)
/* Rows that one read looks at: erased ones are skipped. */
#define LOOKED_AT_MAX 1024U
#define REMOVED_A_STEP 256U
#define US_A_MS UINT64_C(1000)

/* ---- numbers ---- */

/* 0: there is none yet. */
static uint64_t
get_number(struct store_txn *tx, struct view name)
{
	struct buf value;
	uint64_t n = 0;

	buf_init(&value, sizeof(n));
	if (store_index_get(tx, STORE_TABLE_META, name, &value) == 0)
		n = rowkey_number(buf_view(&value), 0, sizeof(n));
	buf_deinit(&value);
	return n;
}

static void
put_number(struct store_txn *tx, struct view name, uint64_t n)
{
	struct store_rowkey value = { .len = 0 };

	rowkey_add_number(&value, n, sizeof(n));
	store_index_put(tx, STORE_TABLE_META, name, rowkey_view(&value));
}

static uint64_t
next_number(struct store *s, struct store_txn *tx)
{
	uint64_t now = store_clock_guard_now_ms(s->clock) * US_A_MS, last = store_events_newest(tx);
	uint64_t n = now > last ? now : last + 1;

	put_number(tx, NEWEST, n);
	return n;
}

uint64_t
store_events_newest(struct store_txn *tx)
{
	uint64_t n = get_number(tx, NEWEST);

	return n == 0 ? 1 : n;
}

bool
store_events_reach_back(struct store_txn *tx, uint64_t after)
{
	return after >= get_number(tx, GONE) && after <= store_events_newest(tx);
}

/* ---- writing ---- */

static struct store_rowkey
event_key(const struct id *party, uint64_t number)
{
	struct store_rowkey k = rowkey_of(id_view(party), view_of(NULL, 0));

	rowkey_add_number(&k, number, 8);
	return k;
}

static uint64_t
number_of(struct view key)
{
	return rowkey_number(key, ID_BYTES, 8);
}

/* A day's first event of a party puts the item that removes what is too old when that day is. */
static void
ensure_end(struct store *s, struct store_txn *tx, const struct id *party, uint64_t number)
{
	uint32_t day = clock_day(number / US_A_MS);
	uint64_t day_ms = day * CLOCK_DAY_MS;
	struct store_rowkey reference = rowkey_of(id_view(party), view_of(NULL, 0));
	struct store_rowkey from = event_key(party, day_ms * US_A_MS), until = event_key(party, number);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_EVENT, rowkey_view(&from), rowkey_view(&until), STORE_FORWARD);
	struct view key, value;

	rowkey_add_number(&reference, day, 4);
	/* the last of a day are as old a day later */
	if (!store_cursor_next(c, &key, &value))
		store_jobs_put(s, tx, STORE_JOB_EVENTS_END, day_ms + CLOCK_DAY_MS + store_retention_now_ms(s, STORE_RETENTION_EVENT),
		    rowkey_view(&reference));
	store_cursor_close(&c);
}

static int
put_row(struct store *s, struct store_txn *tx, const struct store_event *e, const struct id *party,
    enum store_key_kind party_kind, uint64_t number)
{
	bool is_ended = e->kind == PROVISION__EVENT_KIND__EVENT_KIND_ENDED;
	struct store_key_name name = { is_ended ? party_kind : STORE_KEY_SUBSCRIPTION, is_ended ? *party : e->subscription, 0 };
	struct store_rowkey key = event_key(party, number);
	Provision__StoredEvent r = PROVISION__STORED_EVENT__INIT;

	if (id_is_none(party))
		return 0;
	r.kind = e->kind;
	r.subscription = wire_of_id(&e->subscription);
	r.sequence = e->sequence;
	if (!id_is_none(&e->package))
		r.package = wire_of_id(&e->package);
	ensure_end(s, tx, party, number);
	store_listeners_wake_after(s, tx, party);
	return store_records_put(s, tx, STORE_TABLE_EVENT, rowkey_view(&key), &name, &r.base);
}

int
store_events_put(struct store *s, struct store_txn *tx, const struct store_event *event)
{
	uint64_t number = next_number(s, tx);
	int err = put_row(s, tx, event, &event->customer, STORE_KEY_ACCOUNT, number);

	return err == 0 ? put_row(s, tx, event, &event->company, STORE_KEY_COMPANY, number) : err;
}

/* ---- reading: the parties' rows, merged by number ---- */

struct source {
	struct store_cursor *cursor;
	struct view key, value;       /* of the next row */
	bool has_row;
	bool is_company;
};

static void
step(struct source *source)
{
	source->has_row = store_cursor_next(source->cursor, &source->key, &source->value);
}

static struct source *
first_of(struct source *sources, size_t n)
{
	struct source *first = NULL;

	for (size_t i = 0; i < n; i++)
		if (sources[i].has_row && (first == NULL || number_of(sources[i].key) < number_of(first->key)))
			first = &sources[i];
	return first;
}

/* A company knows nothing of a request that it has declined, nor of what it was told before. ERR_NOT_FOUND: not to be told. */
static int
check_told(struct store_call *c, const struct source *source, const Provision__StoredEvent *r)
{
	Provision__StoredSubscription *of;
	int err;

	if (!source->is_company || r->kind != PROVISION__EVENT_KIND__EVENT_KIND_SUBSCRIPTION)
		return 0;
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SUBSCRIPTION, wire_view(r->subscription), &of);
	if (err == 0 && of->state == PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_DECLINED)
		err = ERR_NOT_FOUND;
	return err;
}

static int
add_row(struct store_call *c, const struct source *source, Provision__EventReadReply *reply)
{
	Provision__StoredEvent *r;
	Provision__EventRow *row;
	int err = store_records_open(c->store, c->arena, STORE_TABLE_EVENT, source->key, source->value, &r);

	if (err == 0)
		err = check_told(c, source, r);
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;       /* ended since */
	row = arena_try(c->arena, sizeof(*row));
	if (row == NULL)
		return ERR_LIMIT;
	provision__event_row__init(row);
	row->number = number_of(source->key);
	row->kind = r->kind;
	row->subscription = r->subscription;
	row->sequence = r->sequence;
	row->package = r->package;
	reply->items[reply->n_items++] = row;
	return 0;
}

static int
merge(struct store_call *c, struct source *sources, size_t n, Provision__EventReadReply *reply)
{
	struct source *source;
	int err = 0;

	for (unsigned i = 0; err == 0 && (source = first_of(sources, n)) != NULL; i++) {
		uint64_t number = number_of(source->key);
		if (reply->n_items == STORE_EVENTS_READ_MAX || i == LOOKED_AT_MAX) {
			reply->is_more = true;
			break;
		}
		/* who is a company's customer and its member sees both rows as one */
		if (number != reply->next)
			err = add_row(c, source, reply);
		reply->next = number;
		step(source);
	}
	return err;
}

int
store_events_read(struct store_call *c, const struct id *parties, size_t party_count, uint64_t after,
    Provision__EventReadReply *reply)
{
	struct source sources[PARTIES_MAX];
	int err;

	require(party_count <= PARTIES_MAX);
	reply->items = arena_try(c->arena, STORE_EVENTS_READ_MAX * sizeof(*reply->items));
	if (reply->items == NULL)
		return ERR_LIMIT;
	reply->next = after;
	for (size_t i = 0; i < party_count; i++) {
		struct store_rowkey last = event_key(&parties[i], after);
		sources[i].cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_EVENT, id_view(&parties[i]), rowkey_view(&last),
		    STORE_FORWARD);
		sources[i].is_company = i > 0;
		step(&sources[i]);
	}
	err = merge(c, sources, party_count, reply);
	for (size_t i = 0; i < party_count; i++)
		store_cursor_close(&sources[i].cursor);
	return err;
}

/* ---- the end ---- */

int
store_events_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	uint64_t kept_ms = store_retention_ms(item->settings, STORE_RETENTION_EVENT), now_ms = store_clock_guard_erasure_ms(s->clock);
	struct id party = rowkey_id(item->reference, 0);
	struct store_rowkey from = event_key(&party, 0), until = event_key(&party, now_ms > kept_ms ? (now_ms - kept_ms) * US_A_MS : 0);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_EVENT, rowkey_view(&from), rowkey_view(&until), STORE_FORWARD);
	uint64_t gone = get_number(tx, GONE), before = gone;
	struct view key, value;
	unsigned n = 0;

	for (; n < REMOVED_A_STEP && store_cursor_next(c, &key, &value); n++) {
		struct store_rowkey k = rowkey_of(key, view_of(NULL, 0));
		gone = number_of(key) > gone ? number_of(key) : gone;
		store_records_delete(tx, STORE_TABLE_EVENT, rowkey_view(&k));
	}
	store_cursor_close(&c);
	if (gone != before)
		put_number(tx, GONE, gone);
	return n == REMOVED_A_STEP ? STORE_DUE_MORE : 0;
}
