/* SPDX-License-Identifier: MIT */
/*
 * Nonce records, and checking a signed action with one. Only keyed hashes of nonces are kept.
 */
#include "store/nonce.h"

#include <string.h>

#include "base/fatal.h"
#include "crypt/random.h"
#include "record/stored.pb-c.h"
#include "store/clock_guard.h"
#include "store/jobs.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/wire.h"
#include "trust/account.h"
#include "trust/action.h"

_Static_assert(STORE_TOKEN_BYTES == TRUST_ACTION_NONCE_BYTES, "a nonce is a token");

static const char *const proved[] = { "account-delete", "account-reset", "address-change", "app-password", "backup-codes", "password-change", "totp-begin", "totp-end" };

bool
store_nonce_is_proved(struct view action)
{
	for (size_t i = 0; i < sizeof(proved) / sizeof(proved[0]); i++)
		if (view_equal_str(action, proved[i]))
			return true;
	return false;
}

static struct hash
nonce_hash(struct store_call *c, struct view nonce)
{
	return store_service_token_hash(c->store->service, "nonce", nonce);
}

int
store_nonce_make(struct store_call *c, const struct id *account, struct view action, struct id subject,
    uint8_t nonce_r[STORE_TOKEN_BYTES])
{
	Provision__StoredNonce r = PROVISION__STORED_NONCE__INIT;
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	struct hash hash;
	int err;

	for (size_t i = 0; i < action.len; i++)
		if (action.data[i] != '-' && (action.data[i] < 'a' || action.data[i] > 'z'))
			return store_call_blame(c, "action", ERR_SYNTAX);
	crypt_random(nonce_r, STORE_TOKEN_BYTES);
	hash = nonce_hash(c, view_of(nonce_r, STORE_TOKEN_BYTES));
	r.account = wire_of_id(account);
	r.action = wire_bytes(action);
	if (!id_is_none(&subject))
		r.subject = wire_of_id(&subject);
	r.end_ms = store_clock_guard_now_ms(c->store->clock) + store_retention_ms(c->settings, STORE_RETENTION_NONCE);
	err = store_records_put(c->store, c->tx, STORE_TABLE_NONCE, crypt_hash_view(&hash), &key, &r.base);
	if (err == 0)
		store_jobs_put(c->store, c->tx, STORE_JOB_NONCE_END, r.end_ms, crypt_hash_view(&hash));
	return err;
}

static bool
is_for(const Provision__StoredNonce *r, const struct id *account, const char *action, const struct id *subject)
{
	struct id owner = wire_id(r->account), about = wire_id(r->subject);

	return id_equal(&owner, account) && id_equal(&about, subject) && view_equal_str(wire_view(r->action), action);
}

static int
check_signature(struct store_call *c, const struct id *account, const char *action, const struct id *subject,
    struct view parameters, struct view nonce, struct view signature)
{
	struct trust_action signed_action = { view_str(action), *account, *subject, nonce, parameters };
	Provision__StoredAccount *record;
	struct trust_account keys;
	struct signature sig;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account), &record);

	if (err == 0)
		err = trust_account_parse(wire_view(record->statement), &keys);
	if (err != 0)
		return err;
	require(signature.len == sizeof(sig.bytes));
	memcpy(sig.bytes, signature.data, sizeof(sig.bytes));
	return trust_action_verify(&signed_action, &keys.sign, &sig) == 0 ? 0 : ERR_TRUST;
}

int
store_nonce_check(struct store_call *c, const struct id *account, const char *action, const struct id *subject,
    struct view nonce, struct view signature)
{
	return store_nonce_check_with(c, account, action, subject, view_of(NULL, 0), nonce, signature);
}

int
store_nonce_check_with(struct store_call *c, const struct id *account, const char *action, const struct id *subject,
    struct view parameters, struct view nonce, struct view signature)
{
	struct hash hash = nonce_hash(c, nonce);
	Provision__StoredNonce *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_NONCE, crypt_hash_view(&hash), &r);

	if (err == ERR_NOT_FOUND)
		return store_call_blame(c, "nonce", ERR_TRUST);
	if (err != 0)
		return err;
	if (store_clock_guard_now_ms(c->store->clock) >= r->end_ms || !is_for(r, account, action, subject))
		return store_call_blame(c, "nonce", ERR_TRUST);
	err = store_call_blame(c, "signature", check_signature(c, account, action, subject, parameters, nonce, signature));
	if (err == 0 && !store_txn_is_view(c->tx))
		store_records_delete(c->tx, STORE_TABLE_NONCE, crypt_hash_view(&hash));
	return err;
}

int
store_nonce_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	(void)s;
	store_records_delete(tx, STORE_TABLE_NONCE, item->reference);
	return 0;
}
