/* SPDX-License-Identifier: MIT */
/*
 * What a person has written, sent and received as a member of companies: entry by entry, because conversations are the companies'.
 * A place is company, subscription, sequence number. Called by handle_held.c.
 */
#include "store/entry_form.h"
#include "store/held.h"
#include "store/index.h"
#include "store/provenance.h"
#include "store/read_state.h"
#include "store/records.h"
#include "store/wire.h"

struct work {
	struct store_held *held;
	struct id company, subscription;
	Provision__HeldRow about;            /* what all rows of a company have */
	struct store_entry_opener opener;
};

static void
note_place(struct work *w, uint64_t sequence)
{
	w->held->place = rowkey_ids(&w->company, &w->subscription);
	rowkey_add_number(&w->held->place, sequence, 8);
}

static int
add(struct work *w, Provision__HeldKind kind, uint64_t number, uint64_t time_ms, Provision__HeldRow **row_r)
{
	int err = store_held_add(w->held, kind, row_r);

	if (err != 0)
		return err;
	(*row_r)->slug = w->about.slug;
	(*row_r)->company = w->about.company;
	(*row_r)->number = number;
	(*row_r)->time_ms = time_ms;
	return 0;
}

static bool
is_mine(const struct work *w, ProtobufCBinaryData account)
{
	return view_equal(wire_view(account), id_view(&w->held->account));
}

/* ---- entries ---- */

/* day_ms: of the day its provenance lies under. */
static int
add_origin(struct work *w, const struct id *item, uint64_t day_ms, Provision__HeldRow *row)
{
	struct store_call *c = w->held->call;
	Provision__StoredProvenance *r;
	int err = store_provenance_get(c->store, c->tx, c->arena, &w->subscription, item, day_ms, &r);

	if (err == 0) {
		row->address = r->address;
		row->user_agent = r->user_agent;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int
show_text(struct work *w, const struct store_entry_head *head, const Provision__StoredEntry *e)
{
	Provision__HeldRow *row;
	int err = 0;

	if (!e->is_from_company || !is_mine(w, e->author))
		return 0;
	err = add(w, PROVISION__HELD_KIND__HELD_KIND_TEXT, head->company_number, e->time_ms, &row);
	return err == 0 ? add_origin(w, &head->id, e->time_ms, row) : err;
}

/* One's own, or one that was received. */
static int
show_package(struct work *w, const struct store_entry_head *head, const Provision__StoredEntry *e)
{
	struct store_call *c = w->held->call;
	Provision__StoredPackage *p;
	Provision__HeldRow *row;
	int err = store_records_get(c->store, c->tx, w->held->scratch, STORE_TABLE_PACKAGE, id_view(&head->id), &p);

	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (!p->is_from_company && is_mine(w, p->receiver))
		return add(w, PROVISION__HELD_KIND__HELD_KIND_RECEIPT, head->company_number, p->received_ms, &row);
	if (!p->is_from_company || !is_mine(w, p->author))
		return 0;
	err = add(w, PROVISION__HELD_KIND__HELD_KIND_PACKAGE, head->company_number, e->time_ms, &row);
	return err == 0 ? add_origin(w, &head->id, p->created_ms, row) : err;
}

static int
show_entry(struct work *w, struct view key, struct view value)
{
	struct store_entry_head head = store_entry_head_of(value);
	Provision__StoredEntry *e;
	int err = store_entry_open(&w->opener, w->held->call->tx, key, value, w->held->scratch, &e);

	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (e->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT)
		return show_text(w, &head, e);
	return e->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_PACKAGE ? show_package(w, &head, e) : 0;
}

/* ---- conversations ---- */

static int
show_read(struct work *w)
{
	struct store_call *c = w->held->call;
	Provision__HeldRow *row;
	uint64_t sequence;
	int err = store_read_state_get(c->store, c->tx, w->held->scratch, &w->subscription, &w->held->account, &sequence);

	if (err != 0 || sequence == 0)
		return err;
	return add(w, PROVISION__HELD_KIND__HELD_KIND_READ, sequence, 0, &row);
}

/* Those behind that number. */
static int
walk_entries(struct work *w, uint64_t after)
{
	struct store_rowkey from = store_entry_key(&w->subscription, after);
	struct view key, value;
	int err = 0;

	w->opener = store_entry_opener_of(w->held->call->store, &w->subscription);
	struct store_cursor *cursor = store_cursor_open_prefix(w->held->call->tx, STORE_TABLE_ENTRY, id_view(&w->subscription),
	    rowkey_view(&from), STORE_FORWARD);
	while (err == 0 && store_cursor_next(cursor, &key, &value) && store_held_look(w->held)) {
		note_place(w, rowkey_number(key, ID_BYTES, 8));
		err = show_entry(w, key, value);
	}
	store_cursor_close(&cursor);
	store_entry_opener_clear(&w->opener);
	return err;
}

static int
walk_conversation(struct work *w)
{
	int err;

	if (!store_held_look(w->held))
		return 0;
	note_place(w, 0);
	err = show_read(w);
	return err == 0 ? walk_entries(w, 0) : err;
}

/* place: of a conversation of this company, or empty. */
static int
walk_company(struct work *w, struct view place)
{
	struct store_rowkey after = rowkey_of(view_slice(place, 0, (size_t)2 * ID_BYTES), view_of(NULL, 0));
	struct view key, value;
	int err = store_held_name(w->held, &w->company, &w->about);

	if (err == 0 && place.len != 0) {
		w->subscription = rowkey_id(place, ID_BYTES);
		err = walk_entries(w, rowkey_number(place, (size_t)2 * ID_BYTES, 8));
	}
	if (err != 0)
		return err;
	struct store_cursor *cursor = store_cursor_open_prefix(w->held->call->tx, STORE_TABLE_SUBSCRIPTION_OF, id_view(&w->company),
	    rowkey_view(&after), STORE_FORWARD);
	while (err == 0 && !w->held->is_ended && store_cursor_next(cursor, &key, &value)) {
		w->subscription = rowkey_id(key, ID_BYTES);
		err = walk_conversation(w);
	}
	store_cursor_close(&cursor);
	return err;
}

int
store_held_work(struct store_held *h)
{
	struct store_rowkey place = h->place, after = rowkey_of(id_view(&h->account), view_of(NULL, 0));
	struct work w = { .held = h };
	struct view key, value;
	int err = 0;

	if (place.len != 0) {
		w.company = rowkey_id(rowkey_view(&place), 0);
		rowkey_add(&after, id_view(&w.company));
		err = walk_company(&w, rowkey_view(&place));
	}
	struct store_cursor *cursor = store_cursor_open_prefix(h->call->tx, STORE_TABLE_MEMBERSHIP, id_view(&h->account),
	    place.len == 0 ? view_of(NULL, 0) : rowkey_view(&after), STORE_FORWARD);
	while (err == 0 && !h->is_ended && store_cursor_next(cursor, &key, &value)) {
		w.company = rowkey_id(key, ID_BYTES);
		err = walk_company(&w, view_of(NULL, 0));
	}
	store_cursor_close(&cursor);
	return err;
}
