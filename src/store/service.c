/* SPDX-License-Identifier: MIT */
/*
 * Owns the secrets derived from the service's data key and the stand-in account. Tokens and authentication keys
 * are hashed under secrets that stay for the service's life: nobody could hash them anew. Addresses are not hashed here
 * but under the vault's look-up key, which can change, because records hold the addresses.
 */
#include "store/service.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/keyhash.h"
#include "crypt/random.h"
#include "crypt/secret.h"
#include "record/stored.pb-c.h"
#include "store/address.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/index.h"
#include "store/keys.h"
#include "store/vault.h"
#include "store/wire.h"

#define PURPOSE_MAX 64

struct store_service {
	struct store *store;
	struct secret *salt_key;
	struct secret *auth_key;
	struct secret *token_key;
	struct secret *derive_key;
	struct sign_public sign_public;
	struct secret *sign_private;
	struct id stand_in;
	struct store_limiter *limiter;
	struct store_reports *reports;
};

/* A record like any other account's; no authentication key has a hash of random bytes. */
static int
stand_in_write(void *arg, struct store_txn *tx)
{
	struct store_service *v = arg;
	struct store_key_name key = { STORE_KEY_ACCOUNT, v->stand_in, 0 };
	uint8_t random[2][CRYPT_HASH_BYTES], blob[256];
	Provision__StoredAccount a = PROVISION__STORED_ACCOUNT__INIT;
	int err;

	if (store_index_has(tx, STORE_TABLE_ACCOUNT, id_view(&v->stand_in)))
		return 0;
	store_address_close_table(tx, &v->stand_in);
	err = store_keys_ensure(v->store->keys, tx, &key);
	if (err != 0)
		return err;
	crypt_random(random, sizeof(random));
	crypt_random(blob, sizeof(blob));
	a.email = wire_str("nobody@invalid");
	a.first_name = a.last_name = wire_str("nobody");
	a.locale = wire_str("en");
	a.time_zone = wire_str("UTC");
	a.auth_hash = wire_bytes(view_of(random[0], sizeof(random[0])));
	a.recovery_auth_hash = wire_bytes(view_of(random[1], sizeof(random[1])));
	a.statement = a.wrapped_keys = a.recovery_wrapped_keys = wire_bytes(view_of(blob, sizeof(blob)));
	a.memory_kib = store_service_cost(v).memory_kib;
	a.passes = store_service_cost(v).passes;
	a.created_ms = store_clock_guard_now_ms(v->store->clock);
	return store_vault_put(v->store->vault, tx, STORE_TABLE_ACCOUNT, id_view(&v->stand_in), &key, 1, &a.base);
}

int
store_service_open(struct store *s, struct store_service **service_r)
{
	struct store_service *v = mem_alloc(sizeof(*v));
	struct secret *seed;
	struct hash id;
	int err;

	v->store = s;
	v->salt_key = store_vault_service_key(s->vault, "provision/1/store/salt");
	v->auth_key = store_vault_service_key(s->vault, "provision/1/store/auth-key");
	v->token_key = store_vault_service_key(s->vault, "provision/1/store/token");
	v->derive_key = store_vault_service_key(s->vault, "provision/1/store/derive");
	seed = store_vault_service_key(s->vault, "provision/1/store/gateway-sign");
	crypt_sign_keypair_of(secret_view(seed), &v->sign_public, &v->sign_private);
	secret_free(&seed);
	id = store_service_derive(v, "stand-in", view_of(NULL, 0));
	memcpy(v->stand_in.bytes, id.bytes, ID_BYTES);
	v->limiter = store_limiter_new();
	v->reports = store_reports_new();
	err = store_committer_run_alone(s->index, stand_in_write, v);
	if (err != 0)
		store_service_close(&v);
	*service_r = v;
	return err;
}

void
store_service_close(struct store_service **service)
{
	struct store_service *v = *service;

	if (v == NULL)
		return;
	secret_free(&v->salt_key);
	secret_free(&v->auth_key);
	secret_free(&v->token_key);
	secret_free(&v->derive_key);
	secret_free(&v->sign_private);
	store_limiter_free(&v->limiter);
	store_reports_free(&v->reports);
	mem_free(service);
}

struct store_limiter *
store_service_limiter(const struct store_service *v)
{
	return v->limiter;
}

struct store_reports *
store_service_reports(const struct store_service *v)
{
	return v->reports;
}

const struct sign_public *
store_service_sign_public(const struct store_service *v)
{
	return &v->sign_public;
}

const struct secret *
store_service_sign_private(const struct store_service *v)
{
	return v->sign_private;
}

struct crypt_cost
store_service_cost(const struct store_service *v)
{
	(void)v;
	return crypt_password_floor();
}

struct id
store_service_stand_in(const struct store_service *v)
{
	return v->stand_in;
}

void
store_service_salt(const struct store_service *v, struct view address, uint8_t salt[STORE_SALT_BYTES])
{
	struct hash h = crypt_keyhash(v->salt_key, "provision/1/store/salt", address);
	memcpy(salt, h.bytes, STORE_SALT_BYTES);
}

struct hash
store_service_auth_hash(const struct store_service *v, const struct id *account, struct view auth_key)
{
	uint8_t bytes[ID_BYTES + CRYPT_KEY_BYTES];
	struct hash h;

	require(auth_key.len == CRYPT_KEY_BYTES);
	memcpy(bytes, account->bytes, ID_BYTES);
	memcpy(bytes + ID_BYTES, auth_key.data, auth_key.len);
	h = crypt_keyhash(v->auth_key, "provision/1/store/auth-key", view_of(bytes, sizeof(bytes)));
	secret_wipe(bytes, sizeof(bytes));
	return h;
}

static struct hash
hash_for(const struct secret *key, const char *purpose, struct view data)
{
	char full[PURPOSE_MAX];
	int n = snprintf(full, sizeof(full), "provision/1/store/%s", purpose);

	require(n > 0 && (size_t)n < sizeof(full));
	return crypt_keyhash(key, full, data);
}

struct hash
store_service_token_hash(const struct store_service *v, const char *purpose, struct view token)
{
	return hash_for(v->token_key, purpose, token);
}

struct hash
store_service_derive(const struct store_service *v, const char *purpose, struct view data)
{
	return hash_for(v->derive_key, purpose, data);
}

int
store_service_limit_account(struct store_call *c, const struct id *account)
{
	return store_limiter_take(c->store->service->limiter, STORE_LIMIT_ACCOUNT, id_view(account), view_of(NULL, 0),
	    clock_mono_ms());
}
