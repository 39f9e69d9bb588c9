/* SPDX-License-Identifier: MIT */
/*
 * Logging in and out. An unknown address takes the same way as a wrong password: another's account is read and
 * compared instead, the answer is the same, and the limiter counts the same. Knows no passwords, only keys
 * derived from them.
 */
#include "base/clock.h"
#include "crypt/equal.h"
#include "record/account.pb-c.h"
#include "store/address.h"
#include "store/handle.h"
#include "store/limiter.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

int
handle_session_parameters(struct store_call *c)
{
	const Provision__LoginParameters *m = (const Provision__LoginParameters *)c->request;
	Provision__LoginParametersReply *reply = arena_alloc(c->arena, sizeof(*reply));
	uint8_t *salt = arena_alloc(c->arena, STORE_SALT_BYTES);
	struct store_service *v = c->store->service;
	struct crypt_cost cost = store_service_cost(v);
	struct mail_address_text address;
	int err = store_limiter_take(store_service_limiter(v), STORE_LIMIT_PARAMETERS, view_of(NULL, 0),
	    store_limiter_client(wire_view(m->caller->address)), clock_mono_ms());

	if (err == 0)
		err = store_call_blame(c, "email", store_address_parse(wire_view(m->email), &address));
	if (err != 0)
		return err;
	store_service_salt(v, view_str(address.s), salt);
	provision__login_parameters_reply__init(reply);
	reply->salt = wire_bytes(view_of(salt, STORE_SALT_BYTES));
	reply->memory_kib = cost.memory_kib;
	reply->passes = cost.passes;
	c->reply = &reply->base;
	return 0;
}

/* The account whose password this is. The same work whether or not there is one. ERR_LOGIN. */
static int
authenticate(struct store_call *c, const Provision__SessionOpen *m, const struct hash *address, struct id *account_r,
    Provision__StoredAccount **record_r)
{
	struct store_service *v = c->store->service;
	bool is_known = store_address_nearest(c->tx, address, account_r);
	struct hash hash;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account_r), record_r);

	if (err != 0)
		return err == ERR_NOT_FOUND ? ERR_LOGIN : err;
	hash = store_service_auth_hash(v, account_r, wire_view(m->auth_key));
	bool is_right = crypt_equal(crypt_hash_view(&hash), wire_view((*record_r)->auth_hash));
	return is_right && is_known ? 0 : ERR_LOGIN;
}

int
handle_session_open_check(struct store_call *c)
{
	const Provision__SessionOpen *m = (const Provision__SessionOpen *)c->request;
	struct store_limiter *limiter = store_service_limiter(c->store->service);
	struct view client = store_limiter_client(wire_view(m->caller->address));
	struct hash *address = arena_alloc(c->arena, sizeof(*address));
	struct mail_address_text text;
	Provision__StoredAccount *record;
	struct id account;
	int err = store_call_blame(c, "email", store_address_parse(wire_view(m->email), &text));

	if (err != 0)
		return err;
	*address = store_address_hash(c->store, &text);
	err = store_limiter_login(limiter, crypt_hash_view(address), client, clock_mono_ms());
	if (err == 0)
		err = authenticate(c, m, address, &account, &record);
	if (err != 0)
		return err;
	store_limiter_login_right(limiter, crypt_hash_view(address), client, clock_mono_ms());
	c->state = address;
	return 0;
}

int
handle_session_open(struct store_call *c)
{
	const Provision__SessionOpen *m = (const Provision__SessionOpen *)c->request;
	Provision__SessionOpenReply *reply = NULL;
	Provision__StoredAccount *record;
	struct id account;
	int err = authenticate(c, m, c->state, &account, &record);

	if (err == 0)
		err = store_session_open(c, m->caller, &account, record, &reply);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

int
handle_session_close_check(struct store_call *c)
{
	const Provision__SessionClose *m = (const Provision__SessionClose *)c->request;
	struct store_who who;

	return store_session_find(c, m->caller, &who);
}

int
handle_session_close(struct store_call *c)
{
	const Provision__SessionClose *m = (const Provision__SessionClose *)c->request;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	return err == 0 ? store_session_close(c, &who.session) : err;
}
