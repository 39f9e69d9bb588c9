/* SPDX-License-Identifier: MIT */
/*
 * A person's own sessions: seeing and ending them (A7). Opening and closing the caller's is handle_session.c's.
 */
#include <stdlib.h>

#include "record/credential.pb-c.h"
#include "store/handle.h"
#include "store/rows.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

struct listing {
	struct store_call *call;
	const struct store_who *who;
	Provision__SessionListReply *reply;
};

static int
add_row(void *arg, const struct hash *hash, const Provision__StoredSession *r)
{
	struct listing *l = arg;
	Provision__SessionRow *row = arena_alloc(l->call->arena, sizeof(*row));

	if (l->reply->n_items == STORE_SESSIONS_MAX)
		return 0;
	provision__session_row__init(row);
	row->session = r->id;
	row->is_current = crypt_hash_equal(hash, &l->who->session);
	row->created_ms = r->created_ms;
	row->last_use_ms = r->last_use_ms;
	row->end_ms = r->end_ms;
	row->address = r->address;
	row->user_agent = r->user_agent;
	l->reply->items[l->reply->n_items++] = row;
	return 0;
}

/* Their ids are random: by the time they were opened. */
static int
compare_rows(const void *a, const void *b)
{
	const Provision__SessionRow *x = *(Provision__SessionRow *const *)a, *y = *(Provision__SessionRow *const *)b;

	return x->created_ms < y->created_ms ? -1 : x->created_ms > y->created_ms;
}

int
handle_sessions_list(struct store_call *c)
{
	const Provision__SessionList *m = (const Provision__SessionList *)c->request;
	Provision__SessionListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_who who;
	struct listing l = { c, &who, reply };
	int err = store_session_find(c, m->caller, &who);

	if (err != 0)
		return err;
	provision__session_list_reply__init(reply);
	reply->items = arena_alloc(c->arena, STORE_SESSIONS_MAX * sizeof(*reply->items));
	err = store_session_each(c, &who.account, add_row, &l);
	if (err != 0)
		return err;
	qsort(reply->items, reply->n_items, sizeof(*reply->items), compare_rows);
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
