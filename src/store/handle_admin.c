/* SPDX-License-Identifier: MIT */
/*
 * What provisionctl asks: a company's shell, lists, the mail queue, the clock. Makes no company key and shows no
 * customer's address.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "crypt/random.h"
#include "crypt/secret.h"
#include "mail/address.h"
#include "record/admin.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/clock_guard.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/mailqueue.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/service.h"
#include "store/vault.h"
#include "store/wire.h"
#include "store/worker.h"
#include "trust/link.h"

#define ENROLMENT_SECRET_BYTES 16
#define ENROLMENT_CHARS (ID_TEXT_LEN + 1 + TEXT_BASE32_LEN(ENROLMENT_SECRET_BYTES))
#define FLUSH_AT_ONCE 200

/* ---- companies ---- */

int
handle_admin_company_add_check(struct store_call *c)
{
	const Provision__CompanyAdd *m = (const Provision__CompanyAdd *)c->request;
	struct hash slug = store_vault_lookup(c->store->vault, "slug", wire_view(m->slug));
	struct mail_address contact;

	if (!trust_link_is_slug(wire_view(m->slug)) || mail_address_parse(wire_view(m->contact), &contact) != 0)
		return ERR_SYNTAX;
	if (!view_equal_str(wire_view(m->locale), "de") && !view_equal_str(wire_view(m->locale), "en"))
		return ERR_SYNTAX;
	return store_index_has(c->tx, STORE_TABLE_SLUG, crypt_hash_view(&slug)) ? ERR_EXISTS : 0;
}

static int
write_company(struct store_call *c, const Provision__CompanyAdd *m, const struct id *id, struct view enrolment)
{
	struct store_key_name key = { STORE_KEY_COMPANY, *id, 0 };
	struct hash hash = store_service_token_hash(c->store->service, "enrolment", enrolment);
	Provision__StoredCompany r = PROVISION__STORED_COMPANY__INIT;
	Provision__StoredParty party = PROVISION__STORED_PARTY__INIT;
	int err = store_keys_create(c->store->keys, c->tx, &key);

	if (err != 0)
		return err;
	r.slug = m->slug;
	r.name = m->name;
	r.contact = m->contact;
	r.locale = m->locale;
	r.is_listed = !m->unlisted;
	r.enrolment_hash = wire_of_hash(&hash);
	r.created_ms = store_clock_guard_now_ms(c->store->clock);
	r.enrolment_end_ms = r.created_ms + STORE_ENROLMENT_MS;
	err = store_records_put(c->store, c->tx, STORE_TABLE_COMPANY, id_view(id), &key, &r.base);
	if (err == 0)
		err = store_records_put(c->store, c->tx, STORE_TABLE_PARTY, id_view(id), &key, &party.base);
	return err;
}

int
handle_admin_company_add(struct store_call *c)
{
	const Provision__CompanyAdd *m = (const Provision__CompanyAdd *)c->request;
	Provision__CompanyAddReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct hash slug = store_vault_lookup(c->store->vault, "slug", wire_view(m->slug));
	char *enrolment = arena_alloc(c->arena, ENROLMENT_CHARS + 1);
	struct id id = id_random();
	int err;

	if (store_index_has(c->tx, STORE_TABLE_SLUG, crypt_hash_view(&slug)))
		return ERR_EXISTS;
	memcpy(enrolment, id_text(&id).s, ID_TEXT_LEN);
	enrolment[ID_TEXT_LEN] = '-';
	crypt_random_token(ENROLMENT_SECRET_BYTES, enrolment + ID_TEXT_LEN + 1);
	err = write_company(c, m, &id, view_str(enrolment));
	if (err != 0)
		return err;
	store_records_put_id(c->tx, STORE_TABLE_SLUG, crypt_hash_view(&slug), &id);
	provision__company_add_reply__init(reply);
	reply->company = wire_bytes(arena_dup(c->arena, id_view(&id)));
	reply->enrolment = wire_str(enrolment);
	c->reply = &reply->base;
	return 0;
}

