/* SPDX-License-Identifier: MIT */
/*
 * Companies: the directory, one company, and its activation by the first owner's client, which brings the keys that were
 * made there. The enrolment code ("COMPANY-SECRET", both base32) came from provisionctl; its first part tells the client
 * the company's id, which the root binds. Private keys pass through sealed.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "crypt/equal.h"
#include "record/company.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/epochs.h"
#include "store/handle.h"
#include "store/limiter.h"
#include "store/listeners.h"
#include "store/paging.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/service.h"
#include "store/trusting.h"
#include "store/wire.h"

#define DIRECTORY_GROWTH 64

/* ---- the directory: all public companies by name, then by id ---- */

struct listed {
	struct view name;
	struct id id;
};

struct directory {
	struct listed *items;
	size_t count, room;
};

static int
compare_listed(const void *va, const void *vb)
{
	const struct listed *a = va, *b = vb;
	int order = 0;

	for (size_t i = 0; order == 0 && i < a->name.len && i < b->name.len; i++) {
		uint8_t x = a->name.data[i], y = b->name.data[i];
		order = (x >= 'A' && x <= 'Z' ? x + 32 : x) - (y >= 'A' && y <= 'Z' ? y + 32 : y);
	}
	if (order == 0)
		order = (a->name.len > b->name.len) - (a->name.len < b->name.len);
	return order != 0 ? order : view_compare(id_view(&a->id), id_view(&b->id));
}

/* Names are copied to a; ERR_LIMIT: more companies than it holds. */
static int
directory_add(struct directory *d, struct arena *a, struct view key, const Provision__StoredCompany *company)
{
	struct view name = wire_view(company->name);
	uint8_t *copy = arena_try(a, name.len);

	if (d->count == d->room) {
		size_t room = d->room == 0 ? DIRECTORY_GROWTH : 2 * d->room;
		struct listed *items = arena_try(a, room * sizeof(*items));
		if (items == NULL)
			return ERR_LIMIT;
		if (d->count > 0)
			memcpy(items, d->items, d->count * sizeof(*items));
		d->items = items;
		d->room = room;
	}
	if (copy == NULL)
		return ERR_LIMIT;
	memcpy(copy, name.data, name.len);
	d->items[d->count++] = (struct listed){ view_of(copy, name.len), rowkey_id(key, 0) };
	return 0;
}

static int
directory_load(struct store_call *c, struct arena *a, struct directory *d)
{
	struct store_cursor *cursor = store_cursor_open(c->tx, STORE_TABLE_COMPANY, view_of(NULL, 0), view_of(NULL, 0),
	    STORE_FORWARD);
	struct arena *scratch = store_records_arena();
	Provision__StoredCompany *company;
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		arena_reset(scratch);
		err = store_records_open(c->store, scratch, STORE_TABLE_COMPANY, key, value, &company);
		if (err == 0 && store_access_is_public(company))
			err = directory_add(d, a, key, company);
		else if (err == ERR_NOT_FOUND)
			err = 0;
	}
	arena_free(&scratch);
	store_cursor_close(&cursor);
	if (d->count > 1)
		qsort(d->items, d->count, sizeof(*d->items), compare_listed);
	return err;
}

/* The first behind a place (id, name), whether or not that company is still listed. */
static size_t
directory_find(const struct directory *d, struct view place)
{
	struct listed after = { view_slice(place, ID_BYTES, place.len), { { 0 } } };
	size_t i = 0;

	if (place.len == 0)
		return 0;
	after.id = rowkey_id(place, 0);
	while (i < d->count && compare_listed(&d->items[i], &after) <= 0)
		i++;
	return i;
}

static int
directory_page(struct store_call *c, struct view list, const struct directory *d, size_t from, struct store_page *page)
{
	for (size_t i = from; i < d->count; i++) {
		const struct listed *item = &d->items[i];
		Provision__StoredCompany *company;
		int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&item->id), &company);
		if (err != 0 && err != ERR_NOT_FOUND)
			return err;
		if (err == 0)
			store_paging_add(page, &store_rows_company(c->arena, &item->id, company)->base);
		if (store_paging_is_full(page) && i + 1 < d->count) {
			uint8_t *place = arena_alloc(c->arena, ID_BYTES + item->name.len);
			memcpy(place, item->id.bytes, ID_BYTES);
			memcpy(place + ID_BYTES, item->name.data, item->name.len);
			store_paging_more(c, list, view_of(place, ID_BYTES + item->name.len), page);
			break;
		}
	}
	return 0;
}

