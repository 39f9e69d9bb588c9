/* SPDX-License-Identifier: MIT */
/*
 * From a stored entry to what is shown of it. A customer sees a company's author by name, as long as that person is a member;
 * provenance is for its author alone. Knows no request; called by handle_history.c.
 */
#include "store/history.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "store/compress.h"
#include "store/packages.h"
#include "store/provenance.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/wire.h"
#include "store/word.h"

#define MEMBER (STORE_RELATION_AGENT | STORE_RELATION_OWNER)
#define PACKAGE PROVISION__ENTRY_KIND__ENTRY_KIND_PACKAGE

/* Somebody who has written in this conversation; few are on one page. */
struct store_history_author {
	struct store_history_author *next;
	struct id account;
	bool is_company;
	bool is_former;
	ProtobufCBinaryData first_name, last_name;
};

struct store_history
store_history_begin(struct store_call *c, const struct store_who *who, const struct store_subscription_access *access,
    bool has_origin)
{
	return (struct store_history){ .call = c, .who = who, .access = access, .has_origin = has_origin,
		.opener = store_entry_opener_of(c->store, &access->subscription) };
}

void
store_history_end(struct store_history *h)
{
	store_entry_opener_clear(&h->opener);
}

/* ---- authors ---- */

int
store_history_member(struct store *s, struct store_txn *tx, struct arena *a, const struct id *company, const struct id *account,
    Provision__StoredAccount **person_r)
{
	struct store_rowkey member = rowkey_ids(company, account);

	if (!store_index_has(tx, STORE_TABLE_MEMBER, rowkey_view(&member)))
		return ERR_NOT_FOUND;
	return store_records_get(s, tx, a, STORE_TABLE_ACCOUNT, id_view(account), person_r);
}

/* Whoever is no member any more has no name here. */
static int
read_author(struct store_history *h, struct store_history_author *author)
{
	struct store_call *c = h->call;
	Provision__StoredAccount *person;
	int err = author->is_company ?
	    store_history_member(c->store, c->tx, c->arena, &h->access->company, &author->account, &person) :
	    store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&author->account), &person);

	author->is_former = author->is_company && err == ERR_NOT_FOUND;
	if (err == 0) {
		author->first_name = person->first_name;
		author->last_name = person->last_name;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int
find_author(struct store_history *h, const struct id *account, bool is_company, const struct store_history_author **author_r)
{
	struct store_history_author *a;
	int err;

	for (a = h->authors; a != NULL; a = a->next)
		if (id_equal(&a->account, account) && a->is_company == is_company)
			break;
	if (a == NULL) {
		a = arena_try(h->call->arena, sizeof(*a));
		if (a == NULL)
			return ERR_LIMIT;
		*a = (struct store_history_author){ .next = h->authors, .account = *account, .is_company = is_company };
		err = read_author(h, a);
		if (err != 0)
			return err;
		h->authors = a;
	}
	*author_r = a;
	return 0;
}

static int
show_author(struct store_history *h, const Provision__StoredEntry *r, Provision__ConversationEntry *row)
{
	struct id account = wire_id(r->author);
	const struct store_history_author *author;
	int err;

	if (r->author.len == 0)
		return 0;
	err = find_author(h, &account, r->is_from_company, &author);
	if (err != 0)
		return err;
	row->is_own = id_equal(&account, &h->who->account);
	row->is_former_member = author->is_former;
	row->first_name = author->first_name;
	row->last_name = author->last_name;
	return 0;
}

/* ---- what was written or sent ---- */

static int
show_text(struct store_history *h, const Provision__StoredEntry *r, Provision__ConversationEntry *row)
{
	struct view text = wire_view(r->text);
	int err = r->text_bytes == 0 ? 0 : store_decompress(text, r->text_bytes, h->call->arena, &text);

	row->text = wire_bytes(text);
	row->is_deleted = r->is_deleted;
	return err == ERR_CRYPTO ? ERR_IO : err;
}

/* One whose own day has ended is not shown here either. */
static int
show_package(struct store_history *h, const Provision__StoredEntry *r, Provision__ConversationEntry *row)
{
	struct id package = wire_id(r->package);
	struct store_package_access a;
	int err = store_access_package(h->call, h->who, &package, STORE_ACTION_PACKAGE_SEE, &a);

	if (err == 0)
		err = store_word_show(h->call, h->who, &a, &row->word);
	return err == 0 ? store_packages_row(h->call, &a, &row->package) : err;
}

static int
show_origin(struct store_history *h, const struct id *item, Provision__ConversationEntry *row)
{
	struct store_call *c = h->call;
	Provision__StoredProvenance *r;
	int err = store_provenance_get(c->store, c->tx, c->arena, &h->access->subscription, item,
	    row->package != NULL ? row->package->created_ms : row->time_ms, &r);

	if (err == 0) {
		row->address = r->address;
		row->user_agent = r->user_agent;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

static void
show_head(const struct store_history *h, uint64_t sequence, const struct store_entry_head *head, const Provision__StoredEntry *r,
    Provision__ConversationEntry *row)
{
	provision__conversation_entry__init(row);
	row->subscription = wire_of_id(&h->access->subscription);
	row->sequence = sequence;
	row->number = (h->access->relation & STORE_RELATION_CUSTOMER) != 0 ? head->customer_number : head->company_number;
	row->time_ms = r->time_ms;
	row->ends_ms = store_retention_day_end_ms(h->call->settings, STORE_RETENTION_HISTORY, store_entry_day(head->key_number));
	row->kind = r->kind;
	row->is_from_company = r->is_from_company;
	row->event = r->event;
}

int
store_history_row(struct store_history *h, struct view key, struct view value, Provision__ConversationEntry **row_r)
{
	struct store_entry_head head = store_entry_head_of(value);
	struct store_call *c = h->call;
	Provision__ConversationEntry *row = arena_try(c->arena, sizeof(*row));
	Provision__StoredEntry *r;
	int err = row == NULL ? ERR_LIMIT : store_entry_open(&h->opener, c->tx, key, value, c->arena, &r);

	if (err != 0)
		return err;
	show_head(h, rowkey_number(key, ID_BYTES, 8), &head, r, row);
	if (r->kind == PROVISION__ENTRY_KIND__ENTRY_KIND_TEXT)
		row->message = wire_bytes(arena_dup(c->arena, id_view(&head.id)));
	err = show_author(h, r, row);
	if (err == 0)
		err = r->kind == PACKAGE ? show_package(h, r, row) : show_text(h, r, row);
	if (err == 0 && h->has_origin && row->is_own)
		err = show_origin(h, &head.id, row);
	*row_r = row;
	return err;
}