static int
overview_row(struct store_call *c, struct arena *scratch, struct view key, struct view value,
    Provision__CompanyOverviewRow *row)
{
	struct id id = rowkey_id(key, 0);
	Provision__StoredCompany *r;
	int err = store_records_open(c->store, scratch, STORE_TABLE_COMPANY, key, value, &r);

	if (err != 0)
		return err;
	row->company = wire_bytes(arena_dup(c->arena, id_view(&id)));
	row->slug = wire_bytes(arena_dup(c->arena, wire_view(r->slug)));
	row->name = wire_bytes(arena_dup(c->arena, wire_view(r->name)));
	row->is_active = r->activated_ms != 0;
	row->is_listed = r->is_listed;
	row->members = store_records_count(c->tx, STORE_TABLE_MEMBER, id_view(&id));
	row->customers = store_records_count(c->tx, STORE_TABLE_SUBSCRIPTION_OF, id_view(&id));
	row->created_ms = r->created_ms;
	return 0;
}

int
handle_admin_companies(struct store_call *c)
{
	const Provision__CompanyOverview *m = (const Provision__CompanyOverview *)c->request;
	Provision__CompanyOverviewReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct arena *scratch = store_records_arena();
	struct store_cursor *cursor;
	struct view key, value;
	int err = m->cursor.len == 0 || m->cursor.len == ID_BYTES ? 0 : ERR_SYNTAX;

	provision__company_overview_reply__init(reply);
	reply->items = arena_alloc(c->arena, m->limit * sizeof(*reply->items));
	cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_COMPANY, view_of(NULL, 0), wire_view(m->cursor), STORE_FORWARD);
	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		Provision__CompanyOverviewRow *row = arena_alloc(c->arena, sizeof(*row));
		provision__company_overview_row__init(row);
		if (reply->n_items == m->limit) {
			reply->next = reply->items[m->limit - 1]->company;
			break;
		}
		arena_reset(scratch);
		err = overview_row(c, scratch, key, value, row);
		if (err == 0)
			reply->items[reply->n_items++] = row;
		else if (err == ERR_NOT_FOUND)
			err = 0;
	}
	store_cursor_close(&cursor);
	arena_free(&scratch);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

/* ---- the mail queue: next due first, so it is sorted as a whole; a cursor is (next, job) ---- */

#define QUEUE_CURSOR_BYTES (8 + ID_BYTES)

struct queued {
	uint8_t bytes[QUEUE_CURSOR_BYTES];   /* next_ms, job */
};

static int
compare_queued(const void *a, const void *b)
{
	return memcmp(a, b, QUEUE_CURSOR_BYTES);
}

/* Those behind the cursor, in a. ERR_LIMIT: more than it holds. */
static int
queue_load(struct store_call *c, struct arena *a, struct view after, struct queued **items_r, size_t *count_r)
{
	struct store_cursor *cursor = store_cursor_open(c->tx, STORE_TABLE_MAIL, view_of(NULL, 0), view_of(NULL, 0),
	    STORE_FORWARD);
	uint32_t all = store_records_count(c->tx, STORE_TABLE_MAIL, view_of(NULL, 0));
	struct arena *scratch = store_records_arena();
	struct queued *items = arena_try(a, ((size_t)all + 1) * sizeof(*items));
	Provision__StoredMail *r;
	struct view key, value;
	size_t n = 0;

	while (items != NULL && n < all && store_cursor_next(cursor, &key, &value)) {
		struct store_rowkey k = { .len = 0 };
		arena_reset(scratch);
		if (store_records_open(c->store, scratch, STORE_TABLE_MAIL, key, value, &r) != 0)
			continue;
		rowkey_add_number(&k, r->next_ms, 8);
		rowkey_add(&k, key);
		if (view_compare(rowkey_view(&k), after) > 0)
			memcpy(items[n++].bytes, k.bytes, QUEUE_CURSOR_BYTES);
	}
	arena_free(&scratch);
	store_cursor_close(&cursor);
	if (items != NULL)
		qsort(items, n, sizeof(*items), compare_queued);
	*items_r = items;
	*count_r = n;
	return items != NULL ? 0 : ERR_LIMIT;
}

