/* SPDX-License-Identifier: MIT */
/*
 * Passwords to keys (Argon2id, RFC 9106). Runs in clients only: the server never sees a password. Knows the
 * floor and the ceiling of the cost, so that no server can talk a client into a cheap or an endless run.
 */
#include "crypt/password.h"

#include <sodium.h>
#include <string.h>

#include "base/buf.h"
#include "crypt/derive.h"

#define SERVICE_MAX 255
#define ADDRESS_MAX 320
#define SALT_PURPOSE "provision/1/password-salt"

struct crypt_cost
crypt_password_floor(void)
{
	return (struct crypt_cost){ CRYPT_COST_FLOOR_KIB, CRYPT_COST_FLOOR_PASSES };
}

int
crypt_password_check_cost(const struct crypt_cost *cost)
{
	if (cost->memory_kib < CRYPT_COST_FLOOR_KIB || cost->memory_kib > CRYPT_COST_CEILING_KIB)
		return ERR_LIMIT;
	if (cost->passes < CRYPT_COST_FLOOR_PASSES || cost->passes > CRYPT_COST_CEILING_PASSES)
		return ERR_LIMIT;
	return 0;
}

bool
crypt_password_cost_covers(const struct crypt_cost *a, const struct crypt_cost *b)
{
	return a->memory_kib >= b->memory_kib && a->passes >= b->passes;
}

/* The grammar stands in the header. */
static int
effective_salt(struct view service, struct view address, struct view server_salt, const struct crypt_cost *cost,
    uint8_t salt[crypto_pwhash_SALTBYTES])
{
	struct buf b;
	buf_init(&b, 1024);
	int err = buf_append(&b, SALT_PURPOSE, sizeof(SALT_PURPOSE));
	if (err == 0)
		err = buf_append_block(&b, service);
	if (err == 0)
		err = buf_append_block(&b, address);
	if (err == 0)
		err = buf_append_u32(&b, cost->memory_kib);
	if (err == 0)
		err = buf_append_u32(&b, cost->passes);
	if (err == 0)
		err = buf_append_block(&b, server_salt);
	if (err == 0 && crypto_generichash(salt, crypto_pwhash_SALTBYTES, b.data, b.len, NULL, 0) != 0)
		err = ERR_CRYPTO;
	buf_deinit(&b);
	return err;
}

static int
check_lengths(struct view password, struct view service, struct view address, struct view server_salt)
{
	if (password.len == 0 || password.len > CRYPT_PASSWORD_MAX)
		return ERR_LIMIT;
	if (service.len == 0 || service.len > SERVICE_MAX || address.len == 0 || address.len > ADDRESS_MAX)
		return ERR_LIMIT;
	return server_salt.len == CRYPT_SERVER_SALT_BYTES ? 0 : ERR_LIMIT;
}

int
crypt_password_keys(const struct secret *password, struct view service, struct view address, struct view server_salt,
    const struct crypt_cost *cost, struct secret **auth_r, struct secret **wrap_r)
{
	uint8_t salt[crypto_pwhash_SALTBYTES];
	struct view p = secret_view(password);
	int err = crypt_password_check_cost(cost);
	if (err == 0)
		err = check_lengths(p, service, address, server_salt);
	if (err == 0)
		err = effective_salt(service, address, server_salt, cost, salt);
	if (err != 0)
		return err;
	struct secret *master = secret_new(CRYPT_KEY_BYTES);
	if (crypto_pwhash(secret_bytes(master), CRYPT_KEY_BYTES, (const char *)p.data, p.len, salt, cost->passes,
	    (size_t)cost->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0) {
		err = ERR_CRYPTO;
	} else {
		*auth_r = crypt_derive(master, "provision/1/auth-key", view_of(NULL, 0));
		*wrap_r = crypt_derive(master, "provision/1/wrap-key", view_of(NULL, 0));
	}
	secret_free(&master);
	return err;
}
