/* SPDX-License-Identifier: MIT */
/*
 * Support requests (A11): a person files some, sees their state and answers, and takes them back; the operator lists, reads and
 * answers all of them. The mails say that there is a request or an answer, never what stands in it: what has left the service
 * cannot be erased.
 */
#include <stdlib.h>

#include "base/log.h"
#include "record/support.pb-c.h"
#include "store/handle.h"
#include "store/mailqueue.h"
#include "store/mailrender.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/session.h"
#include "store/support.h"
#include "store/wire.h"

#define CURSOR_BYTES (8 + ID_BYTES)     /* key of the table "support_time" */

static Provision__SupportHead *
head_of(struct arena *a, const struct id *request, const Provision__StoredSupport *r)
{
	Provision__SupportHead *head = arena_alloc(a, sizeof(*head));

	provision__support_head__init(head);
	head->request = wire_bytes(arena_dup(a, id_view(request)));
	head->created_ms = r->created_ms;
	head->answered_ms = r->answered_ms;
	head->end_ms = r->end_ms;
	return head;
}

static Provision__SupportShowReply *
whole(struct arena *a, const struct id *request, const Provision__StoredSupport *r)
{
	Provision__SupportShowReply *reply = arena_alloc(a, sizeof(*reply));

	provision__support_show_reply__init(reply);
	reply->head = head_of(a, request, r);
	reply->text = r->text;
	reply->answer = r->answer;
	return reply;
}

/* ---- the person ---- */

/* One of the caller's; of somebody else's nobody learns that it is there. */
static int
find_own(struct store_call *c, const Provision__Caller *caller, const struct id *request, Provision__StoredSupport **r_r)
{
	struct store_who who;
	struct id account;
	int err = store_session_find(c, caller, &who);

	if (err == 0)
		err = store_support_get(c->store, c->tx, c->arena, request, r_r);
	if (err != 0)
		return err;
	account = wire_id((*r_r)->account);
	return id_equal(&account, &who.account) ? 0 : ERR_NOT_FOUND;
}

