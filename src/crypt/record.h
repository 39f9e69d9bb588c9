/* SPDX-License-Identifier: MIT */
/*
 * Encryption of records: XChaCha20-Poly1305 (IETF) with associated data and a random nonce in front:
 *
 *     sealed = nonce[24] || ciphertext || tag[16]
 *
 * The associated data says what the record is (type, id, version), so that one cannot be put in another's
 * place. A key may serve for any number of records.
 */
#ifndef CRYPT_RECORD_H
#define CRYPT_RECORD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"

#define CRYPT_RECORD_NONCE_BYTES 24
#define CRYPT_RECORD_OVERHEAD (CRYPT_RECORD_NONCE_BYTES + 16)

/* Appends plain.len + CRYPT_RECORD_OVERHEAD bytes. key: CRYPT_KEY_BYTES (panic). ERR_LIMIT: out is full. */
int crypt_record_seal(const struct secret *key, struct view ad, struct view plain, struct buf *out) ERR_CHECK;
/* Appends the plaintext; out is unchanged on error. ERR_CRYPTO: wrong key, other associated data, changed. */
int crypt_record_open(const struct secret *key, struct view ad, struct view sealed, struct buf *out) ERR_CHECK;
/* As crypt_record_open() for a content that is itself a key; *plain_r owned by the caller. */
int crypt_record_open_secret(const struct secret *key, struct view ad, struct view sealed,
    struct secret **plain_r) ERR_CHECK;
/* The same into memory of exactly the right size: out holds plain.len + CRYPT_RECORD_OVERHEAD. */
void crypt_record_seal_at(const struct secret *key, struct view ad, struct view plain, uint8_t *out);
/* out holds sealed.len - CRYPT_RECORD_OVERHEAD bytes and is zeroed on ERR_CRYPTO. */
int crypt_record_open_at(const struct secret *key, struct view ad, struct view sealed, uint8_t *out) ERR_CHECK;

/*
 * Without a stored nonce: it is the front of crypt_hash("provision/1/record/nonce", ad). Under one key no associated data may
 * serve twice with different plaintexts, not even where the first never became durable: it has something random in it.
 *
 *     sealed = ciphertext || tag[16]
 */
#define CRYPT_RECORD_TAG_BYTES 16
int crypt_record_seal_derived(const struct secret *key, struct view ad, struct view plain, struct buf *out) ERR_CHECK;
int crypt_record_open_derived(const struct secret *key, struct view ad, struct view sealed, struct buf *out) ERR_CHECK;

#endif
