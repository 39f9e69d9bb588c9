/* SPDX-License-Identifier: MIT */
/*
 * Pages of a conversation, in either direction, within bounds of number and time. A place of a cursor is the sequence number of the
 * page's last entry; the bounds come with every request.
 */
#include "record/conversation.pb-c.h"
#include "store/access.h"
#include "store/entries.h"
#include "store/handle.h"
#include "store/history.h"
#include "store/notice.h"
#include "store/paging.h"
#include "store/rowkey.h"
#include "store/wire.h"

/* Entries from first up to, not including, end. */
struct bounds {
	uint64_t first, end;
};

static int
bound_by_time(struct store_call *c, const struct store_subscription_access *a, const Provision__HistoryList *m, struct bounds *b)
{
	uint64_t sequence;
	int err = 0;

	if (m->from_ms != 0) {
		err = store_entries_since(c->store, c->tx, &a->subscription, a->record->entries, m->from_ms, &sequence);
		if (err == 0 && sequence > b->first)
			b->first = sequence;
	}
	if (err == 0 && m->until_ms != 0) {
		err = store_entries_since(c->store, c->tx, &a->subscription, a->record->entries, m->until_ms, &sequence);
		if (err == 0 && sequence < b->end)
			b->end = sequence;
	}
	return err;
}

/* Those of the request, from the cursor's place on. */
static int
bounds_of(struct store_call *c, const struct store_subscription_access *a, struct view place, struct bounds *b)
{
	const Provision__HistoryList *m = (const Provision__HistoryList *)c->request;
	uint64_t at = place.len == 0 ? 0 : rowkey_number(place, 0, 8);

	b->first = m->after < UINT64_MAX ? m->after + 1 : UINT64_MAX;
	b->end = m->before != 0 && m->before <= a->record->entries ? m->before : a->record->entries + 1;
	if (at != 0 && m->oldest_first && at >= b->first)
		b->first = at + 1;
	if (at != 0 && !m->oldest_first && at < b->end)
		b->end = at;
	return bound_by_time(c, a, m, b);
}

static int
read_page(struct store_call *c, struct store_history *h, const struct bounds *b, struct view list, struct store_page *page)
{
	const Provision__HistoryList *m = (const Provision__HistoryList *)c->request;
	struct store_rowkey from = store_entry_key(&h->access->subscription, b->first);
	struct store_rowkey until = store_entry_key(&h->access->subscription, b->end);
	struct store_cursor *cursor = store_cursor_open(c->tx, STORE_TABLE_ENTRY, rowkey_view(&from), rowkey_view(&until),
	    m->oldest_first ? STORE_FORWARD : STORE_BACKWARD);
	struct store_rowkey last = { .len = 0 };
	struct view key, value;
	int err = 0;

	while (err == 0 && page->next.len == 0 && store_cursor_next(cursor, &key, &value)) {
		Provision__ConversationEntry *row;
		if (store_paging_is_full(page)) {
			store_paging_more(c, list, rowkey_view(&last), page);
			break;
		}
		err = store_history_row(h, key, value, &row);
		if (err == 0) {
			last = rowkey_of(view_slice(key, ID_BYTES, key.len), view_of(NULL, 0));
			store_paging_add(page, &row->base);
		} else if (err == ERR_NOT_FOUND) {
			err = 0;
		}
	}
	store_cursor_close(&cursor);
	return err;
}

static int
may_see(struct store_call *c, const Provision__HistoryList *m, struct store_who *who, struct store_subscription_access *a)
{
	struct id id = wire_id(m->subscription);
	int err = store_session_find(c, m->caller, who);

	return err == 0 ? store_access_subscription(c, who, &id, STORE_ACTION_HISTORY_SEE, a) : err;
}

int
handle_history_list(struct store_call *c)
{
	const Provision__HistoryList *m = (const Provision__HistoryList *)c->request;
	Provision__HistoryListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_subscription_access *a = arena_alloc(c->arena, sizeof(*a));
	struct store_rowkey list = rowkey_of(wire_view(m->subscription), view_of(NULL, 0));
	struct store_history history;
	struct store_page page;
	struct bounds bounds;
	struct store_who who;
	struct view place;
	int err = may_see(c, m, &who, a);

	rowkey_add_number(&list, m->oldest_first ? 1 : 0, 1);
	if (err == 0)
		err = store_paging_place(c, rowkey_view(&list), m->cursor, &place);
	if (err == 0)
		err = store_paging_begin(c, m->limit, &page);
	if (err == 0)
		err = bounds_of(c, a, place, &bounds);
	if (err != 0)
		return err;
	if (!m->oldest_first && bounds.end > a->record->entries)
		store_notice_look_at(c, a);
	if (bounds.first < bounds.end) {
		history = store_history_begin(c, &who, a, m->origin);
		err = read_page(c, &history, &bounds, rowkey_view(&list), &page);
		store_history_end(&history);
	}
	if (err != 0)
		return err;
	provision__history_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &page);
	c->reply = &reply->base;
	return 0;
}
