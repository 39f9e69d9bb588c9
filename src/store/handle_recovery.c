/* SPDX-License-Identifier: MIT */
/*
 * A forgotten password, with the recovery code (A4): the keys stay, only what wraps them changes. An unknown address takes the
 * same way as a wrong code, and guesses count like those of a login.
 */
#include "base/fatal.h"
#include "crypt/equal.h"
#include "record/account.pb-c.h"
#include "record/recovery.pb-c.h"
#include "store/clock_guard.h"
#include "store/handle.h"
#include "store/mailqueue.h"
#include "store/opening.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/second.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

/* ---- the ticket: that RecoveryOpen was answered, and with it the second factor ---- */

#define TICKET_BYTES 40

/* The time it ends, and what only this service can make of that, the account and its present recovery code. */
static struct view
make_ticket(struct store_call *c, const struct store_opened *o, uint64_t end_ms)
{
	struct store_rowkey of = rowkey_of(id_view(&o->account), wire_view(o->record->recovery_auth_hash));
	struct store_rowkey ticket = { .len = 0 };
	struct hash proof;

	rowkey_add_number(&of, end_ms, 8);
	proof = store_service_derive(c->store->service, "recovery-ticket", rowkey_view(&of));
	rowkey_add_number(&ticket, end_ms, 8);
	rowkey_add(&ticket, crypt_hash_view(&proof));
	require(ticket.len == TICKET_BYTES);
	return arena_dup(c->arena, rowkey_view(&ticket));
}

static int
check_ticket(struct store_call *c, const struct store_opened *o, struct view ticket)
{
	uint64_t end_ms = rowkey_number(ticket, 0, 8);
	bool is_good = crypt_equal(make_ticket(c, o, end_ms), ticket) && store_clock_guard_now_ms(c->store->clock) < end_ms;

	return is_good ? 0 : store_call_blame(c, "ticket", ERR_TRUST);
}

/* ---- the keys ---- */

int
handle_recovery_open_check(struct store_call *c)
{
	const Provision__RecoveryOpen *m = (const Provision__RecoveryOpen *)c->request;
	struct store_opened o;
	int err = store_opening_check(c, STORE_OPENING_RECOVERY, m->caller, m->email, m->recovery_auth_key, &o);

	return err == 0 ? store_second_check(c, &o.account, m->totp) : err;
}

int
handle_recovery_open(struct store_call *c)
{
	const Provision__RecoveryOpen *m = (const Provision__RecoveryOpen *)c->request;
	Provision__RecoveryOpenReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_opened o;
	int err = store_opening_again(c, STORE_OPENING_RECOVERY, m->recovery_auth_key, &o);

	if (err == 0)
		err = store_second_check(c, &o.account, m->totp);
	if (err != 0)
		return err;
	provision__recovery_open_reply__init(reply);
	reply->account = wire_bytes(arena_dup(c->arena, id_view(&o.account)));
	reply->statement = o.record->statement;
	reply->recovery_wrapped_keys = o.record->recovery_wrapped_keys;
	reply->ticket = wire_bytes(make_ticket(c, &o, store_clock_guard_now_ms(c->store->clock) + store_retention_ms(c->settings, STORE_RETENTION_NONCE)));
	c->reply = &reply->base;
	return 0;
}

/* ---- another password for them ---- */

int
handle_recovery_finish_check(struct store_call *c)
{
	const Provision__RecoveryFinish *m = (const Provision__RecoveryFinish *)c->request;
	struct crypt_cost cost = store_service_cost(c->store->service);
	struct store_opened o;
	int err = store_opening_check(c, STORE_OPENING_RECOVERY, m->caller, m->email, m->recovery_auth_key, &o);

	if (err == 0)
		err = check_ticket(c, &o, wire_view(m->ticket));
	if (err == 0 && (m->memory_kib != cost.memory_kib || m->passes != cost.passes))
		err = store_call_blame(c, "memory_kib", ERR_UNSUPPORTED);
	return err;
}

static int
write_account(struct store_call *c, const Provision__RecoveryFinish *m, const struct store_opened *o)
{
	struct hash auth = store_service_auth_hash(c->store->service, &o->account, wire_view(m->auth_key));
	struct hash recovery = store_service_auth_hash(c->store->service, &o->account, wire_view(m->next_recovery_auth_key));
	struct store_key_name key = { STORE_KEY_ACCOUNT, o->account, 0 };
	Provision__StoredAccount *record = o->record;

	record->auth_hash = wire_of_hash(&auth);
	record->wrapped_keys = m->wrapped_keys;
	record->recovery_auth_hash = wire_of_hash(&recovery);
	record->recovery_wrapped_keys = m->next_recovery_wrapped_keys;
	record->recovery_checked = false;
	record->memory_kib = m->memory_kib;
	record->passes = m->passes;
	return store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(&o->account), &key, &record->base);
}

int
handle_recovery_finish(struct store_call *c)
{
	const Provision__RecoveryFinish *m = (const Provision__RecoveryFinish *)c->request;
	Provision__SessionOpenReply *reply = NULL;
	struct store_opened o;
	int err = store_opening_again(c, STORE_OPENING_RECOVERY, m->recovery_auth_key, &o);

	if (err == 0)
		err = check_ticket(c, &o, wire_view(m->ticket));
	if (err == 0)
		err = write_account(c, m, &o);
	if (err == 0)
		err = store_opening_end_all(c, &o.account, NULL);
	if (err == 0)
		err = store_session_open(c, m->caller, &o.account, o.record, &reply);
	if (err == 0)
		err = store_mailqueue_tell(c->store, c->tx, &o.account, PROVISION__MAIL_KIND__MAIL_KIND_PASSWORD_CHANGED);
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
