/* SPDX-License-Identifier: MIT */
/*
 * App passwords as their person sees them (A7): making one needs the person, seeing and ending them a session, so that one that got
 * lost is ended at once. What they are good for is app_password.h's.
 */
#include <stdlib.h>

#include "store/app_password.h"
#include "store/handle.h"
#include "store/mailqueue.h"
#include "store/proof.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"
#include "record/second.pb-c.h"

static int
check_create(struct store_call *c, struct store_who *who)
{
	const Provision__AppPasswordCreate *m = (const Provision__AppPasswordCreate *)c->request;
	struct view name = wire_view(m->name);
	struct store_proof_of of = { "app-password", &name, 1 };
	Provision__StoredAccount *record;
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who->account), &record);
	return err == 0 ? store_proof_check(c, m->caller, who, record, &of, m->proof) : err;
}

int
handle_app_password_create_check(struct store_call *c)
{
	struct store_who who;

	return check_create(c, &who);
}

int
handle_app_password_create(struct store_call *c)
{
	const Provision__AppPasswordCreate *m = (const Provision__AppPasswordCreate *)c->request;
	Provision__AppPasswordCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	char *password = arena_alloc(c->arena, STORE_APP_PASSWORD_CHARS + 1);
	struct store_who who;
	struct id id;
	int err = check_create(c, &who);

	if (err == 0)
		err = store_app_password_make(c, &who.account, m->name, &id, password);
	if (err == 0)
		err = store_mailqueue_tell(c->store, c->tx, &who.account, PROVISION__MAIL_KIND__MAIL_KIND_APP_PASSWORD);
	if (err != 0)
		return err;
	provision__app_password_create_reply__init(reply);
	reply->app_password = wire_bytes(arena_dup(c->arena, id_view(&id)));
	reply->password = wire_str(password);
	c->reply = &reply->base;
	return 0;
}

struct listing {
	struct arena *arena;
	Provision__AppPasswordListReply *reply;
};

static int
add_row(void *arg, const struct hash *hash, const Provision__StoredAppPassword *r)
{
	struct listing *l = arg;
	Provision__AppPasswordRow *row = arena_alloc(l->arena, sizeof(*row));

	(void)hash;
	provision__app_password_row__init(row);
	row->app_password = r->id;
	row->name = r->name;
	row->created_ms = r->created_ms;
	l->reply->items[l->reply->n_items++] = row;
	return 0;
}

/* Their ids are random: by the time they were made. */
static int
compare_rows(const void *a, const void *b)
{
	const Provision__AppPasswordRow *x = *(Provision__AppPasswordRow *const *)a, *y = *(Provision__AppPasswordRow *const *)b;

	return x->created_ms < y->created_ms ? -1 : x->created_ms > y->created_ms;
}

int
handle_app_password_list(struct store_call *c)
{
	const Provision__AppPasswordList *m = (const Provision__AppPasswordList *)c->request;
	Provision__AppPasswordListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct listing l = { c->arena, reply };
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err != 0)
		return err;
	provision__app_password_list_reply__init(reply);
	reply->items = arena_alloc(c->arena, STORE_APP_PASSWORDS_MAX * sizeof(*reply->items));
	err = store_app_password_each(c, &who.account, add_row, &l);
	if (err != 0)
		return err;
	qsort(reply->items, reply->n_items, sizeof(*reply->items), compare_rows);
	c->reply = &reply->base;
	return 0;
}

int
handle_app_password_end_check(struct store_call *c)
{
	const Provision__AppPasswordEnd *m = (const Provision__AppPasswordEnd *)c->request;
	struct id id = wire_id(m->app_password);
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_app_password_end(c, &who.account, &id);
	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_app_password_end(struct store_call *c)
{
	const Provision__AppPasswordEnd *m = (const Provision__AppPasswordEnd *)c->request;
	struct id id = wire_id(m->app_password);
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_app_password_end(c, &who.account, &id) : err;
}
