/* SPDX-License-Identifier: MIT */
/*
 * Keyed BLAKE2b-256, for looking up things that must not stand in an index as they are (addresses, tokens,
 * authentication keys): BLAKE2b-256(key, purpose || 0x00 || data). Whoever has no key can test no guess.
 */
#ifndef CRYPT_KEYHASH_H
#define CRYPT_KEYHASH_H

#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"

/* key: CRYPT_KEY_BYTES long (panic otherwise); purpose: ASCII, not empty. */
struct hash crypt_keyhash(const struct secret *key, const char *purpose, struct view data);

#endif