int
handle_company_list(struct store_call *c)
{
	const Provision__CompanyList *m = (const Provision__CompanyList *)c->request;
	Provision__CompanyListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct arena *a = store_records_arena();
	struct directory d = { .count = 0 };
	struct store_page page;
	struct store_who who;
	struct view place;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_service_limit_account(c, &who.account);
	if (err == 0)
		err = store_paging_place(c, id_view(&who.account), m->cursor, &place);
	if (err == 0)
		err = store_paging_begin(c, m->limit, &page);
	if (err == 0)
		err = directory_load(c, a, &d);
	if (err == 0)
		err = directory_page(c, id_view(&who.account), &d, directory_find(&d, place), &page);
	if (err == 0) {
		provision__company_list_reply__init(reply);
		STORE_PAGING_GIVE(reply, &page);
		c->reply = &reply->base;
	}
	arena_free(&a);
	return err;
}

/* ---- one company ---- */

/* An invitation of a customer shows the company, listed or not, to whoever holds it. */
static bool
is_invited_customer(struct store_call *c, const struct store_rowkey *key)
{
	Provision__StoredCustomerInvitation *r;

	return store_records_get(c->store, c->tx, c->arena, STORE_TABLE_CUSTOMER_INVITATION, rowkey_view(key), &r) == 0 &&
	    store_clock_guard_now_ms(c->store->clock) < r->end_ms;
}

/* So does a member's, and once it is taken only to who took it. */
static bool
is_invited(struct store_call *c, const struct store_who *who, const struct id *company, ProtobufCBinaryData invitation)
{
	struct store_rowkey key = rowkey_of(id_view(company), wire_view(invitation));
	Provision__StoredInvitation *r;

	if (invitation.len == 0)
		return false;
	if (store_records_get(c->store, c->tx, c->arena, STORE_TABLE_INVITATION, rowkey_view(&key), &r) != 0)
		return is_invited_customer(c, &key);
	if (store_clock_guard_now_ms(c->store->clock) >= r->end_ms)
		return false;
	return r->joined.len == 0 || view_equal(wire_view(r->joined), id_view(&who->account));
}

int
handle_company_get(struct store_call *c)
{
	const Provision__CompanyGet *m = (const Provision__CompanyGet *)c->request;
	Provision__CompanyGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_company_access a = { .record = NULL };
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_access_company(c, &who, wire_view(m->slug), STORE_ACTION_COMPANY_SEE, &a);
	/* looked for even where there is no company: the time tells nothing */
	if (err == ERR_NOT_FOUND && is_invited(c, &who, &a.company, m->invitation) && a.record != NULL)
		err = 0;
	if (err != 0)
		return err;
	provision__company_get_reply__init(reply);
	reply->company = store_rows_company(c->arena, &a.company, a.record);
	c->reply = &reply->base;
	return 0;
}

int
handle_company_epochs(struct store_call *c)
{
	const Provision__EpochList *m = (const Provision__EpochList *)c->request;
	Provision__EpochListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_company_access a = { .record = NULL };
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_access_company(c, &who, wire_view(m->slug), STORE_ACTION_COMPANY_SEE, &a);
	provision__epoch_list_reply__init(reply);
	if (err == 0)
		err = store_epochs_past(c, &a.company, m->before, reply);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

/* ---- activation ---- */

/* Lower case; whatever else a person typed does not match. */
static struct hash
enrolment_hash(struct store_call *c, struct view typed)
{
	uint8_t *low = arena_alloc(c->arena, typed.len);

	for (size_t i = 0; i < typed.len; i++)
		low[i] = typed.data[i] >= 'A' && typed.data[i] <= 'Z' ? (uint8_t)(typed.data[i] + 32) : typed.data[i];
	return store_service_token_hash(c->store->service, "enrolment", view_of(low, typed.len));
}

/*
 * The company this code is for. ERR_NOT_FOUND: unknown company, wrong code, used or over, all alike. ERR_STATE: an owner
 * asks again with another root. ERR_EXISTS (never an answer): an owner asks for what is done already.
 */
static int
find_enrolled(struct store_call *c, const Provision__CompanyActivate *m, const struct store_who *who,
    struct store_company_access *a)
{
	struct hash hash = enrolment_hash(c, wire_view(m->enrolment));
	int err;

	a->record = NULL;
	err = store_access_company(c, who, wire_view(m->slug), STORE_ACTION_COMPANY_SEE, a);
	if (a->record == NULL)
		return err != 0 ? err : ERR_NOT_FOUND;
	if ((a->relation & STORE_RELATION_OWNER) != 0)
		return view_equal(wire_view(a->record->root), wire_view(m->root)) ? ERR_EXISTS : ERR_STATE;
	if (a->record->enrolment_hash.len == 0 || a->record->activated_ms != 0 ||
	    store_clock_guard_now_ms(c->store->clock) >= a->record->enrolment_end_ms)
		return ERR_NOT_FOUND;
	return crypt_equal(wire_view(a->record->enrolment_hash), crypt_hash_view(&hash)) ? 0 : ERR_NOT_FOUND;
}

int
handle_company_activate_check(struct store_call *c)
{
	const Provision__CompanyActivate *m = (const Provision__CompanyActivate *)c->request;
	struct store_trusting *checked = arena_alloc(c->arena, sizeof(*checked));
	struct store_company_access a;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_limiter_take(store_service_limiter(c->store->service), STORE_LIMIT_ENROL, wire_view(m->slug),
		    store_limiter_client(wire_view(m->caller->address)), clock_mono_ms());
	if (err == 0)
		err = find_enrolled(c, m, &who, &a);
	if (err == 0)
		err = store_trusting_founder(c, m, &a.company, &who.account, checked);
	c->state = checked;
	return err == ERR_EXISTS ? 0 : err;
}

static int
write_activated(struct store_call *c, const Provision__CompanyActivate *m, const struct id *account,
    struct store_company_access *a)
{
	struct store_key_name key = { STORE_KEY_COMPANY, a->company, 0 };
	struct store_rowkey member_key = rowkey_ids(&a->company, account), membership = rowkey_ids(account, &a->company);
	Provision__StoredMember member = PROVISION__STORED_MEMBER__INIT;
	ProtobufCBinaryData epoch = m->epoch;
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);
	int err;

	a->record->root = m->root;
	a->record->n_epochs = 1;
	a->record->epochs = &epoch;
	a->record->epoch_number = 1;
	a->record->renewal = PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_NONE;
	a->record->enrolment_hash = (ProtobufCBinaryData){ .len = 0 };
	a->record->activated_ms = now_ms;
	member.role = PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER;
	member.certificate = m->certificate;
	member.sealed_root = m->sealed_root;
	member.created_ms = now_ms;
	err = store_records_put(c->store, c->tx, STORE_TABLE_COMPANY, id_view(&a->company), &key, &a->record->base);
	if (err == 0)
		err = store_records_put(c->store, c->tx, STORE_TABLE_MEMBER, rowkey_view(&member_key), &key, &member.base);
	if (err == 0)
		err = store_epochs_make(c->store, c->tx, &a->company, 1);
	if (err == 0)
		err = store_epochs_seal(c->store, c->tx, &a->company, 1, account, m->sealed_epoch);
	if (err != 0)
		return err;
	store_index_put(c->tx, STORE_TABLE_MEMBERSHIP, rowkey_view(&membership), view_of(NULL, 0));
	store_listeners_wake_after(c->store, c->tx, account);
	return 0;
}