int
handle_support_create_check(struct store_call *c)
{
	const Provision__SupportCreate *m = (const Provision__SupportCreate *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

static int
mail(struct store_call *c, const struct id *account, const struct id *request, Provision__MailKind kind)
{
	Provision__StoredMail m = PROVISION__STORED_MAIL__INIT;

	m.kind = kind;
	m.account = wire_of_id(account);
	m.support = wire_of_id(request);
	if (kind == PROVISION__MAIL_KIND__MAIL_KIND_SUPPORT_ASKED)
		m.peer_account = m.account;
	return store_mailqueue_add(c->store, c->tx, &m);
}

int
handle_support_create(struct store_call *c)
{
	const Provision__SupportCreate *m = (const Provision__SupportCreate *)c->request;
	Provision__SupportCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredSupport r = PROVISION__STORED_SUPPORT__INIT;
	struct store_who who;
	struct id request;
	int err = store_session_find(c, m->caller, &who);

	if (err != 0)
		return err;
	r.account = wire_of_id(&who.account);
	r.text = m->text;
	err = store_support_add(c->store, c->tx, &r, &request);
	if (err == 0)
		err = mail(c, &who.account, &request, PROVISION__MAIL_KIND__MAIL_KIND_SUPPORT_ASKED);
	if (err != 0)
		return err;
	provision__support_create_reply__init(reply);
	reply->request = wire_bytes(arena_dup(c->arena, id_view(&request)));
	c->reply = &reply->base;
	return 0;
}

static int
compare_heads(const void *a, const void *b)
{
	const Provision__SupportHead *x = *(Provision__SupportHead *const *)a, *y = *(Provision__SupportHead *const *)b;

	return x->created_ms < y->created_ms ? -1 : x->created_ms > y->created_ms;
}

int
handle_support_list(struct store_call *c)
{
	const Provision__SupportList *m = (const Provision__SupportList *)c->request;
	Provision__SupportListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct id requests[STORE_SUPPORT_REQUESTS_MAX];
	Provision__StoredSupport *r;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err != 0)
		return err;
	unsigned n = store_support_list(c->tx, &who.account, requests);
	provision__support_list_reply__init(reply);
	reply->items = arena_alloc(c->arena, STORE_SUPPORT_REQUESTS_MAX * sizeof(*reply->items));
	for (unsigned i = 0; i < n; i++) {
		err = store_support_get(c->store, c->tx, c->arena, &requests[i], &r);
		if (err == 0)
			reply->items[reply->n_items++] = head_of(c->arena, &requests[i], r);
		else if (err != ERR_NOT_FOUND)
			return err;
	}
	qsort(reply->items, reply->n_items, sizeof(*reply->items), compare_heads);
	c->reply = &reply->base;
	return 0;
}

int
handle_support_show(struct store_call *c)
{
	const Provision__SupportShow *m = (const Provision__SupportShow *)c->request;
	struct id request = wire_id(m->request);
	Provision__StoredSupport *r;
	int err = find_own(c, m->caller, &request, &r);

	if (err == 0)
		c->reply = &whole(c->arena, &request, r)->base;
	return err;
}

int
handle_support_end_check(struct store_call *c)
{
	const Provision__SupportEnd *m = (const Provision__SupportEnd *)c->request;
	struct id request = wire_id(m->request);
	Provision__StoredSupport *r;

	return find_own(c, m->caller, &request, &r);
}

int
handle_support_end(struct store_call *c)
{
	const Provision__SupportEnd *m = (const Provision__SupportEnd *)c->request;
	struct id request = wire_id(m->request);
	Provision__StoredSupport *r;
	int err = find_own(c, m->caller, &request, &r);

	return err == 0 ? store_support_end(c->store, c->tx, &request, r) : err;
}

/* ---- the operator ---- */

/* Adds a row to the reply; nothing for one that is erased. */
static int
overview_row(struct store_call *c, struct arena *scratch, const struct id *request, Provision__SupportOverviewReply *reply)
{
	Provision__StoredSupport *r;
	Provision__SupportOverviewRow *row;
	int err = store_support_get(c->store, c->tx, scratch, request, &r);

	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	row = arena_alloc(c->arena, sizeof(*row));
	provision__support_overview_row__init(row);
	row->head = head_of(c->arena, request, r);
	row->account = wire_bytes(arena_dup(c->arena, wire_view(r->account)));
	reply->items[reply->n_items++] = row;
	return 0;
}

int
handle_support_overview(struct store_call *c)
{
	const Provision__SupportOverview *m = (const Provision__SupportOverview *)c->request;
	Provision__SupportOverviewReply *reply = arena_alloc(c->arena, sizeof(*reply));
	int err = m->cursor.len == 0 || m->cursor.len == CURSOR_BYTES ? 0 : ERR_SYNTAX;
	struct arena *scratch = store_records_arena();
	struct view key, value, last = wire_view(m->cursor);

	provision__support_overview_reply__init(reply);
	reply->items = arena_alloc(c->arena, m->limit * sizeof(*reply->items));
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_SUPPORT_TIME, view_of(NULL, 0), last, STORE_FORWARD);
	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		if (reply->n_items == m->limit) {
			reply->next = wire_bytes(last);
			break;
		}
		struct id request = rowkey_id(key, 8);
		last = arena_dup(c->arena, key);
		arena_reset(scratch);
		err = overview_row(c, scratch, &request, reply);
	}
	store_cursor_close(&cursor);
	arena_free(&scratch);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

int
handle_support_open(struct store_call *c)
{
	struct id request = wire_id(((const Provision__SupportOpen *)c->request)->request);
	Provision__SupportOpenReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredAccount *person;
	Provision__StoredSupport *r;
	int err = store_support_get(c->store, c->tx, c->arena, &request, &r);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, wire_view(r->account), &person);
	if (err != 0)
		return err;
	provision__support_open_reply__init(reply);
	reply->request = whole(c->arena, &request, r);
	reply->account = r->account;
	reply->name = wire_bytes(store_mailrender_person(c->arena, person));
	reply->locale = person->locale;
	c->reply = &reply->base;
	return 0;
}

int
handle_support_answer(struct store_call *c)
{
	const Provision__SupportAnswer *m = (const Provision__SupportAnswer *)c->request;
	struct id request = wire_id(m->request), account;
	Provision__StoredSupport *r;
	int err = store_support_get(c->store, c->tx, c->arena, &request, &r);

	if (err != 0)
		return err;
	account = wire_id(r->account);
	r->answer = m->answer;
	err = store_support_answer(c->store, c->tx, &request, r);
	if (err == 0)
		err = mail(c, &account, &request, PROVISION__MAIL_KIND__MAIL_KIND_SUPPORT_ANSWERED);
	if (err == 0)
		log_event(LOG_INFO, "support-answered", LOG_ID("request", &request), LOG_ID("account", &account));
	return err;
}
