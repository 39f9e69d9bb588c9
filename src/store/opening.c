/* SPDX-License-Identifier: MIT */
/*
 * Compares keys with accounts, slowly where they are wrong. Knows no passwords, only keys derived from them, and nothing of what is
 * opened then. Logins, recoveries and changes of how an account is opened call it.
 */
#include "store/opening.h"

#include "base/clock.h"
#include "crypt/equal.h"
#include "store/address.h"
#include "store/app_password.h"
#include "store/limiter.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

/* For an unknown address another's account is read and compared. ERR_LOGIN. */
static int
authenticate(struct store_call *c, enum store_opening by, const struct hash *address, struct view key, struct store_opened *o_r)
{
	struct store_service *v = c->store->service;
	bool is_known = store_address_nearest(c->tx, address, &o_r->account);
	struct hash hash;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&o_r->account), &o_r->record);

	if (err != 0)
		return err == ERR_NOT_FOUND ? ERR_LOGIN : err;
	hash = store_service_auth_hash(v, &o_r->account, key);
	bool is_right = crypt_equal(crypt_hash_view(&hash),
	    wire_view(by == STORE_OPENING_PASSWORD ? o_r->record->auth_hash : o_r->record->recovery_auth_hash));
	return is_right && is_known && o_r->record->locked_ms == 0 ? 0 : ERR_LOGIN;
}

int
store_opening_check(struct store_call *c, enum store_opening by, const Provision__Caller *caller, ProtobufCBinaryData email,
    ProtobufCBinaryData key, struct store_opened *o_r)
{
	struct store_limiter *limiter = store_service_limiter(c->store->service);
	struct view client = store_limiter_client(wire_view(caller->address));
	struct hash *address = arena_alloc(c->arena, sizeof(*address));
	struct mail_address_text text;
	int err = store_call_blame(c, "email", store_address_parse(wire_view(email), &text));

	if (err != 0)
		return err;
	*address = store_address_hash(c->store, &text);
	err = store_limiter_login(limiter, crypt_hash_view(address), client, clock_mono_ms());
	if (err == 0)
		err = authenticate(c, by, address, wire_view(key), o_r);
	if (err == 0)
		store_limiter_login_right(limiter, crypt_hash_view(address), client, clock_mono_ms());
	c->state = address;
	return err;
}

int
store_opening_again(struct store_call *c, enum store_opening by, ProtobufCBinaryData key, struct store_opened *o_r)
{
	return authenticate(c, by, c->state, wire_view(key), o_r);
}

int
store_opening_end_all(struct store_call *c, const struct id *account, const struct hash *but)
{
	int err = store_app_password_end_all(c, account);

	return err == 0 ? store_session_close_all(c, account, but) : err;
}
