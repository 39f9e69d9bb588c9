/* SPDX-License-Identifier: MIT */
/*
 * Password -> Argon2id -> master -> authentication key (sent to the server) and wrapping key (never sent).
 *
 *     salt16 = BLAKE2b-128("provision/1/password-salt" || 0x00 || block(service) || block(address)
 *                          || u32 memory_kib || u32 passes || block(server_salt))     no key
 *     master = Argon2id13(password, salt16, memory_kib, passes, 1 lane, 32 bytes)
 *     auth   = derive(master, "provision/1/auth-key", "")
 *     wrap   = derive(master, "provision/1/wrap-key", "")
 *
 * block(x) = u32 length big-endian || x; derive() is crypt/derive.h. Because the service's name, the address
 * and the cost go into the salt, a server can neither have a password hashed for another service or person
 * nor lower the cost without getting useless keys. The client also remembers the highest cost it used.
 */
#ifndef CRYPT_PASSWORD_H
#define CRYPT_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"

#define CRYPT_COST_FLOOR_KIB (128U * 1024)
#define CRYPT_COST_FLOOR_PASSES 3U
#define CRYPT_COST_CEILING_KIB (1024U * 1024)
#define CRYPT_COST_CEILING_PASSES 16U
#define CRYPT_PASSWORD_MAX 1024
#define CRYPT_SERVER_SALT_BYTES 16

/* What one hashing costs. */
struct crypt_cost {
	uint32_t memory_kib;
	uint32_t passes;
};

/* Built-in floor; also the service's default. */
struct crypt_cost crypt_password_floor(void);
/* ERR_LIMIT: below the floor or above the ceiling (built into clients, whatever the server says). */
int crypt_password_check_cost(const struct crypt_cost *cost) ERR_CHECK;
/* True when a is at least as costly as b in both respects. */
bool crypt_password_cost_covers(const struct crypt_cost *a, const struct crypt_cost *b);

/*
 * password: UTF-8 in NFC, 1..CRYPT_PASSWORD_MAX bytes (the caller normalises). service: the service's host name in lower
 * case. address: the normalised (case-folded) e-mail address. server_salt: CRYPT_SERVER_SALT_BYTES.
 * Blocks for about half a second and takes cost->memory_kib of memory. Results owned by the caller, both
 * CRYPT_KEY_BYTES. ERR_LIMIT: cost or a length out of range. ERR_CRYPTO: not enough memory.
 */
int crypt_password_keys(const struct secret *password, struct view service, struct view address, struct view server_salt,
    const struct crypt_cost *cost, struct secret **auth_r, struct secret **wrap_r) ERR_CHECK;

#endif
