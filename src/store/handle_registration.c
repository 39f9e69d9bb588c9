/* SPDX-License-Identifier: MIT */
/*
 * Registering (A1, B5). The answer is the same whatever is known of the address, and so is what is written: one record and
 * one mail. Only the record says whether the address has an account already; then it can never be verified. Several
 * registrations of one address live beside each other and reserve nothing: the first that is verified makes the account.
 * Registration and token are derived from the request, so the same request again gives the same answer.
 */
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "crypt/equal.h"
#include "record/account.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/address.h"
#include "store/clock_guard.h"
#include "store/code.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/limiter.h"
#include "store/mailed.h"
#include "store/mailqueue.h"
#include "store/pins.h"
#include "store/profile.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/session.h"
#include "store/trusting.h"
#include "store/wire.h"
#include "trust/account.h"

/* Other registrations ended by a verification at once; the rest end after their day, and cannot be verified any more. */
#define OTHERS_MAX 200

/* What prepare leaves for apply. */
struct plan {
	struct id registration;
	struct hash token;
	struct hash address;
	struct hash auth_hash;
	struct hash recovery_auth_hash;
	bool is_mailed;
};

/* ERR_SYNTAX: locale or time zone. ERR_UNSUPPORTED: another cost. ERR_TRUST: another account's statement. */
static int
check_profile(struct store_call *c, const Provision__RegistrationCreate *m)
{
	struct crypt_cost cost = store_service_cost(c->store->service);
	struct id account = wire_id(m->account);
	struct trust_account keys;
	int err;

	err = store_profile_check(c, wire_view(m->locale), wire_view(m->time_zone));
	if (err != 0)
		return err;
	if (m->memory_kib != cost.memory_kib || m->passes != cost.passes)
		return store_call_blame(c, "memory_kib", ERR_UNSUPPORTED);
	err = store_trusting_err(trust_account_parse(wire_view(m->statement), &keys));
	if (err == 0 && !(id_equal(&keys.account, &account) && keys.number == 1))
		err = ERR_TRUST;
	return store_call_blame(c, "statement", err);
}

/* From everything in the request but who sends it; it holds the authentication key, so nobody else can make the same. */
static void
derive_names(struct store_call *c, const Provision__RegistrationCreate *m, struct plan *plan)
{
	Provision__RegistrationCreate copy = *m;
	Provision__Caller nobody = PROVISION__CALLER__INIT;
	struct hash id;
	uint8_t *packed;
	size_t n;

	copy.caller = &nobody;
	n = provision__registration_create__get_packed_size(&copy);
	packed = arena_alloc(c->arena, n);
	provision__registration_create__pack(&copy, packed);
	id = store_service_derive(c->store->service, "registration", view_of(packed, n));
	memcpy(plan->registration.bytes, id.bytes, ID_BYTES);
	plan->token = store_service_derive(c->store->service, "registration-token", view_of(packed, n));
	secret_wipe(packed, n);
}

int
handle_registration_create_check(struct store_call *c)
{
	const Provision__RegistrationCreate *m = (const Provision__RegistrationCreate *)c->request;
	struct view client = store_limiter_client(wire_view(m->caller->address));
	struct store_service *v = c->store->service;
	struct plan *plan = arena_alloc(c->arena, sizeof(*plan));
	struct id account = wire_id(m->account);
	struct mail_address_text address;
	int err = store_limiter_take(store_service_limiter(v), STORE_LIMIT_REGISTER, view_of(NULL, 0), client,
	    clock_mono_ms());

	if (err == 0)
		err = store_call_blame(c, "email", store_address_parse(wire_view(m->email), &address));
	if (err == 0)
		err = check_profile(c, m);
	if (err != 0)
		return err;
	derive_names(c, m, plan);
	plan->address = store_address_hash(c->store, &address);
	plan->auth_hash = store_service_auth_hash(v, &account, wire_view(m->auth_key));
	plan->recovery_auth_hash = store_service_auth_hash(v, &account, wire_view(m->recovery_auth_key));
	plan->is_mailed = store_mailed_allows(c, &plan->address, client);
	c->state = plan;
	return 0;
}

