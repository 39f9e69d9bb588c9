/* SPDX-License-Identifier: MIT */
/*
 * What a person changes about the own profile (A5): names, language, time zone, and the e-mail address. A new address is proven
 * by a code mailed to it, and everything that depends on it changes in the same transaction: the salt of the password, hence the
 * authentication key and the wrapped keys. Whether an address has an account already shows in nothing (B5).
 */
#include "base/clock.h"
#include "crypt/equal.h"
#include "crypt/random.h"
#include "record/credential.pb-c.h"
#include "store/address.h"
#include "store/clock_guard.h"
#include "store/code.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/limiter.h"
#include "store/mailed.h"
#include "store/mailqueue.h"
#include "store/profile.h"
#include "store/proof.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

static int
find_account(struct store_call *c, const Provision__Caller *caller, struct store_who *who,
    Provision__StoredAccount **record_r)
{
	int err = store_session_find(c, caller, who);

	return err == 0 ? store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who->account), record_r) : err;
}

static int
write_account(struct store_call *c, const struct id *account, const Provision__StoredAccount *record)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };

	return store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(account), &key, &record->base);
}

int
handle_profile_put_check(struct store_call *c)
{
	const Provision__ProfilePut *m = (const Provision__ProfilePut *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_profile_check(c, wire_view(m->locale), wire_view(m->time_zone));
	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_profile_put(struct store_call *c)
{
	const Provision__ProfilePut *m = (const Provision__ProfilePut *)c->request;
	Provision__StoredAccount *record;
	struct store_who who;
	int err = find_account(c, m->caller, &who, &record);

	if (err != 0)
		return err;
	record->first_name = m->first_name;
	record->last_name = m->last_name;
	record->company_name = m->company_name;
	record->locale = m->locale;
	record->time_zone = m->time_zone;
	return write_account(c, &who.account, record);
}

/* ---- another address: asking ---- */

int
handle_profile_address_check(struct store_call *c)
{
	const Provision__AddressCreate *m = (const Provision__AddressCreate *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_mailed_check(c, m->caller, m->email) : err;
}

static int
write_change(struct store_call *c, const Provision__AddressCreate *m, const struct id *account, const struct id *change,
    struct view code)
{
	const struct store_mailed *asked = c->state;
	struct store_key_name own = store_mailed_key(change), key = { STORE_KEY_ACCOUNT, *account, 0 };
	Provision__StoredAddressChange r = PROVISION__STORED_ADDRESS_CHANGE__INIT;
	struct id existing;

	r.account = wire_of_id(account);
	r.email = m->email;
	r.code = wire_bytes(code);
	r.is_void = store_address_account(c->tx, &asked->address, &existing) == 0;
	r.end_ms = store_clock_guard_now_ms(c->store->clock) + store_retention_ms(c->settings, STORE_RETENTION_ADDRESS_CHANGE);
	store_jobs_put(c->store, c->tx, STORE_JOB_ADDRESS_CHANGE_END, r.end_ms, id_view(change));
	return store_records_put2(c->store, c->tx, STORE_TABLE_ADDRESS_CHANGE, id_view(change), &own, &key, &r.base);
}

int
handle_profile_address(struct store_call *c)
{
	const Provision__AddressCreate *m = (const Provision__AddressCreate *)c->request;
	Provision__AddressCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;
	struct id change = id_random();
	struct store_who who;
	struct view code;
	int err = store_session_find(c, m->caller, &who);

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_NEW_ADDRESS;
	mail.address_change = wire_of_id(&change);
	if (err == 0)
		err = store_mailed_begin(c, &change, &mail, &code);
	if (err == 0)
		err = write_change(c, m, &who.account, &change, code);
	if (err != 0)
		return err;
	provision__address_create_reply__init(reply);
	reply->change = wire_bytes(arena_dup(c->arena, id_view(&change)));
	c->reply = &reply->base;
	return 0;
}

/* ---- another address: the code ---- */

/* ERR_NOT_FOUND: no such change of this account's, over, another code or address, or it has an account. */
static int
find_change(struct store_call *c, const Provision__AddressFinish *m, const struct store_who *who)
{
	struct mail_address_text text;
	Provision__StoredAddressChange *r;
	struct hash address;
	struct id owner, existing;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ADDRESS_CHANGE, wire_view(m->change), &r);

	if (err == 0)
		err = store_address_parse(wire_view(r->email), &text);
	if (err != 0)
		return err;
	owner = wire_id(r->account);
	address = store_address_hash(c->store, &text);
	bool is_right = crypt_equal(wire_view(r->code), store_code_typed(c->arena, wire_view(m->code)));
	is_right &= id_equal(&owner, &who->account) && view_equal(wire_view(r->email), wire_view(m->email));
	is_right &= store_clock_guard_now_ms(c->store->clock) < r->end_ms && !r->is_void;
	is_right &= store_address_account(c->tx, &address, &existing) != 0;
	return is_right ? 0 : ERR_NOT_FOUND;
}

static int
check_finish(struct store_call *c, const Provision__AddressFinish *m, struct store_who *who, Provision__StoredAccount **record_r)
{
	struct view changes[] = { wire_view(m->email), wire_view(m->auth_key), wire_view(m->wrapped_keys) };
	struct store_proof_of of = { "address-change", changes, 3 };
	struct crypt_cost cost = store_service_cost(c->store->service);
	int err = find_account(c, m->caller, who, record_r);

	/* tries of each account for itself: nobody uses up another's */
	if (err == 0 && store_txn_is_view(c->tx))
		err = store_limiter_take(store_service_limiter(c->store->service), STORE_LIMIT_VERIFY, wire_view(m->change),
		    id_view(&who->account), clock_mono_ms());
	if (err == 0)
		err = find_change(c, m, who);
	if (err == 0 && (m->memory_kib != cost.memory_kib || m->passes != cost.passes))
		err = store_call_blame(c, "memory_kib", ERR_UNSUPPORTED);
	return err == 0 ? store_proof_check(c, m->caller, who, *record_r, &of, m->proof) : err;
}

int
handle_profile_address_finish_check(struct store_call *c)
{
	Provision__StoredAccount *record;
	struct store_who who;

	return check_finish(c, (const Provision__AddressFinish *)c->request, &who, &record);
}

/* From one row of the addresses to another. */
static int
move_address(struct store_call *c, ProtobufCBinaryData from, ProtobufCBinaryData to, const struct id *account)
{
	struct mail_address_text old, next;
	struct hash old_hash, next_hash;
	int err = store_address_parse(wire_view(from), &old);

	if (err == 0)
		err = store_address_parse(wire_view(to), &next);
	if (err != 0)
		return err;
	old_hash = store_address_hash(c->store, &old);
	next_hash = store_address_hash(c->store, &next);
	store_records_delete(c->tx, STORE_TABLE_ADDRESS, crypt_hash_view(&old_hash));
	store_records_put_id(c->tx, STORE_TABLE_ADDRESS, crypt_hash_view(&next_hash), account);
	return 0;
}

/* The notice goes where the person could be reached until now. */
static int
tell_old(struct store_call *c, const struct id *account, ProtobufCBinaryData address)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_ADDRESS_CHANGED;
	mail.account = wire_of_id(account);
	mail.address = address;
	return store_mailqueue_add(c->store, c->tx, &mail);
}

int
handle_profile_address_finish(struct store_call *c)
{
	const Provision__AddressFinish *m = (const Provision__AddressFinish *)c->request;
	struct id change = wire_id(m->change);
	Provision__StoredAccount *record;
	struct store_who who;
	struct hash auth;
	int err = check_finish(c, m, &who, &record);

	if (err == 0)
		err = move_address(c, record->email, m->email, &who.account);
	if (err == 0)
		err = tell_old(c, &who.account, record->email);
	if (err != 0)
		return err;
	auth = store_service_auth_hash(c->store->service, &who.account, wire_view(m->auth_key));
	record->email = m->email;
	record->auth_hash = wire_of_hash(&auth);
	record->wrapped_keys = m->wrapped_keys;
	record->memory_kib = m->memory_kib;
	record->passes = m->passes;
	err = write_account(c, &who.account, record);
	if (err == 0)
		err = store_session_close_all(c, &who.account, &who.session);
	return err == 0 ? store_mailed_end(c->store, c->tx, STORE_TABLE_ADDRESS_CHANGE, &change) : err;
}

int
handle_profile_address_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id change = rowkey_id(item->reference, 0);

	return store_mailed_end(s, tx, STORE_TABLE_ADDRESS_CHANGE, &change);
}
