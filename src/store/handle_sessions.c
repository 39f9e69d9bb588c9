/* SPDX-License-Identifier: MIT */
/*
 * A person's own sessions: seeing and ending them (A7). Opening and closing the caller's is handle_session.c's.
 */
#include <stdlib.h>

#include "record/credential.pb-c.h"
#include "store/handle.h"
#include "store/paging.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

struct listing {
	struct store_call *call;
	const struct store_who *who;
	Provision__SessionRow *rows[STORE_SESSIONS_MAX];
	size_t count;
};

static int
add_row(void *arg, const struct hash *hash, const Provision__StoredSession *r)
{
	struct listing *l = arg;
	Provision__SessionRow *row = arena_alloc(l->call->arena, sizeof(*row));

	if (l->count == STORE_SESSIONS_MAX)
		return 0;
	provision__session_row__init(row);
	row->session = r->id;
	row->is_current = crypt_hash_equal(hash, &l->who->session);
	row->created_ms = r->created_ms;
	row->last_use_ms = r->last_use_ms;
	row->end_ms = r->end_ms;
	row->address = r->address;
	row->user_agent = r->user_agent;
	l->rows[l->count++] = row;
	return 0;
}

/* When it was opened, and its id. */
static struct store_rowkey
place_of(const Provision__SessionRow *row)
{
	struct store_rowkey place = { .len = 0 };

	rowkey_add_number(&place, row->created_ms, 8);
	rowkey_add(&place, wire_view(row->session));
	return place;
}

/* Their ids are random: by the time they were opened. */
static int
compare_rows(const void *a, const void *b)
{
	struct store_rowkey x = place_of(*(Provision__SessionRow *const *)a), y = place_of(*(Provision__SessionRow *const *)b);

	return view_compare(rowkey_view(&x), rowkey_view(&y));
}

/* Those behind place. */
static void
fill_page(struct store_call *c, const struct listing *l, struct view place, struct store_page *page)
{
	struct store_rowkey last = { .len = 0 };

	for (size_t i = 0; i < l->count && page->next.len == 0; i++) {
		struct store_rowkey at = place_of(l->rows[i]);
		if (view_compare(rowkey_view(&at), place) <= 0)
			continue;
		if (store_paging_is_full(page)) {
			store_paging_more(c, id_view(&l->who->account), rowkey_view(&last), page);
		} else {
			store_paging_add(page, &l->rows[i]->base);
			last = at;
		}
	}
}

int
handle_sessions_list(struct store_call *c)
{
	const Provision__SessionList *m = (const Provision__SessionList *)c->request;
	Provision__SessionListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_who who;
	struct listing l = { .call = c, .who = &who };
	struct store_page page;
	struct view place;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_paging_place(c, id_view(&who.account), m->cursor, &place);
	if (err == 0)
		err = store_paging_begin(c, m->limit, &page);
	if (err == 0)
		err = store_session_each(c, &who.account, add_row, &l);
	if (err != 0)
		return err;
	qsort(l.rows, l.count, sizeof(l.rows[0]), compare_rows);
	fill_page(c, &l, place, &page);
	provision__session_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &page);
	c->reply = &reply->base;
	return 0;
}

static int
find_one(struct store_call *c, const Provision__SessionEnd *m, struct store_who *who, struct hash *hash_r)
{
	struct id id = wire_id(m->session);
	int err = store_session_find(c, m->caller, who);

	return err == 0 ? store_session_by_id(c->tx, &who->account, &id, hash_r) : err;
}

int
handle_sessions_end_check(struct store_call *c)
{
	struct store_who who;
	struct hash hash;
	int err = find_one(c, (const Provision__SessionEnd *)c->request, &who, &hash);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_sessions_end(struct store_call *c)
{
	struct store_who who;
	struct hash hash;
	int err = find_one(c, (const Provision__SessionEnd *)c->request, &who, &hash);

	return err == 0 ? store_session_close(c, &hash) : err;
}

int
handle_sessions_end_others_check(struct store_call *c)
{
	const Provision__SessionEndOthers *m = (const Provision__SessionEndOthers *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_sessions_end_others(struct store_call *c)
{
	const Provision__SessionEndOthers *m = (const Provision__SessionEndOthers *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_session_close_all(c, &who.account, &who.session) : err;
}