int
handle_company_activate(struct store_call *c)
{
	const Provision__CompanyActivate *m = (const Provision__CompanyActivate *)c->request;
	struct store_company_access a;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = find_enrolled(c, m, &who, &a);
	if (err == ERR_EXISTS)
		return 0;
	if (err == 0)
		err = store_trusting_recheck(c, c->state, NULL, &who.account);
	if (err == 0)
		err = store_trusting_room(c, &who.account);
	return err == 0 ? write_activated(c, m, &who.account, &a) : err;
}

/* ---- settings ---- */

static int
may_set(struct store_call *c, const Provision__Caller *caller, struct view slug, struct store_company_access *a)
{
	struct store_who who;
	int err = store_session_find(c, caller, &who);

	return err == 0 ? store_access_company(c, &who, slug, STORE_ACTION_COMPANY_SET, a) : err;
}

int
handle_company_settings_check(struct store_call *c)
{
	const Provision__CompanySettings *m = (const Provision__CompanySettings *)c->request;
	struct store_company_access a;

	return may_set(c, m->caller, wire_view(m->slug), &a);
}

int
handle_company_settings(struct store_call *c)
{
	const Provision__CompanySettings *m = (const Provision__CompanySettings *)c->request;
	struct store_key_name key = { .kind = STORE_KEY_COMPANY };
	struct store_company_access a;
	int err = may_set(c, m->caller, wire_view(m->slug), &a);

	if (err != 0)
		return err;
	a.record->is_listed = m->is_listed;
	a.record->forbids_text_mail = m->forbids_text_mail;
	a.record->notices = m->notices;
	a.record->quiet_start = m->quiet_start;
	a.record->quiet_end = m->quiet_end;
	key.owner = a.company;
	return store_records_put(c->store, c->tx, STORE_TABLE_COMPANY, id_view(&a.company), &key, &a.record->base);
}

int
handle_company_settings_get(struct store_call *c)
{
	const Provision__CompanySettingsGet *m = (const Provision__CompanySettingsGet *)c->request;
	Provision__CompanySettingsGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_company_access a;
	int err = may_set(c, m->caller, wire_view(m->slug), &a);

	if (err != 0)
		return err;
	provision__company_settings_get_reply__init(reply);
	reply->is_listed = a.record->is_listed;
	reply->forbids_text_mail = a.record->forbids_text_mail;
	reply->notices = a.record->notices == PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_NONE ? a.record->notices :
	    PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_LINK;
	reply->quiet_start = a.record->quiet_start;
	reply->quiet_end = a.record->quiet_end;
	c->reply = &reply->base;
	return 0;
}
