/* SPDX-License-Identifier: MIT */
/*
 * Why something is kept, and until when: the tables that know the id, and the items of "due" that name it or the day it lies in. What
 * is due is the truth about what will be erased, so nothing is computed a second time. Walks whole tables: for the operator, seldom.
 */
#include <string.h>

#include "base/clock.h"
#include "record/janitor.pb-c.h"
#include "store/due.h"
#include "store/entry_form.h"
#include "store/handle.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/wire.h"

#define REASONS_MAX 50
#define NEEDLES_MAX 4

/* Tables whose key is the id, or another id and then the id. */
static const struct {
	enum store_table table;
	size_t offset;
	const char *what;
	enum store_retention rule;
} places[] = {
	{ STORE_TABLE_ACCOUNT, 0, "account", STORE_RETENTION_ACCOUNT },
	{ STORE_TABLE_COMPANY, 0, "company", STORE_RETENTION_COMPANY },
	{ STORE_TABLE_SUBSCRIPTION, 0, "subscription", STORE_RETENTION_SUBSCRIPTION },
	{ STORE_TABLE_PACKAGE, 0, "package", STORE_RETENTION_HISTORY },
	{ STORE_TABLE_UPLOAD, 0, "upload", STORE_RETENTION_WAITING },
	{ STORE_TABLE_MAIL, 0, "mail", STORE_RETENTION_MAIL_FAILED },
	{ STORE_TABLE_REGISTRATION, 0, "registration", STORE_RETENTION_REGISTRATION },
	{ STORE_TABLE_RESET, 0, "reset", STORE_RETENTION_RESET },
	{ STORE_TABLE_ADDRESS_CHANGE, 0, "address-change", STORE_RETENTION_ADDRESS_CHANGE },
	{ STORE_TABLE_SUPPORT, 0, "support-request", STORE_RETENTION_SUPPORT },
	{ STORE_TABLE_SESSION_OF, ID_BYTES, "session", STORE_RETENTION_SESSION },
	{ STORE_TABLE_MESSAGE, ID_BYTES, "message", STORE_RETENTION_HISTORY },
	{ STORE_TABLE_INVITATION, ID_BYTES, "member-invitation", STORE_RETENTION_MEMBER_INVITATION },
	{ STORE_TABLE_CUSTOMER_INVITATION, ID_BYTES, "customer-invitation", STORE_RETENTION_CUSTOMER_INVITATION },
	{ STORE_TABLE_APP_PASSWORD_OF, ID_BYTES, "app-password", STORE_RETENTION_ACCOUNT },
};

struct search {
	struct store_call *call;
	struct view needles[NEEDLES_MAX];   /* the first is the id */
	size_t needle_count;
	Provision__JanitorExplainReply *reply;
};

static void
add_reason(struct search *s, const char *what, const struct store_retention_rule *rule, uint64_t ends_ms)
{
	Provision__JanitorReason *r;

	s->reply->is_more = s->reply->n_reasons == REASONS_MAX;
	if (s->reply->is_more)
		return;
	r = s->reply->reasons[s->reply->n_reasons++] = arena_alloc(s->call->arena, sizeof(*r));
	provision__janitor_reason__init(r);
	r->what = wire_str(what);
	r->rule = wire_str(rule == NULL ? "" : rule->name);
	r->from = wire_str(rule == NULL ? "" : rule->from);
	r->ends_ms = ends_ms;
}

static void
look_for(struct search *s, struct view needle)
{
	require(s->needle_count < NEEDLES_MAX);
	s->needles[s->needle_count++] = arena_dup(s->call->arena, needle);
}

static void
look_for_day(struct search *s, const struct id *subscription, uint32_t day)
{
	struct store_rowkey k = rowkey_of(id_view(subscription), view_of(NULL, 0));

	rowkey_add_number(&k, day, 4);
	look_for(s, rowkey_view(&k));
}

/* What else the items of this one are named by: the hash of a session, the day of a package or message. */
static void
add_names(struct search *s, enum store_table table, struct view key, struct view value)
{
	struct store_call *c = s->call;
	Provision__StoredPackage *p;
	struct view entry;

	if (table == STORE_TABLE_SESSION_OF) {
		look_for(s, value);
	} else if (table == STORE_TABLE_PACKAGE) {
		if (store_records_get(c->store, c->tx, c->arena, table, key, &p) == 0) {
			struct id subscription = wire_id(p->subscription);
			look_for_day(s, &subscription, clock_day(p->created_ms));
		}
	} else if (table == STORE_TABLE_MESSAGE) {
		struct id subscription = rowkey_id(key, 0);
		struct store_rowkey k = store_entry_key(&subscription, rowkey_number(value, 0, 8));
		if (store_index_get_arena(c->tx, STORE_TABLE_ENTRY, rowkey_view(&k), c->arena, &entry) == 0)
			look_for_day(s, &subscription, store_entry_day(store_entry_head_of(entry).key_number));
	}
}

static void
look_in(struct search *s, size_t place)
{
	struct store_call *c = s->call;
	struct view id = s->needles[0], key, value;
	bool is_first = places[place].offset == 0;
	struct store_cursor *cursor = is_first ? store_cursor_open_prefix(c->tx, places[place].table, id, view_of(NULL, 0), STORE_FORWARD) :
	    store_cursor_open(c->tx, places[place].table, view_of(NULL, 0), view_of(NULL, 0), STORE_FORWARD);

	while (store_cursor_next(cursor, &key, &value)) {
		if (key.len < places[place].offset + ID_BYTES || !view_equal(view_slice(key, places[place].offset, places[place].offset + ID_BYTES), id))
			continue;
		add_reason(s, places[place].what, store_retention_rule(places[place].rule), 0);
		add_names(s, places[place].table, key, value);
		break;
	}
	store_cursor_close(&cursor);
}

static bool
has(struct view reference, struct view needle)
{
	for (size_t i = 0; i + needle.len <= reference.len; i++)
		if (memcmp(reference.data + i, needle.data, needle.len) == 0)
			return true;
	return false;
}

static void
on_item(void *arg, const struct store_due_kind *kind, const struct store_due_item *item)
{
	struct search *s = arg;

	for (size_t i = 0; i < s->needle_count; i++)
		if (has(item->reference, s->needles[i])) {
			add_reason(s, kind->name, store_retention_of_job(kind->kind), item->at_ms);
			return;
		}
}

/* Needs no more than a view, and a thread that may take its time. */
int
handle_explain(struct store_call *c)
{
	const Provision__JanitorExplain *m = (const Provision__JanitorExplain *)c->request;
	Provision__JanitorExplainReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct search s = { .call = c, .needles = { wire_view(m->id) }, .needle_count = 1, .reply = reply };

	provision__janitor_explain_reply__init(reply);
	reply->reasons = (Provision__JanitorReason **)store_rows_array(c->arena, REASONS_MAX);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		look_in(&s, i);
	store_due_each(c->store->due, c->tx, on_item, &s);
	c->reply = &reply->base;
	return reply->n_reasons == 0 ? ERR_NOT_FOUND : 0;
}