static void
fill_profile(const Provision__RegistrationCreate *m, const struct plan *plan, uint64_t now_ms,
    Provision__StoredAccount *a)
{
	provision__stored_account__init(a);
	a->email = m->email;
	a->first_name = m->first_name;
	a->last_name = m->last_name;
	a->company_name = m->company_name;
	a->locale = m->locale;
	a->time_zone = m->time_zone;
	a->auth_hash = wire_of_hash(&plan->auth_hash);
	a->statement = m->statement;
	a->wrapped_keys = m->wrapped_keys;
	a->recovery_auth_hash = wire_of_hash(&plan->recovery_auth_hash);
	a->recovery_wrapped_keys = m->recovery_wrapped_keys;
	a->memory_kib = m->memory_kib;
	a->passes = m->passes;
	a->created_ms = now_ms;
	a->recovery_checked = m->recovery_checked;
}

static int
write_registration(struct store_call *c, const Provision__RegistrationCreate *m, const struct plan *plan)
{
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);
	struct store_key_name key = { STORE_KEY_REGISTRATION, plan->registration, 0 };
	struct store_rowkey of = rowkey_of(crypt_hash_view(&plan->address), id_view(&plan->registration));
	struct hash token_hash = store_service_token_hash(c->store->service, "registration",
	    crypt_hash_view(&plan->token));
	Provision__StoredRegistration r = PROVISION__STORED_REGISTRATION__INIT;
	Provision__StoredAccount profile;
	char code[STORE_CODE_CHARS + 1];
	struct id existing;
	int err = store_keys_create(c->store->keys, c->tx, &key);

	if (err != 0)
		return err;
	store_code_make(code);
	fill_profile(m, plan, now_ms, &profile);
	r.account = m->account;
	r.profile = &profile;
	r.pins = m->pins;
	r.pin_page = m->pin_page;
	r.token_hash = wire_of_hash(&token_hash);
	r.code = wire_str(code);
	r.address_hash = wire_of_hash(&plan->address);
	if (store_address_account(c->tx, &plan->address, &existing) == 0)
		r.existing = wire_of_id(&existing);
	r.created_ms = now_ms;
	r.end_ms = now_ms + store_retention_ms(c->settings, STORE_RETENTION_REGISTRATION);
	store_index_put(c->tx, STORE_TABLE_REGISTRATION_OF, rowkey_view(&of), view_of(NULL, 0));
	store_jobs_put(c->store, c->tx, STORE_JOB_REGISTRATION_END, r.end_ms, id_view(&plan->registration));
	return store_records_put(c->store, c->tx, STORE_TABLE_REGISTRATION, id_view(&plan->registration), &key, &r.base);
}

static int
queue_mail(struct store_call *c, const struct plan *plan)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;
	struct id existing;
	bool exists = store_address_account(c->tx, &plan->address, &existing) == 0;

	mail.kind = exists ? PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_EXISTS : PROVISION__MAIL_KIND__MAIL_KIND_VERIFY;
	mail.registration = wire_of_id(&plan->registration);
	return store_mailqueue_add(c->store, c->tx, &mail);
}

int
handle_registration_create(struct store_call *c)
{
	const Provision__RegistrationCreate *m = (const Provision__RegistrationCreate *)c->request;
	Provision__RegistrationCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	const struct plan *plan = c->state;
	int err = 0;

	if (!store_index_has(c->tx, STORE_TABLE_REGISTRATION, id_view(&plan->registration))) {
		err = write_registration(c, m, plan);
		if (err == 0 && plan->is_mailed)
			err = queue_mail(c, plan);
	}
	/* The same request after its registration has ended: its data key's name is not free yet. */
	if (err == ERR_EXISTS)
		err = ERR_BUSY;
	if (err != 0)
		return err;
	provision__registration_create_reply__init(reply);
	reply->registration = wire_of_id(&plan->registration);
	reply->token = wire_of_hash(&plan->token);
	c->reply = &reply->base;
	return 0;
}

/* ---- verifying ---- */

