/* SPDX-License-Identifier: MIT */
/*
 * Adding, finding and taking back entries. Knows the rows that belong to one, not who may write or see it (handle_message.c,
 * handle_history.c). Erasing is in entry_remove.c.
 */
#include "store/entries.h"

#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "crypt/random.h"
#include "store/clock_guard.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/subscription.h"
#include "store/wire.h"

#define TEXT PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT

/* ---- adding ---- */

/* The next number among all entries of a side. */
static int
next_number(struct store *s, struct store_txn *tx, struct arena *a, enum store_key_kind kind, const struct id *party,
    uint64_t *number_r)
{
	struct store_key_name key = { kind, *party, 0 };
	Provision__StoredParty *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_PARTY, id_view(party), &r);

	if (err != 0)
		return err;
	*number_r = ++r->inbox;
	return store_records_put(s, tx, STORE_TABLE_PARTY, id_view(party), &key, &r->base);
}

/* The day's first sequence number; the first of a day makes its row and the item that ends it. */
static int
begin_day(struct store *s, struct store_txn *tx, const struct store_settings *settings, const struct id *subscription,
    uint32_t day, uint64_t sequence, uint64_t *first_r)
{
	struct store_rowkey key = rowkey_of(id_view(subscription), view_of(NULL, 0));
	struct store_rowkey value = { .len = 0 };
	struct buf found;
	int err;

	rowkey_add_number(&key, day, 4);
	buf_init(&found, STORE_ROWKEY_MAX);
	err = store_index_get(tx, STORE_TABLE_ENTRY_DAY, rowkey_view(&key), &found);
	*first_r = err == 0 ? rowkey_number(buf_view(&found), 0, 8) : sequence;
	buf_deinit(&found);
	if (err != ERR_NOT_FOUND)
		return err;
	rowkey_add_number(&value, sequence, 8);
	store_index_put(tx, STORE_TABLE_ENTRY_DAY, rowkey_view(&key), rowkey_view(&value));
	store_jobs_put(s, tx, STORE_JOB_ENTRIES_END, store_retention_day_end_ms(settings, STORE_RETENTION_HISTORY, day), rowkey_view(&key));
	return 0;
}

static int
write_new(struct store *s, struct store_txn *tx, const struct store_settings *settings, const struct id *subscription,
    const Provision__StoredSubscription *of, struct store_entry_head *head, const Provision__StoredEntry *record)
{
	struct store_entry_opener opener = store_entry_opener_of(s, subscription);
	struct store_key_name name = { STORE_KEY_ENTRY_DAY, *subscription, 0 };
	uint32_t day = clock_day(record->time_ms);
	uint64_t first;
	int err = begin_day(s, tx, settings, subscription, day, of->entries, &first);

	if (err == 0)
		err = store_entry_key_number(day, of->entries - first, &head->key_number);
	if (err != 0)
		return err;
	name.day = head->key_number;
	err = store_keys_ensure(s->keys, tx, &name);
	if (err == 0)
		err = store_entry_write(&opener, tx, of->entries, head, record);
	store_entry_opener_clear(&opener);
	return err;
}

static int
number(struct store *s, struct store_txn *tx, const struct store_event *event, struct store_entry_place *place)
{
	struct arena *a = store_records_arena();
	int err = next_number(s, tx, a, STORE_KEY_ACCOUNT, &event->customer, &place->customer_number);

	if (err == 0)
		err = next_number(s, tx, a, STORE_KEY_COMPANY, &event->company, &place->company_number);
	arena_free(&a);
	return err;
}

static struct store_event
event_of(Provision__EventKind kind, const struct id *subscription, const Provision__StoredSubscription *of, uint64_t sequence)
{
	return (struct store_event){ .kind = kind, .subscription = *subscription, .customer = wire_id(of->account),
		.company = wire_id(of->company), .sequence = sequence };
}

