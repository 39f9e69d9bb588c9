/* SPDX-License-Identifier: MIT */
/*
 * Changing the password (A2, A5): another authentication key and the private keys wrapped anew, both made by the client.
 * Whoever else was logged in is not any more, app passwords end, and the person is told by mail.
 */
#include "crypt/equal.h"
#include "record/credential.pb-c.h"
#include "store/handle.h"
#include "store/mailqueue.h"
#include "store/opening.h"
#include "store/proof.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

/* Whether this very change was made already: an answer may have been lost. */
static bool
is_done(const Provision__PasswordChange *m, const struct hash *auth_hash, const Provision__StoredAccount *record)
{
	return crypt_equal(crypt_hash_view(auth_hash), wire_view(record->auth_hash)) &&
	    view_equal(wire_view(m->wrapped_keys), wire_view(record->wrapped_keys));
}

/* ERR_UNSUPPORTED: another cost than the service's, or less than before. */
static int
check_cost(struct store_call *c, const Provision__PasswordChange *m, const Provision__StoredAccount *record)
{
	struct crypt_cost cost = store_service_cost(c->store->service);

	if (m->memory_kib != cost.memory_kib || m->passes != cost.passes)
		return store_call_blame(c, "memory_kib", ERR_UNSUPPORTED);
	return m->memory_kib < record->memory_kib || m->passes < record->passes ?
	    store_call_blame(c, "memory_kib", ERR_UNSUPPORTED) : 0;
}

static int
check(struct store_call *c, struct store_who *who, struct hash *auth_hash, Provision__StoredAccount **record_r)
{
	const Provision__PasswordChange *m = (const Provision__PasswordChange *)c->request;
	struct view changes[] = { wire_view(m->auth_key), wire_view(m->wrapped_keys) };
	struct store_proof_of of = { "password-change", changes, 2 };
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who->account), record_r);
	if (err != 0)
		return err;
	*auth_hash = store_service_auth_hash(c->store->service, &who->account, wire_view(m->auth_key));
	if (is_done(m, auth_hash, *record_r))
		return 0;
	err = check_cost(c, m, *record_r);
	return err == 0 ? store_proof_check(c, m->caller, who, *record_r, &of, m->proof) : err;
}

int
handle_password_change_check(struct store_call *c)
{
	Provision__StoredAccount *record;
	struct store_who who;
	struct hash auth_hash;

	return check(c, &who, &auth_hash, &record);
}

int
handle_password_change(struct store_call *c)
{
	const Provision__PasswordChange *m = (const Provision__PasswordChange *)c->request;
	struct store_key_name key = { .kind = STORE_KEY_ACCOUNT };
	Provision__StoredAccount *record;
	struct store_who who;
	struct hash auth_hash;
	int err = check(c, &who, &auth_hash, &record);

	if (err != 0 || is_done(m, &auth_hash, record))
		return err;
	key.owner = who.account;
	record->auth_hash = wire_of_hash(&auth_hash);
	record->wrapped_keys = m->wrapped_keys;
	record->memory_kib = m->memory_kib;
	record->passes = m->passes;
	err = store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(&who.account), &key, &record->base);
	if (err == 0)
		err = store_opening_end_all(c, &who.account, &who.session);
	return err == 0 ? store_mailqueue_tell(c->store, c->tx, &who.account, PROVISION__MAIL_KIND__MAIL_KIND_PASSWORD_CHANGED) : err;
}
