/* SPDX-License-Identifier: MIT */
/*
 * The operator locks an account and unlocks it (A13). Whoever is locked is told by mail; to everybody who tries to log in, recover or
 * reset, the account looks as if it did not exist. Nobody else sees a difference: conversations, packages and memberships stay.
 */
#include "base/log.h"
#include "record/admin.pb-c.h"
#include "store/address.h"
#include "store/app_password.h"
#include "store/clock_guard.h"
#include "store/handle.h"
#include "store/mailqueue.h"
#include "store/opening.h"
#include "store/records.h"
#include "store/second.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

int
handle_lock_find(struct store_call *c, ProtobufCBinaryData id, ProtobufCBinaryData email, struct id *account_r,
    Provision__StoredAccount **record_r)
{
	struct id stand_in = store_service_stand_in(c->store->service);
	int err = (id.len == 0) == (email.len == 0) ? ERR_SYNTAX : 0;

	*account_r = wire_id(id);
	if (err == 0 && email.len != 0)
		err = store_address_find(c->store, c->tx, wire_view(email), account_r);
	if (err == 0 && id_equal(account_r, &stand_in))
		err = ERR_NOT_FOUND;
	return err == 0 ? store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account_r), record_r) : err;
}

static int
count_one(void *arg, const struct hash *hash, const Provision__StoredSession *r)
{
	uint32_t *n = arg;

	(void)hash;
	(void)r;
	(*n)++;
	return 0;
}

static int
answer(struct store_call *c, const struct id *account, const Provision__StoredAccount *record)
{
	Provision__AccountShowReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredTotp *totp;
	int err = store_second_get(c, account, &totp);

	if (err != 0 && err != ERR_NOT_FOUND)
		return err;
	provision__account_show_reply__init(reply);
	reply->account = wire_bytes(arena_dup(c->arena, id_view(account)));
	reply->created_ms = record->created_ms;
	reply->locked_ms = record->locked_ms;
	reply->has_totp = err == 0 && totp->is_on;
	reply->app_passwords = store_app_password_count(c, account);
	c->reply = &reply->base;
	return store_session_each(c, account, count_one, &reply->sessions);
}

int
handle_lock_show(struct store_call *c)
{
	const Provision__AccountShow *m = (const Provision__AccountShow *)c->request;
	Provision__StoredAccount *record;
	struct id account;
	int err = handle_lock_find(c, m->account, m->email, &account, &record);

	return err == 0 ? answer(c, &account, record) : err;
}

static int
change(struct store_call *c, const struct id *account, Provision__StoredAccount *record, bool locks)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	int err;

	record->locked_ms = locks ? store_clock_guard_now_ms(c->store->clock) : 0;
	err = store_records_put(c->store, c->tx, STORE_TABLE_ACCOUNT, id_view(account), &key, &record->base);
	if (err == 0 && locks)
		err = store_opening_end_all(c, account, NULL);
	if (err == 0)
		err = store_mailqueue_tell(c->store, c->tx, account, locks ? PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_LOCKED :
		    PROVISION__MAIL_KIND__MAIL_KIND_ACCOUNT_UNLOCKED);
	if (err == 0)
		log_event(LOG_NOTICE, locks ? "account-locked" : "account-unlocked", LOG_ID("account", account));
	return err;
}

/* The same again does nothing. */
int
handle_lock(struct store_call *c)
{
	const Provision__AccountLock *m = (const Provision__AccountLock *)c->request;
	Provision__StoredAccount *record;
	struct id account;
	int err = handle_lock_find(c, m->account, m->email, &account, &record);

	if (err == 0 && (record->locked_ms != 0) != m->locks)
		err = change(c, &account, record, m->locks);
	return err == 0 ? answer(c, &account, record) : err;
}