int
store_entries_add(struct store *s, struct store_txn *tx, const struct store_settings *settings, const struct id *subscription,
    Provision__StoredSubscription *of, const struct id *id, Provision__StoredEntry *record, struct store_entry_place *place_r)
{
	struct store_rowkey message = rowkey_ids(subscription, id), value = { .len = 0 };
	struct store_entry_head head = { .id = *id };
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	struct store_event event;
	int err;

	of->newest_ms = record->time_ms = now_ms > of->newest_ms ? now_ms : of->newest_ms;
	place_r->sequence = ++of->entries;
	event = event_of(PROVISION__EVENT_KIND__EVENT_KIND_ENTRY, subscription, of, place_r->sequence);
	event.package = wire_id(record->package);
	err = number(s, tx, &event, place_r);
	if (err != 0)
		return err;
	head.customer_number = place_r->customer_number;
	head.company_number = place_r->company_number;
	rowkey_add_number(&value, place_r->sequence, 8);
	if (record->kind == TEXT)
		store_index_put(tx, STORE_TABLE_MESSAGE, rowkey_view(&message), rowkey_view(&value));
	err = write_new(s, tx, settings, subscription, of, &head, record);
	if (err == 0)
		err = store_subscription_put(s, tx, subscription, of);
	return err == 0 ? store_events_put(s, tx, &event) : err;
}

int
store_entries_note(struct store *s, struct store_txn *tx, const struct store_settings *settings, const struct id *subscription,
    Provision__StoredSubscription *of, Provision__SystemEvent event)
{
	Provision__StoredEntry record = PROVISION__STORED_ENTRY__INIT;
	struct store_entry_place place;
	struct id id = id_random();

	record.kind = PROVISION__ENTRY_KIND__ENTRY_KIND_SYSTEM;
	record.event = event;
	return store_entries_add(s, tx, settings, subscription, of, &id, &record, &place);
}

/* ---- finding ---- */

int
store_entries_by_message(struct store_txn *tx, const struct id *subscription, const struct id *message, uint64_t *sequence_r)
{
	struct store_rowkey key = rowkey_ids(subscription, message);
	struct buf value;
	int err;

	buf_init(&value, 8);
	err = store_index_get(tx, STORE_TABLE_MESSAGE, rowkey_view(&key), &value);
	if (err == 0)
		*sequence_r = rowkey_number(buf_view(&value), 0, 8);
	buf_deinit(&value);
	return err;
}

int
store_entries_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription, uint64_t sequence,
    struct store_entry_head *head_r, Provision__StoredEntry **record_r)
{
	struct store_entry_opener opener = store_entry_opener_of(s, subscription);
	struct store_rowkey key = store_entry_key(subscription, sequence);
	struct view value;
	int err = store_index_get_arena(tx, STORE_TABLE_ENTRY, rowkey_view(&key), a, &value);

	if (err == 0)
		err = store_entry_open(&opener, tx, rowkey_view(&key), value, a, record_r);
	if (err == 0 && head_r != NULL)
		*head_r = store_entry_head_of(value);
	store_entry_opener_clear(&opener);
	return err;
}

/* The first entry of from or later, below until. ERR_NOT_FOUND: there is none. What cannot be opened any more counts as old. */
static int
time_from(struct store_entry_opener *o, struct store_txn *tx, uint64_t from, uint64_t until, uint64_t *sequence_r, uint64_t *time_r)
{
	struct store_rowkey first = store_entry_key(&o->subscription, from), end = store_entry_key(&o->subscription, until);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_ENTRY, rowkey_view(&first), rowkey_view(&end), STORE_FORWARD);
	struct arena *a = store_records_arena();
	Provision__StoredEntry *r;
	struct view key, value;
	int err = ERR_NOT_FOUND;

	if (store_cursor_next(c, &key, &value)) {
		*sequence_r = rowkey_number(key, ID_BYTES, 8);
		err = store_entry_open(o, tx, key, value, a, &r);
		*time_r = err == 0 ? r->time_ms : 0;
		if (err == ERR_NOT_FOUND)
			err = 0;
	}
	store_cursor_close(&c);
	arena_free(&a);
	return err;
}

