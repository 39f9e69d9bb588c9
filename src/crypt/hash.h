/* SPDX-License-Identifier: MIT */
/*
 * Unkeyed BLAKE2b-256 of public things (statements, certificates, headers): their fingerprints. Always
 * with a purpose: hash = BLAKE2b-256(purpose || 0x00 || data), no key, 32 bytes of output
 * (libsodium.js: crypto_generichash(32, message)). What a guess could find out needs crypt/keyhash.h.
 */
#ifndef CRYPT_HASH_H
#define CRYPT_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

#define CRYPT_HASH_BYTES 32

struct hash {
	uint8_t bytes[CRYPT_HASH_BYTES];
};

/* purpose: ASCII, not empty. */
struct hash crypt_hash(const char *purpose, struct view data);
/* Constant time, like every comparison here. */
bool crypt_hash_equal(const struct hash *a, const struct hash *b);
bool crypt_hash_is_zero(const struct hash *a);
struct view crypt_hash_view(const struct hash *a);

#endif
