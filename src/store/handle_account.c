/* SPDX-License-Identifier: MIT */
/*
 * The account's own data: profile, nonces for signed requests. Only ever the caller's own; keys are opaque here.
 */
#include "crypt/random.h"
#include "record/account.pb-c.h"
#include "store/clock_guard.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/nonce.h"
#include "store/records.h"
#include "store/second.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

int
handle_account_get(struct store_call *c)
{
	const Provision__AccountGet *m = (const Provision__AccountGet *)c->request;
	Provision__AccountGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredAccount *a;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who.account), &a);
	if (err != 0)
		return err;
	provision__account_get_reply__init(reply);
	reply->account = wire_bytes(arena_dup(c->arena, id_view(&who.account)));
	reply->email = a->email;
	reply->first_name = a->first_name;
	reply->last_name = a->last_name;
	reply->company_name = a->company_name;
	reply->locale = a->locale;
	reply->time_zone = a->time_zone;
	reply->statement = a->statement;
	reply->wrapped_keys = a->wrapped_keys;
	reply->created_ms = a->created_ms;
	reply->notices = a->notices;
	reply->quiet_start = a->quiet_start;
	reply->quiet_end = a->quiet_end;
	c->reply = &reply->base;
	return 0;
}

static int
check_second(struct store_call *c, const Provision__NonceCreate *m, const struct id *account)
{
	return store_nonce_is_proved(wire_view(m->action)) ? 0 : store_second_check(c, account, m->totp);
}

int
handle_account_nonce_check(struct store_call *c)
{
	const Provision__NonceCreate *m = (const Provision__NonceCreate *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_service_limit_account(c, &who.account);
	return err == 0 ? check_second(c, m, &who.account) : err;
}

int
handle_account_nonce(struct store_call *c)
{
	const Provision__NonceCreate *m = (const Provision__NonceCreate *)c->request;
	Provision__NonceCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	uint8_t *nonce = arena_alloc(c->arena, STORE_TOKEN_BYTES);
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = check_second(c, m, &who.account);
	if (err == 0)
		err = store_nonce_make(c, &who.account, wire_view(m->action), wire_id(m->subject), nonce);
	if (err != 0)
		return err;
	provision__nonce_create_reply__init(reply);
	reply->nonce = wire_bytes(view_of(nonce, STORE_TOKEN_BYTES));
	c->reply = &reply->base;
	return 0;
}
