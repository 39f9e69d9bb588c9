/* SPDX-License-Identifier: MIT */
/*
 * Checks proofs. Knows no action by name. Handlers call it in prepare, where guesses are counted, and again in apply.
 */
#include "store/proof.h"

#include "base/clock.h"
#include "crypt/equal.h"
#include "store/address.h"
#include "store/limiter.h"
#include "store/nonce.h"
#include "store/second.h"
#include "store/service.h"
#include "store/wire.h"
#include "trust/action.h"

#define PARAMETERS_MAX 8192

static int
check_password(struct store_call *c, const struct id *account, const Provision__StoredAccount *record,
    const Provision__Proof *proof)
{
	struct hash hash = store_service_auth_hash(c->store->service, account, wire_view(proof->auth_key));

	return crypt_equal(crypt_hash_view(&hash), wire_view(record->auth_hash)) ? 0 : ERR_DENIED;
}

/* The same buckets as a login to this account. */
static int
check_slowly(struct store_call *c, const Provision__Caller *caller, const struct id *account,
    const Provision__StoredAccount *record, const Provision__Proof *proof)
{
	struct store_limiter *limiter = store_service_limiter(c->store->service);
	struct view client = store_limiter_client(wire_view(caller->address));
	struct mail_address_text text;
	struct hash address;
	int err = store_address_parse(wire_view(record->email), &text);

	if (err != 0)
		return err;
	address = store_address_hash(c->store, &text);
	err = store_limiter_login(limiter, crypt_hash_view(&address), client, clock_mono_ms());
	if (err == 0)
		err = check_password(c, account, record, proof);
	if (err == 0)
		store_limiter_login_right(limiter, crypt_hash_view(&address), client, clock_mono_ms());
	return err;
}

static int
check_signature(struct store_call *c, const struct id *account, const struct store_proof_of *of,
    const Provision__Proof *proof)
{
	struct id nothing = { { 0 } };
	struct buf parameters;
	int err;

	buf_init(&parameters, PARAMETERS_MAX);
	err = trust_action_parameters(of->parameters, of->count, &parameters);
	if (err == 0)
		err = store_nonce_check_with(c, account, of->action, &nothing, buf_view(&parameters), wire_view(proof->nonce),
		    wire_view(proof->signature));
	buf_wipe(&parameters);
	buf_deinit(&parameters);
	return err;
}

int
store_proof_check(struct store_call *c, const Provision__Caller *caller, const struct store_who *who,
    const Provision__StoredAccount *record, const struct store_proof_of *of, const Provision__Proof *proof)
{
	int err = store_txn_is_view(c->tx) ? check_slowly(c, caller, &who->account, record, proof) :
	    check_password(c, &who->account, record, proof);

	if (err == 0)
		err = check_signature(c, &who->account, of, proof);
	return err == 0 ? store_second_check(c, &who->account, proof->totp) : err;
}
