/* SPDX-License-Identifier: MIT */
/*
 * Owns app passwords: making, checking, ending. Must not open anything with them.
 */
#include "store/app_password.h"

#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/text.h"
#include "crypt/random.h"
#include "crypt/secret.h"
#include "store/address.h"
#include "store/clock_guard.h"
#include "store/code.h"
#include "store/limiter.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/tokens.h"
#include "store/wire.h"

#define RANDOM_BYTES 13
#define CHARS 20        /* of those of RANDOM_BYTES */
#define GROUP_CHARS 4

/* password: without dashes, in lower case. */
static struct hash
hash_of(struct store_call *c, struct view password)
{
	return store_service_token_hash(c->store->service, "app-password", password);
}

static int
get(struct store_call *c, const struct hash *hash, Provision__StoredAppPassword **r_r)
{
	return store_records_get(c->store, c->tx, c->arena, STORE_TABLE_APP_PASSWORD, crypt_hash_view(hash), r_r);
}

/* ---- checking ---- */

/* By the password; the address must be its owner's. ERR_LOGIN. */
static int
find(struct store_call *c, const struct hash *address, struct view password, struct id *account_r)
{
	struct hash hash = hash_of(c, store_code_typed(c->arena, password)), owner_address;
	Provision__StoredAppPassword *r;
	Provision__StoredAccount *owner;
	struct mail_address_text text;
	int err = get(c, &hash, &r);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, wire_view(r->account), &owner);
	if (err == 0)
		err = store_address_parse(wire_view(owner->email), &text);
	if (err != 0)
		return err == ERR_NOT_FOUND ? ERR_LOGIN : err;
	*account_r = wire_id(r->account);
	owner_address = store_address_hash(c->store, &text);
	return crypt_hash_equal(&owner_address, address) && owner->locked_ms == 0 ? 0 : ERR_LOGIN;
}

int
store_app_password_check(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData email,
    ProtobufCBinaryData password, struct id *account_r)
{
	struct store_limiter *limiter = store_service_limiter(c->store->service);
	struct view client = store_limiter_client(wire_view(caller->address));
	struct mail_address_text text;
	struct hash address;
	int err = store_address_parse(wire_view(email), &text);

	if (err != 0)
		return err;
	address = store_address_hash(c->store, &text);
	err = store_limiter_login(limiter, crypt_hash_view(&address), client, clock_mono_ms());
	if (err == 0)
		err = find(c, &address, wire_view(password), account_r);
	if (err == 0)
		store_limiter_login_right(limiter, crypt_hash_view(&address), client, clock_mono_ms());
	return err;
}

/* ---- making ---- */

static void
group(const char *plain, char out[STORE_APP_PASSWORD_CHARS + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < CHARS; i++) {
		if (i != 0 && i % GROUP_CHARS == 0)
			out[n++] = '-';
		out[n++] = plain[i];
	}
	out[n] = '\0';
}

int
store_app_password_make(struct store_call *c, const struct id *account, ProtobufCBinaryData name, struct id *id_r,
    char password_r[STORE_APP_PASSWORD_CHARS + 1])
{
	Provision__StoredAppPassword r = PROVISION__STORED_APP_PASSWORD__INIT;
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	char plain[TEXT_BASE32_LEN(RANDOM_BYTES) + 1];
	uint8_t random[RANDOM_BYTES];
	struct hash hash;
	int err;

	if (store_app_password_count(c, account) >= STORE_APP_PASSWORDS_MAX)
		return ERR_STATE;
	crypt_random(random, sizeof(random));
	text_base32(view_of(random, sizeof(random)), plain);
	group(plain, password_r);
	hash = hash_of(c, view_of(plain, CHARS));
	secret_wipe(plain, sizeof(plain));
	secret_wipe(random, sizeof(random));
	*id_r = id_random();
	r.account = wire_of_id(account);
	r.id = wire_of_id(id_r);
	r.name = name;
	r.created_ms = store_clock_guard_now_ms(c->store->clock);
	err = store_records_put(c->store, c->tx, STORE_TABLE_APP_PASSWORD, crypt_hash_view(&hash), &key, &r.base);
	if (err == 0) {
		struct store_rowkey of = rowkey_ids(account, id_r);
		store_index_put(c->tx, STORE_TABLE_APP_PASSWORD_OF, rowkey_view(&of), crypt_hash_view(&hash));
	}
	return err;
}

/* ---- all of an account's ---- */

struct each {
	struct store_call *call;
	int (*fn)(void *arg, const struct hash *hash, const Provision__StoredAppPassword *r);
	void *arg;
};

static int
each_one(void *arg, const struct hash *hash)
{
	struct each *e = arg;
	Provision__StoredAppPassword *r;
	int err = get(e->call, hash, &r);

	return err == 0 ? e->fn(e->arg, hash, r) : err;
}

int
store_app_password_each(struct store_call *c, const struct id *account,
    int (*fn)(void *arg, const struct hash *hash, const Provision__StoredAppPassword *r), void *arg)
{
	struct each e = { c, fn, arg };

	return store_tokens_each(c->tx, STORE_TABLE_APP_PASSWORD_OF, account, each_one, &e);
}

static int
count_one(void *arg, const struct hash *hash)
{
	unsigned *n = arg;

	(void)hash;
	(*n)++;
	return 0;
}

unsigned
store_app_password_count(struct store_call *c, const struct id *account)
{
	unsigned n = 0;
	int err = store_tokens_each(c->tx, STORE_TABLE_APP_PASSWORD_OF, account, count_one, &n);

	require(err == 0);
	return n;
}

/* ---- ending ---- */

static void
delete_both(struct store_txn *tx, const struct id *account, const struct id *id, const struct hash *hash)
{
	struct store_rowkey of = rowkey_ids(account, id);

	store_records_delete(tx, STORE_TABLE_APP_PASSWORD, crypt_hash_view(hash));
	store_records_delete(tx, STORE_TABLE_APP_PASSWORD_OF, rowkey_view(&of));
}

int
store_app_password_end(struct store_call *c, const struct id *account, const struct id *id)
{
	struct hash hash;
	int err = store_tokens_find(c->tx, STORE_TABLE_APP_PASSWORD_OF, account, id, &hash);

	if (err == 0 && !store_txn_is_view(c->tx))
		delete_both(c->tx, account, id, &hash);
	return err;
}

static int
end_one(void *arg, const struct hash *hash, const Provision__StoredAppPassword *r)
{
	struct id account = wire_id(r->account), id = wire_id(r->id);

	delete_both(arg, &account, &id, hash);
	return 0;
}

int
store_app_password_end_all(struct store_call *c, const struct id *account)
{
	return store_app_password_each(c, account, end_one, c->tx);
}