/* ERR_LOGIN: no such registration, not this client's, over, another code, or the address has an account. */
static int
find_verified(struct store_call *c, const Provision__RegistrationVerify *m, Provision__StoredRegistration **r_r)
{
	struct hash token_hash = store_service_token_hash(c->store->service, "registration", wire_view(m->token));
	Provision__StoredRegistration *r;
	struct hash address;
	struct id existing;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_REGISTRATION, wire_view(m->registration), &r);

	if (err != 0)
		return err == ERR_NOT_FOUND ? ERR_LOGIN : err;
	address = wire_hash(r->address_hash);
	bool is_right = crypt_equal(wire_view(r->token_hash), crypt_hash_view(&token_hash));
	is_right &= crypt_equal(wire_view(r->code), store_code_typed(c->arena, wire_view(m->code)));
	is_right &= store_clock_guard_now_ms(c->store->clock) < r->end_ms;
	is_right &= r->existing.len == 0;
	is_right &= store_address_account(c->tx, &address, &existing) != 0;
	*r_r = r;
	return is_right ? 0 : ERR_LOGIN;
}

int
handle_registration_verify_check(struct store_call *c)
{
	const Provision__RegistrationVerify *m = (const Provision__RegistrationVerify *)c->request;
	Provision__StoredRegistration *r;
	int err = store_limiter_take(store_service_limiter(c->store->service), STORE_LIMIT_VERIFY,
	    wire_view(m->registration), view_of(NULL, 0), clock_mono_ms());

	return err == 0 ? find_verified(c, m, &r) : err;
}

static int
end_registration(struct store *s, struct store_txn *tx, const struct id *id, const struct hash *address)
{
	struct store_key_name key = { STORE_KEY_REGISTRATION, *id, 0 };
	struct store_rowkey of = rowkey_of(crypt_hash_view(address), id_view(id));

	store_records_delete(tx, STORE_TABLE_REGISTRATION, id_view(id));
	store_records_delete(tx, STORE_TABLE_REGISTRATION_OF, rowkey_view(&of));
	return store_records_destroy_key(s, tx, &key);
}

int
handle_registration_end_all(struct store_call *c, const struct hash *address)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_REGISTRATION_OF,
	    crypt_hash_view(address), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	int err = 0;

	for (size_t i = 0; i < OTHERS_MAX && err == 0 && store_cursor_next(cursor, &key, &value); i++) {
		struct id id = rowkey_id(key, CRYPT_HASH_BYTES);
		err = end_registration(c->store, c->tx, &id, address);
	}
	store_cursor_close(&cursor);
	return err;
}

/* ERR_CONFLICT: the id that the client chose is some account's. */
static int
make_account(struct store_call *c, const Provision__StoredRegistration *r)
{
	struct id account = wire_id(r->account);
	struct store_key_name key = { STORE_KEY_ACCOUNT, account, 0 };
	Provision__StoredParty party = PROVISION__STORED_PARTY__INIT;
	int err = store_keys_create(c->store->keys, c->tx, &key);

	if (err != 0)
		return err == ERR_EXISTS ? ERR_CONFLICT : err;
	r->profile->created_ms = store_clock_guard_now_ms(c->store->clock);
	err = store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(&account), &key, &r->profile->base);
	if (err == 0)
		err = store_pins_begin(c, &account, 1, r->pins, r->pin_page);
	if (err == 0)
		err = store_records_put(c->store, c->tx, STORE_TABLE_PARTY, id_view(&account), &key, &party.base);
	if (err == 0)
		store_records_put_id(c->tx, STORE_TABLE_ADDRESS, wire_view(r->address_hash), &account);
	return err;
}

int
handle_registration_verify(struct store_call *c)
{
	const Provision__RegistrationVerify *m = (const Provision__RegistrationVerify *)c->request;
	Provision__SessionOpenReply *reply = NULL;
	Provision__StoredRegistration *r;
	struct hash address;
	struct id account;
	int err = find_verified(c, m, &r);

	if (err == 0)
		err = make_account(c, r);
	if (err != 0)
		return err;
	account = wire_id(r->account);
	address = wire_hash(r->address_hash);
	err = store_session_open(c, m->caller, &account, r->profile, &reply);
	/* this one and all others of its address */
	if (err == 0)
		err = handle_registration_end_all(c, &address);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

int
handle_registration_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	struct id id = rowkey_id(item->reference, 0);
	Provision__StoredRegistration *r;
	struct hash address;
	int err = store_records_get(s, tx, a, STORE_TABLE_REGISTRATION, item->reference, &r);

	if (err == 0 && store_clock_guard_now_ms(s->clock) >= r->end_ms) {
		address = wire_hash(r->address_hash);
		err = end_registration(s, tx, &id, &address);
	}
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}
