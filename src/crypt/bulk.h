/* SPDX-License-Identifier: MIT */
/*
 * AES-256-GCM (NIST SP 800-38D) of chunks, through GnuTLS or Intel's multi-buffer library: 96-bit nonce, 128-bit tag. The key schedule is
 * made once per handle; a handle belongs to one thread at a time. The caller answers for nonces: a nonce
 * must never serve for two different plaintexts under one key (package/FORMAT.md says how).
 */
#ifndef CRYPT_BULK_H
#define CRYPT_BULK_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"

#define CRYPT_BULK_NONCE_BYTES 12
#define CRYPT_BULK_TAG_BYTES 16

struct bulk;

/* key: CRYPT_KEY_BYTES (panic). Returns owned; copies the key into the handle's own schedule. */
struct bulk *crypt_bulk_new(const struct secret *key);
void crypt_bulk_free(struct bulk **b);
/* Writes ciphertext || tag, plain.len + CRYPT_BULK_TAG_BYTES, to out; out must not overlap plain. */
int crypt_bulk_encrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view plain,
    uint8_t *out) ERR_CHECK;
/* sealed = ciphertext || tag; writes sealed.len - CRYPT_BULK_TAG_BYTES to out. ERR_CRYPTO: changed or another key, nonce
 * or associated data; out is zeroed then. */
int crypt_bulk_decrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view sealed,
    uint8_t *out) ERR_CHECK;

#endif
