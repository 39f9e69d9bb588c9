/* SPDX-License-Identifier: MIT */
/*
 * What is held about a person beside what other requests list. Records that do not live long are not found by person: they are looked
 * through. A place is a part of the walk, as a number, and a key in that part's table; because that may be somebody else's record, it is
 * sealed in the cursor.
 */
#include <string.h>

#include "base/log.h"
#include "crypt/record.h"
#include "record/held.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/address.h"
#include "store/handle.h"
#include "store/held.h"
#include "store/quota.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

/* For one page. */
#define LOOKED_MAX 500U

bool
store_held_look(struct store_held *h)
{
	h->is_ended = h->looked >= LOOKED_MAX || store_paging_is_full(&h->page);
	h->looked++;
	arena_reset(h->scratch);
	return !h->is_ended;
}

int
store_held_add(struct store_held *h, Provision__HeldKind kind, Provision__HeldRow **row_r)
{
	Provision__HeldRow *row = arena_try(h->call->arena, sizeof(*row));

	if (row == NULL)
		return ERR_LIMIT;
	provision__held_row__init(row);
	row->kind = kind;
	store_paging_add(&h->page, &row->base);
	*row_r = row;
	return 0;
}

int
store_held_name(struct store_held *h, const struct id *company, Provision__HeldRow *row)
{
	struct store_call *c = h->call;
	Provision__StoredCompany *record;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(company), &record);

	if (err == 0) {
		row->slug = record->slug;
		row->company = record->name;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* ---- records of their own ---- */

static bool
is_mine(const struct store_held *h, ProtobufCBinaryData account)
{
	return view_equal(wire_view(account), id_view(&h->account));
}

/* The key's end is the registration. What somebody typed in there need not be of this person. */
static int
show_registration(struct store_held *h, struct view key, struct view value)
{
	struct store_call *c = h->call;
	Provision__StoredRegistration *r;
	Provision__HeldRow *row;
	int err = store_records_get(c->store, c->tx, h->scratch, STORE_TABLE_REGISTRATION,
	    view_slice(key, CRYPT_HASH_BYTES, ID_BYTES), &r);

	(void)value;
	if (err == 0)
		err = store_held_add(h, PROVISION__HELD_KIND__HELD_KIND_REGISTRATION, &row);
	if (err == 0) {
		row->time_ms = r->created_ms;
		row->end_ms = r->end_ms;
	}
	return err;
}

static int
show_reset(struct store_held *h, struct view key, struct view value)
{
	Provision__StoredReset *r;
	Provision__HeldRow *row;
	int err = store_records_open(h->call->store, h->scratch, STORE_TABLE_RESET, key, value, &r);

	if (err != 0 || r->is_void || !is_mine(h, r->account))
		return err;
	err = store_held_add(h, PROVISION__HELD_KIND__HELD_KIND_RESET, &row);
	if (err == 0)
		row->end_ms = r->end_ms;
	return err;
}

static int
show_address_change(struct store_held *h, struct view key, struct view value)
{
	Provision__StoredAddressChange *r;
	Provision__HeldRow *row;
	int err = store_records_open(h->call->store, h->scratch, STORE_TABLE_ADDRESS_CHANGE, key, value, &r);

	if (err != 0 || !is_mine(h, r->account))
		return err;
	err = store_held_add(h, PROVISION__HELD_KIND__HELD_KIND_ADDRESS_CHANGE, &row);
	if (err == 0) {
		row->end_ms = r->end_ms;
		row->email = wire_bytes(arena_dup(h->call->arena, wire_view(r->email)));
	}
	return err;
}

static int
show_mail(struct store_held *h, struct view key, struct view value)
{
	Provision__StoredMail *r;
	Provision__HeldRow *row;
	int err = store_records_open(h->call->store, h->scratch, STORE_TABLE_MAIL, key, value, &r);

	if (err != 0 || !is_mine(h, r->account))
		return err;
	err = store_held_add(h, PROVISION__HELD_KIND__HELD_KIND_MAIL, &row);
	if (err == 0) {
		row->time_ms = r->created_ms;
		row->mail = r->kind;
		row->tries = r->tries;
	}
	return err;
}

/* The key begins with the company. */
static int
show_invitation(struct store_held *h, struct view key, struct view value)
{
	struct id company = rowkey_id(key, 0);
	Provision__StoredInvitation *r;
	Provision__HeldRow *row;
	int err = store_records_open(h->call->store, h->scratch, STORE_TABLE_INVITATION, key, value, &r);

	if (err != 0 || !is_mine(h, r->joined))
		return err;
	err = store_held_add(h, PROVISION__HELD_KIND__HELD_KIND_INVITATION, &row);
	if (err != 0)
		return err;
	row->time_ms = r->created_ms;
	row->end_ms = r->end_ms;
	return store_held_name(h, &company, row);
}

/* Key: account, company. */
static int
show_membership(struct store_held *h, struct view key, struct view value)
{
	struct id company = rowkey_id(key, ID_BYTES);
	struct store_rowkey member = rowkey_ids(&company, &h->account);
	struct store_call *c = h->call;
	Provision__StoredMember *r;
	Provision__HeldRow *row;
	int err = store_records_get(c->store, c->tx, h->scratch, STORE_TABLE_MEMBER, rowkey_view(&member), &r);

	(void)value;
	if (err == 0)
		err = store_held_add(h, PROVISION__HELD_KIND__HELD_KIND_MEMBERSHIP, &row);
	if (err != 0)
		return err;
	row->time_ms = r->created_ms;
	return store_held_name(h, &company, row);
}

/* ---- cursors ---- */

static struct secret *
place_key(struct store_call *c)
{
	struct hash key = store_service_derive(c->store->service, "held-cursor", view_of(NULL, 0));

	return secret_from_view(crypt_hash_view(&key));
}

static int
open_place(struct store_call *c, const struct id *account, ProtobufCBinaryData cursor, struct store_rowkey *place_r)
{
	struct secret *key;
	struct view sealed;
	int err = store_paging_place(c, id_view(account), cursor, &sealed);

	*place_r = (struct store_rowkey){ .len = 0 };
	if (err != 0 || sealed.len == 0)
		return err;
	key = place_key(c);
	place_r->len = sealed.len - CRYPT_RECORD_OVERHEAD;
	err = crypt_record_open_at(key, id_view(account), sealed, place_r->bytes);
	secret_free(&key);
	return err == 0 ? 0 : store_call_blame(c, "cursor", ERR_SYNTAX);
}

static void
give_place(struct store_held *h, size_t part)
{
	uint8_t sealed[STORE_ROWKEY_MAX + CRYPT_RECORD_OVERHEAD];
	struct secret *key = place_key(h->call);
	struct store_rowkey place = { .len = 0 };

	rowkey_add_number(&place, part, 1);
	rowkey_add(&place, rowkey_view(&h->place));
	crypt_record_seal_at(key, id_view(&h->account), rowkey_view(&place), sealed);
	store_paging_more(h->call, id_view(&h->account), view_of(sealed, place.len + CRYPT_RECORD_OVERHEAD), &h->page);
	secret_free(&key);
}

/* ---- the walk ---- */

/* By whom the rows of a table are found. */
enum found { AMONG_ALL, BY_ACCOUNT, BY_ADDRESS };

struct part {
	enum store_table table;
	enum found found;
	int (*show)(struct store_held *h, struct view key, struct view value);
};

static const struct part parts[] = {
	{ STORE_TABLE_REGISTRATION_OF, BY_ADDRESS, show_registration },
	{ STORE_TABLE_RESET, AMONG_ALL, show_reset },
	{ STORE_TABLE_ADDRESS_CHANGE, AMONG_ALL, show_address_change },
	{ STORE_TABLE_MAIL, AMONG_ALL, show_mail },
	{ STORE_TABLE_INVITATION, AMONG_ALL, show_invitation },
	{ STORE_TABLE_MEMBERSHIP, BY_ACCOUNT, show_membership },
};
#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

static int
address_hash(struct store_held *h, struct hash *hash_r)
{
	struct store_call *c = h->call;
	Provision__StoredAccount *record;
	struct mail_address_text normal;
	int err = store_records_get(c->store, c->tx, h->scratch, STORE_TABLE_ACCOUNT, id_view(&h->account), &record);

	if (err == 0)
		err = store_address_parse(wire_view(record->email), &normal);
	if (err == 0)
		*hash_r = store_address_hash(c->store, &normal);
	return err;
}

static int
walk_part(struct store_held *h, const struct part *part)
{
	struct view prefix = part->found == BY_ACCOUNT ? id_view(&h->account) : view_of(NULL, 0);
	struct view key, value;
	struct hash hash;
	int err = 0;

	if (part->found == BY_ADDRESS) {
		err = address_hash(h, &hash);
		prefix = crypt_hash_view(&hash);
	}
	if (err != 0)
		return err;
	struct store_cursor *cursor = store_cursor_open_prefix(h->call->tx, part->table, prefix, rowkey_view(&h->place), STORE_FORWARD);
	while (err == 0 && store_cursor_next(cursor, &key, &value) && store_held_look(h)) {
		h->place = rowkey_of(key, view_of(NULL, 0));
		err = part->show(h, key, value);
		err = err == ERR_NOT_FOUND ? 0 : err;
	}
	store_cursor_close(&cursor);
	return err;
}

static int
show_usage(struct store_held *h)
{
	struct store_quota quota;
	Provision__HeldRow *row;
	int err = store_quota_read(h->call, &h->account, false, &quota);

	if (err == 0)
		err = store_held_add(h, PROVISION__HELD_KIND__HELD_KIND_USAGE, &row);
	if (err == 0) {
		row->bytes = quota.bytes;
		row->packages = quota.packages;
	}
	return err;
}

/* place: of the request's cursor. */
static int
walk(struct store_held *h, struct view place)
{
	size_t part = place.len == 0 ? 0 : rowkey_number(place, 0, 1);
	int err = place.len == 0 ? show_usage(h) : 0;

	h->place = rowkey_of(view_slice(place, 1, place.len), view_of(NULL, 0));
	for (; err == 0 && !h->is_ended && part <= PART_COUNT; part++) {
		err = part < PART_COUNT ? walk_part(h, &parts[part]) : store_held_work(h);
		if (h->is_ended)
			break;
		h->place.len = 0;
	}
	if (err == 0 && h->is_ended)
		give_place(h, part);
	return err;
}

int
handle_held_list(struct store_call *c)
{
	const Provision__HeldList *m = (const Provision__HeldList *)c->request;
	Provision__HeldListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_held h = { .call = c };
	struct store_rowkey place;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = open_place(c, &who.account, m->cursor, &place);
	if (err == 0)
		err = store_paging_begin(c, m->limit, &h.page);
	if (err != 0)
		return err;
	h.account = who.account;
	h.scratch = store_records_arena();
	if (c->role == IPC_ROLE_CTL && place.len == 0)
		log_event(LOG_NOTICE, "account-exported", LOG_ID("account", &who.account));
	err = walk(&h, rowkey_view(&place));
	arena_free(&h.scratch);
	if (err != 0)
		return err;
	provision__held_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &h.page);
	c->reply = &reply->base;
	return 0;
}