/* Halving: entries before low are older, those from high on are not. */
int
store_entries_since(struct store *s, struct store_txn *tx, const struct id *subscription, uint64_t newest, uint64_t time_ms,
    uint64_t *sequence_r)
{
	struct store_entry_opener opener = store_entry_opener_of(s, subscription);
	uint64_t low = 1, high = newest + 1, found = 0, found_ms = 0;
	int err = 0;

	while (low < high && err == 0) {
		uint64_t middle = low + (high - low) / 2;
		err = time_from(&opener, tx, middle, high, &found, &found_ms);
		if (err == ERR_NOT_FOUND || (err == 0 && found_ms >= time_ms)) {
			high = middle;
			err = 0;
		} else if (err == 0) {
			low = found + 1;
		}
	}
	store_entry_opener_clear(&opener);
	*sequence_r = low;
	return err;
}

/* ---- taking back ---- */

/* The entries that share a data key. */
struct part {
	struct store_entry_opener opener;
	struct arena *arena;
	size_t count;
	struct {
		uint64_t sequence;
		struct store_entry_head head;
		Provision__StoredEntry *record;
	} entries[STORE_ENTRIES_A_KEY];
};

/* Those with the key of sequence lie within STORE_ENTRIES_A_KEY numbers of it, to either side. */
static int
read_part(struct part *p, struct store_txn *tx, uint64_t sequence, uint32_t key_number)
{
	uint64_t low = sequence > STORE_ENTRIES_A_KEY ? sequence - STORE_ENTRIES_A_KEY : 1;
	struct store_rowkey from = store_entry_key(&p->opener.subscription, low);
	struct store_rowkey until = store_entry_key(&p->opener.subscription, sequence + STORE_ENTRIES_A_KEY);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_ENTRY, rowkey_view(&from), rowkey_view(&until), STORE_FORWARD);
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(c, &key, &value)) {
		struct store_entry_head head = store_entry_head_of(value);
		if (head.key_number != key_number)
			continue;
		require(p->count < STORE_ENTRIES_A_KEY);
		p->entries[p->count].sequence = rowkey_number(key, ID_BYTES, 8);
		p->entries[p->count].head = head;
		err = store_entry_open(&p->opener, tx, key, value, p->arena, &p->entries[p->count].record);
		if (err == 0)
			p->count++;
	}
	store_cursor_close(&c);
	return err;
}

static void
leave_trace(Provision__StoredEntry *r)
{
	r->is_deleted = true;
	r->text = (ProtobufCBinaryData){ .len = 0 };
	r->text_bytes = 0;
	r->dictionary = (ProtobufCBinaryData){ .len = 0 };
}

/* All under a fresh key, the one without its text. */
static int
write_part(struct part *p, struct store_txn *tx, uint64_t sequence, uint32_t key_number)
{
	struct store_key_name name = { STORE_KEY_ENTRY_DAY, p->opener.subscription, key_number };
	int err = store_keys_replace(p->opener.store->keys, tx, &name);

	store_entry_opener_clear(&p->opener);
	for (size_t i = 0; err == 0 && i < p->count; i++) {
		if (p->entries[i].sequence == sequence)
			leave_trace(p->entries[i].record);
		err = store_entry_write(&p->opener, tx, p->entries[i].sequence, &p->entries[i].head, p->entries[i].record);
	}
	return err;
}

int
store_entries_take_back(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *of, uint64_t sequence)
{
	struct store_event event = event_of(PROVISION__EVENT_KIND__EVENT_KIND_CHANGED, subscription, of, sequence);
	struct arena *a = store_records_arena();
	struct part *p = arena_alloc(a, sizeof(*p));
	struct store_entry_head head;
	Provision__StoredEntry *r;
	int err = store_entries_get(s, tx, a, subscription, sequence, &head, &r);

	p->opener = store_entry_opener_of(s, subscription);
	p->arena = a;
	if (err == 0 && !r->is_deleted) {
		err = read_part(p, tx, sequence, head.key_number);
		if (err == 0)
			err = write_part(p, tx, sequence, head.key_number);
		if (err == 0)
			err = store_events_put(s, tx, &event);
	}
	store_entry_opener_clear(&p->opener);
	arena_free(&a);
	return err;
}
