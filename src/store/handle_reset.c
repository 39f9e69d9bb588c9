/* SPDX-License-Identifier: MIT */
/*
 * A forgotten password without the recovery code (A4, B5): a code goes to the address, and whoever has it makes new keys. The
 * answer is the same whatever is known of the address, and so is what is written: one record and one mail, whose reason
 * is gone when it is rendered for an address without an account. What the new keys make void is keys_lost.h's.
 */
#include "base/clock.h"
#include "crypt/equal.h"
#include "crypt/random.h"
#include "record/account.pb-c.h"
#include "record/recovery.pb-c.h"
#include "store/address.h"
#include "store/clock_guard.h"
#include "store/code.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/keys_lost.h"
#include "store/limiter.h"
#include "store/mailed.h"
#include "store/mailqueue.h"
#include "store/opening.h"
#include "store/pins.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/second.h"
#include "store/service.h"
#include "store/session.h"
#include "store/trusting.h"
#include "store/wire.h"
#include "trust/account.h"

#define STATEMENT_PURPOSE "provision/1/store/reset-statement"

/* ---- asking ---- */

int
handle_reset_create_check(struct store_call *c)
{
	const Provision__ResetCreate *m = (const Provision__ResetCreate *)c->request;

	return store_mailed_check(c, m->caller, m->email);
}

static int
write_reset(struct store_call *c, const struct id *reset, struct view token, struct view code)
{
	const struct store_mailed *asked = c->state;
	struct hash token_hash = store_service_token_hash(c->store->service, "reset", token), statement_hash;
	struct store_key_name own = store_mailed_key(reset), key;
	Provision__StoredReset r = PROVISION__STORED_RESET__INIT;
	Provision__StoredAccount *account;
	struct id id;
	int err;

	r.is_void = store_address_account(c->tx, &asked->address, &id) != 0;
	if (r.is_void)
		id = store_service_stand_in(c->store->service);
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&id), &account);
	if (err != 0)
		return err;
	r.is_void |= account->locked_ms != 0;
	key = (struct store_key_name){ STORE_KEY_ACCOUNT, id, 0 };
	statement_hash = crypt_hash(STATEMENT_PURPOSE, wire_view(account->statement));
	r.account = wire_of_id(&id);
	r.token_hash = wire_of_hash(&token_hash);
	r.code = wire_bytes(code);
	r.statement_hash = wire_of_hash(&statement_hash);
	r.end_ms = store_clock_guard_now_ms(c->store->clock) + store_retention_ms(c->settings, STORE_RETENTION_RESET);
	store_jobs_put(c->store, c->tx, STORE_JOB_RESET_END, r.end_ms, id_view(reset));
	return store_records_put2(c->store, c->tx, STORE_TABLE_RESET, id_view(reset), &own, &key, &r.base);
}

int
handle_reset_create(struct store_call *c)
{
	Provision__ResetCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;
	uint8_t *token = arena_alloc(c->arena, STORE_TOKEN_BYTES);
	struct id reset = id_random();
	struct view code;
	int err;

	crypt_random(token, STORE_TOKEN_BYTES);
	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_LOST_PASSWORD;
	mail.reset = wire_of_id(&reset);
	err = store_mailed_begin(c, &reset, &mail, &code);
	if (err == 0)
		err = write_reset(c, &reset, view_of(token, STORE_TOKEN_BYTES), code);
	if (err != 0)
		return err;
	provision__reset_create_reply__init(reply);
	reply->reset = wire_bytes(arena_dup(c->arena, id_view(&reset)));
	reply->token = wire_bytes(view_of(token, STORE_TOKEN_BYTES));
	c->reply = &reply->base;
	return 0;
}

/* ---- the code ---- */

struct code {
	ProtobufCBinaryData reset, token, code;
};

/* ERR_LOGIN: no such reset, not this client's, over, another code, or the account is locked or has got other keys
 * meanwhile. */
static int
find(struct store_call *c, const struct code *typed, struct id *account_r, Provision__StoredAccount **record_r)
{
	struct hash token_hash = store_service_token_hash(c->store->service, "reset", wire_view(typed->token)), statement;
	Provision__StoredReset *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_RESET, wire_view(typed->reset), &r);

	if (err != 0)
		return err == ERR_NOT_FOUND ? ERR_LOGIN : err;
	*account_r = wire_id(r->account);
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account_r), record_r);
	if (err != 0)
		return err == ERR_NOT_FOUND ? ERR_LOGIN : err;
	statement = crypt_hash(STATEMENT_PURPOSE, wire_view((*record_r)->statement));
	bool is_right = crypt_equal(wire_view(r->token_hash), crypt_hash_view(&token_hash));
	is_right &= crypt_equal(wire_view(r->code), store_code_typed(c->arena, wire_view(typed->code)));
	is_right &= crypt_equal(wire_view(r->statement_hash), crypt_hash_view(&statement));
	is_right &= store_clock_guard_now_ms(c->store->clock) < r->end_ms;
	is_right &= !r->is_void && (*record_r)->locked_ms == 0;
	return is_right ? 0 : ERR_LOGIN;
}

