/* SPDX-License-Identifier: MIT */
/*
 * Live events for a stream of a web process (D5). Every read authorises anew: who has no session any more gets ERR_LOGIN, and the
 * companies are those the account is a member of at that time.
 *
 * The order keeps anything from being missed: the listener is entered, then the session and the memberships are looked at, then the
 * log. What is committed after a step wakes the listener, what was committed before it is seen.
 */
#include "record/event.pb-c.h"
#include "store/events.h"
#include "store/handle.h"
#include "store/listeners.h"
#include "store/policy.h"
#include "store/rowkey.h"
#include "store/session.h"
#include "store/wire.h"

/* The account and the companies it is a member of. */
struct parties {
	struct id ids[1 + STORE_MEMBERSHIPS_MAX];
	size_t count;
};

static void
find_parties(struct store_call *c, const struct id *account, struct parties *p)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_MEMBERSHIP, id_view(account),
	    view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;

	p->ids[0] = *account;
	p->count = 1;
	while (p->count <= STORE_MEMBERSHIPS_MAX && store_cursor_next(cursor, &key, &value))
		p->ids[p->count++] = rowkey_id(key, ID_BYTES);
	store_cursor_close(&cursor);
}

static int
resync(struct store_call *c, Provision__EventReadReply *reply)
{
	Provision__EventRow *row = arena_alloc(c->arena, sizeof(*row));

	provision__event_row__init(row);
	row->kind = PROVISION__EVENT_KIND__EVENT_KIND_RESYNC;
	row->number = reply->next = store_events_newest(c->tx);
	reply->items = arena_alloc(c->arena, sizeof(*reply->items));
	reply->items[0] = row;
	reply->n_items = 1;
	return 0;
}

static int
read_behind(struct store_call *c, const struct parties *p, uint64_t after, Provision__EventReadReply *reply)
{
	if (after == 0) {
		reply->next = store_events_newest(c->tx);
		return 0;
	}
	if (!store_events_reach_back(c->tx, after))
		return resync(c, reply);
	return store_events_read(c, p->ids, p->count, after, reply);
}

int
handle_events_read(struct store_call *c)
{
	const Provision__EventRead *m = (const Provision__EventRead *)c->request;
	Provision__EventReadReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_listeners *listeners = c->store->listeners;
	struct parties parties;
	struct store_who who;
	int err = store_session_look(c, m->caller, &who);

	if (err == 0)
		err = store_listeners_enter(listeners, c->link, m->listener, &who.account);
	if (err == 0)
		err = store_session_look(c, m->caller, &who);
	if (err == 0) {
		find_parties(c, &who.account, &parties);
		store_listeners_set(listeners, c->link, m->listener, parties.ids + 1, parties.count - 1);
		provision__event_read_reply__init(reply);
		err = read_behind(c, &parties, m->after, reply);
	}
	if (err != 0)
		store_listeners_leave(listeners, c->link, m->listener);
	c->reply = &reply->base;
	return err;
}
