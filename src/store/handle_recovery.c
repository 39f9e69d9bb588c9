/* SPDX-License-Identifier: MIT */
/*
 * A forgotten password, with the recovery code (A4): the keys stay, only what wraps them changes. An unknown address takes the
 * same way as a wrong code, and guesses count like those of a login.
 */
#include "base/clock.h"
#include "crypt/equal.h"
#include "record/account.pb-c.h"
#include "record/recovery.pb-c.h"
#include "store/address.h"
#include "store/handle.h"
#include "store/limiter.h"
#include "store/mailqueue.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

/* The account whose code this is. The same work whether or not there is one. ERR_LOGIN. */
static int
authenticate(struct store_call *c, const struct hash *address, struct view auth_key, struct id *account_r,
    Provision__StoredAccount **record_r)
{
	struct store_service *v = c->store->service;
	bool is_known = store_address_nearest(c->tx, address, account_r);
	struct hash hash;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account_r), record_r);

	if (err != 0)
		return err == ERR_NOT_FOUND ? ERR_LOGIN : err;
	hash = store_service_auth_hash(v, account_r, auth_key);
	bool is_right = crypt_equal(crypt_hash_view(&hash), wire_view((*record_r)->recovery_auth_hash));
	return is_right && is_known ? 0 : ERR_LOGIN;
}

/* In prepare: slowed like a login. */
static int
authenticate_slowly(struct store_call *c, const Provision__Caller *caller, struct view email, struct view auth_key,
    struct hash *address_r, struct id *account_r, Provision__StoredAccount **record_r)
{
	struct store_limiter *limiter = store_service_limiter(c->store->service);
	struct view client = store_limiter_client(wire_view(caller->address));
	struct mail_address_text text;
	int err = store_call_blame(c, "email", store_address_parse(email, &text));

	if (err != 0)
		return err;
	*address_r = store_address_hash(c->store, &text);
	err = store_limiter_login(limiter, crypt_hash_view(address_r), client, clock_mono_ms());
	if (err == 0)
		err = authenticate(c, address_r, auth_key, account_r, record_r);
	if (err == 0)
		store_limiter_login_right(limiter, crypt_hash_view(address_r), client, clock_mono_ms());
	return err;
}

int
handle_recovery_open(struct store_call *c)
{
	const Provision__RecoveryOpen *m = (const Provision__RecoveryOpen *)c->request;
	Provision__RecoveryOpenReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredAccount *record;
	struct hash address;
	struct id account;
	int err = authenticate_slowly(c, m->caller, wire_view(m->email), wire_view(m->recovery_auth_key), &address, &account,
	    &record);

	if (err != 0)
		return err;
	provision__recovery_open_reply__init(reply);
	reply->account = wire_bytes(arena_dup(c->arena, id_view(&account)));
	reply->statement = record->statement;
	reply->recovery_wrapped_keys = record->recovery_wrapped_keys;
	c->reply = &reply->base;
	return 0;
}

int
handle_recovery_finish_check(struct store_call *c)
{
	const Provision__RecoveryFinish *m = (const Provision__RecoveryFinish *)c->request;
	struct crypt_cost cost = store_service_cost(c->store->service);
	struct hash *address = arena_alloc(c->arena, sizeof(*address));
	Provision__StoredAccount *record;
	struct id account;
	int err = authenticate_slowly(c, m->caller, wire_view(m->email), wire_view(m->recovery_auth_key), address, &account,
	    &record);

	if (err == 0 && (m->memory_kib != cost.memory_kib || m->passes != cost.passes))
		err = store_call_blame(c, "memory_kib", ERR_UNSUPPORTED);
	c->state = address;
	return err;
}

static int
write_account(struct store_call *c, const Provision__RecoveryFinish *m, const struct id *account,
    Provision__StoredAccount *record)
{
	struct hash auth = store_service_auth_hash(c->store->service, account, wire_view(m->auth_key));
	struct hash recovery = store_service_auth_hash(c->store->service, account, wire_view(m->next_recovery_auth_key));
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };

	record->auth_hash = wire_of_hash(&auth);
	record->wrapped_keys = m->wrapped_keys;
	record->recovery_auth_hash = wire_of_hash(&recovery);
	record->recovery_wrapped_keys = m->next_recovery_wrapped_keys;
	record->recovery_checked = false;
	record->memory_kib = m->memory_kib;
	record->passes = m->passes;
	return store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(account), &key, &record->base);
}

static int
tell(struct store_call *c, const struct id *account)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_PASSWORD_CHANGED;
	mail.account = wire_of_id(account);
	return store_mailqueue_add(c->store, c->tx, &mail);
}

int
handle_recovery_finish(struct store_call *c)
{
	const Provision__RecoveryFinish *m = (const Provision__RecoveryFinish *)c->request;
	Provision__SessionOpenReply *reply = NULL;
	Provision__StoredAccount *record;
	struct id account;
	int err = authenticate(c, c->state, wire_view(m->recovery_auth_key), &account, &record);

	if (err == 0)
		err = write_account(c, m, &account, record);
	if (err == 0)
		err = store_session_close_all(c, &account, NULL);
	if (err == 0)
		err = store_session_open(c, m->caller, &account, record, &reply);
	if (err == 0)
		err = tell(c, &account);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

/* ---- asked back ---- */

static int
check_code(struct store_call *c, struct store_who *who, Provision__StoredAccount **record_r)
{
	const Provision__RecoveryCheck *m = (const Provision__RecoveryCheck *)c->request;
	struct hash hash;
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who->account), record_r);
	if (err != 0)
		return err;
	hash = store_service_auth_hash(c->store->service, &who->account, wire_view(m->recovery_auth_key));
	return crypt_equal(crypt_hash_view(&hash), wire_view((*record_r)->recovery_auth_hash)) ? 0 : ERR_DENIED;
}

/* 128 random bits need no slowing beyond any change's. */
int
handle_recovery_check_check(struct store_call *c)
{
	Provision__StoredAccount *record;
	struct store_who who;
	int err = check_code(c, &who, &record);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_recovery_check(struct store_call *c)
{
	struct store_key_name key = { .kind = STORE_KEY_ACCOUNT };
	Provision__StoredAccount *record;
	struct store_who who;
	int err = check_code(c, &who, &record);

	if (err != 0 || record->recovery_checked)
		return err;
	key.owner = who.account;
	record->recovery_checked = true;
	return store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(&who.account), &key, &record->base);
}