static int
find_slowly(struct store_call *c, const struct code *typed, struct id *account_r, Provision__StoredAccount **record_r)
{
	int err = store_limiter_take(store_service_limiter(c->store->service), STORE_LIMIT_VERIFY, wire_view(typed->reset),
	    view_of(NULL, 0), clock_mono_ms());

	return err == 0 ? find(c, typed, account_r, record_r) : err;
}

int
handle_reset_open(struct store_call *c)
{
	const Provision__ResetOpen *m = (const Provision__ResetOpen *)c->request;
	Provision__ResetOpenReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct code typed = { m->reset, m->token, m->code };
	Provision__StoredAccount *record;
	struct trust_account keys;
	struct id account;
	uint64_t version;
	int err = find_slowly(c, &typed, &account, &record);

	if (err == 0)
		err = store_pins_version(c, &account, &version);
	if (err == 0)
		err = store_trusting_err(trust_account_parse(wire_view(record->statement), &keys));
	if (err != 0)
		return err;
	provision__reset_open_reply__init(reply);
	reply->account = wire_bytes(arena_dup(c->arena, id_view(&account)));
	reply->number = keys.number;
	reply->pins_version = version;
	c->reply = &reply->base;
	return 0;
}

/* ---- new keys ---- */

/* ERR_TRUST: of another account, or not the next number, or said to follow: nobody has the key for that. */
static int
check_statement(struct store_call *c, const Provision__ResetFinish *m, const struct id *account,
    const Provision__StoredAccount *record)
{
	struct trust_account old, next;
	int err = trust_account_parse(wire_view(record->statement), &old);

	if (err == 0)
		err = store_trusting_err(trust_account_parse(wire_view(m->statement), &next));
	if (err == 0 && (!id_equal(&next.account, account) || next.number != old.number + 1 || next.is_successor))
		err = ERR_TRUST;
	return store_call_blame(c, "statement", err);
}

int
handle_reset_finish_check(struct store_call *c)
{
	const Provision__ResetFinish *m = (const Provision__ResetFinish *)c->request;
	struct crypt_cost cost = store_service_cost(c->store->service);
	struct code typed = { m->reset, m->token, m->code };
	Provision__StoredAccount *record;
	struct id account;
	int err = find_slowly(c, &typed, &account, &record);

	if (err == 0)
		err = store_second_check(c, &account, m->totp);
	if (err == 0 && (m->memory_kib != cost.memory_kib || m->passes != cost.passes))
		err = store_call_blame(c, "memory_kib", ERR_UNSUPPORTED);
	return err == 0 ? check_statement(c, m, &account, record) : err;
}

/* find() has held the reset against the statement that prepare checked the next one against. */
static int
write_keys(struct store_call *c, const Provision__ResetFinish *m, const struct id *account, Provision__StoredAccount *record)
{
	struct hash auth = store_service_auth_hash(c->store->service, account, wire_view(m->auth_key));
	struct hash recovery = store_service_auth_hash(c->store->service, account, wire_view(m->recovery_auth_key));
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	uint64_t version;
	int err = store_pins_version(c, account, &version);

	if (err != 0)
		return err;
	record->auth_hash = wire_of_hash(&auth);
	record->statement = m->statement;
	record->wrapped_keys = m->wrapped_keys;
	record->recovery_auth_hash = wire_of_hash(&recovery);
	record->recovery_wrapped_keys = m->recovery_wrapped_keys;
	record->recovery_checked = false;
	record->memory_kib = m->memory_kib;
	record->passes = m->passes;
	err = store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(account), &key, &record->base);
	return err == 0 ? store_pins_begin(c, account, version + 1, m->pins, m->pin_page) : err;
}

int
handle_reset_finish(struct store_call *c)
{
	const Provision__ResetFinish *m = (const Provision__ResetFinish *)c->request;
	struct code typed = { m->reset, m->token, m->code };
	Provision__SessionOpenReply *reply = NULL;
	Provision__StoredAccount *record;
	struct id account, reset = wire_id(m->reset);
	int err = find(c, &typed, &account, &record);

	if (err == 0)
		err = store_second_check(c, &account, m->totp);
	if (err == 0)
		err = write_keys(c, m, &account, record);
	if (err == 0)
		err = store_keys_lost(c, &account);
	if (err == 0)
		err = store_opening_end_all(c, &account, NULL);
	if (err == 0)
		err = store_session_open(c, m->caller, &account, record, &reply);
	if (err == 0)
		err = store_mailqueue_tell(c->store, c->tx, &account, PROVISION__MAIL_KIND__MAIL_KIND_NEW_KEYS);
	if (err == 0)
		err = store_mailed_end(c->store, c->tx, STORE_TABLE_RESET, &reset);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

int
handle_reset_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id reset = rowkey_id(item->reference, 0);

	return store_mailed_end(s, tx, STORE_TABLE_RESET, &reset);
}
