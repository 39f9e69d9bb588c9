/* SPDX-License-Identifier: MIT */
/*
 * Logging in and out. Knows no passwords, only keys derived from them; whether such a key is right is opening.h's, whether a code
 * is needed beside it second.h's.
 */
#include "base/clock.h"
#include "record/account.pb-c.h"
#include "store/address.h"
#include "store/handle.h"
#include "store/limiter.h"
#include "store/opening.h"
#include "store/second.h"
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

int
handle_session_open_check(struct store_call *c)
{
	const Provision__SessionOpen *m = (const Provision__SessionOpen *)c->request;
	struct store_opened o;
	int err = store_opening_check(c, STORE_OPENING_PASSWORD, m->caller, m->email, m->auth_key, &o);

	return err == 0 ? store_second_check(c, &o.account, m->totp) : err;
}

int
handle_session_open(struct store_call *c)
{
	const Provision__SessionOpen *m = (const Provision__SessionOpen *)c->request;
	Provision__SessionOpenReply *reply = NULL;
	struct store_opened o;
	int err = store_opening_again(c, STORE_OPENING_PASSWORD, m->auth_key, &o);

	if (err == 0)
		err = store_second_check(c, &o.account, m->totp);
	if (err == 0)
		err = store_session_open(c, m->caller, &o.account, o.record, &reply);
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