static int
queue_row(struct store_call *c, struct view job, Provision__QueueRow *row)
{
	Provision__StoredMail *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_MAIL, job, &r);

	if (err != 0)
		return err;
	row->job = wire_bytes(arena_dup(c->arena, job));
	row->kind = r->kind;
	row->account = r->account;
	row->company = r->company;
	row->created_ms = r->created_ms;
	row->next_ms = r->next_ms;
	row->tries = r->tries;
	row->is_leased = r->is_leased;
	row->is_failed = r->is_failed;
	row->smtp_code = r->smtp_code;
	row->enhanced = r->enhanced;
	row->text = r->text;
	return 0;
}

int
handle_admin_queue(struct store_call *c)
{
	const Provision__QueueList *m = (const Provision__QueueList *)c->request;
	Provision__QueueListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct arena *a = store_records_arena();
	struct queued *items;
	size_t count = 0;
	int err = m->cursor.len == 0 || m->cursor.len == QUEUE_CURSOR_BYTES ? 0 : ERR_SYNTAX;

	provision__queue_list_reply__init(reply);
	reply->items = arena_alloc(c->arena, m->limit * sizeof(*reply->items));
	if (err == 0)
		err = queue_load(c, a, wire_view(m->cursor), &items, &count);
	for (size_t i = 0; err == 0 && i < count && reply->n_items < m->limit; i++) {
		Provision__QueueRow *row = arena_alloc(c->arena, sizeof(*row));
		provision__queue_row__init(row);
		if (queue_row(c, view_of(items[i].bytes + 8, ID_BYTES), row) == 0)
			reply->items[reply->n_items++] = row;
		if (reply->n_items == m->limit && i + 1 < count)
			reply->next = wire_bytes(arena_dup(c->arena, view_of(items[i].bytes, QUEUE_CURSOR_BYTES)));
	}
	arena_free(&a);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

int
handle_admin_queue_show(struct store_call *c)
{
	const Provision__QueueShow *m = (const Provision__QueueShow *)c->request;
	Provision__QueueShowReply *reply = arena_alloc(c->arena, sizeof(*reply));

	provision__queue_show_reply__init(reply);
	reply->row = arena_alloc(c->arena, sizeof(*reply->row));
	provision__queue_row__init(reply->row);
	c->reply = &reply->base;
	return queue_row(c, wire_view(m->job), reply->row);
}

int
handle_admin_queue_retry(struct store_call *c)
{
	struct id job = wire_id(((const Provision__QueueRetry *)c->request)->job);

	return store_mailqueue_retry(c->store, c->tx, &job);
}

int
handle_admin_queue_drop(struct store_call *c)
{
	struct id job = wire_id(((const Provision__QueueDrop *)c->request)->job);

	return store_mailqueue_drop(c->store, c->tx, &job);
}

/* The first at once, the rest by a job; the answer counts the first. */
int
handle_admin_queue_flush(struct store_call *c)
{
	Provision__QueueFlushReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct id after = { { 0 } };

	provision__queue_flush_reply__init(reply);
	if (store_mailqueue_flush(c->store, c->tx, &after, FLUSH_AT_ONCE, &reply->jobs))
		store_jobs_put(c->store, c->tx, STORE_JOB_MAIL_FLUSH, 0, id_view(&after));
	c->reply = &reply->base;
	return 0;
}

/* ---- the clock ---- */

int
handle_admin_clock_accept(struct store_call *c)
{
	store_clock_guard_accept(c->store->clock, c->tx);
	return 0;
}
