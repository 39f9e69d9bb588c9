/* SPDX-License-Identifier: MIT */
/*
 * Derived keys. There is one way to get a key from a key, and it always names what the key is for:
 *
 *     child = BLAKE2b-256(key = parent, message = purpose || 0x00 || context)
 *
 * (libsodium.js: crypto_generichash(32, message, parent)). Purposes are ASCII constants "provision/1/..."
 * listed in trust/FORMAT.md and package/FORMAT.md; a context is a canonical encoding of whatever the
 * child is bound to. Different purposes or contexts give unrelated keys.
 */
#ifndef CRYPT_DERIVE_H
#define CRYPT_DERIVE_H

#include "base/view.h"
#include "crypt/secret.h"

/* parent: 16 to 64 bytes (panic otherwise); purpose: ASCII, not empty; context may be empty.
 * Returns owned, CRYPT_KEY_BYTES long. */
struct secret *crypt_derive(const struct secret *parent, const char *purpose, struct view context);

/* A key that exists only while both parents do: crypt_derive(a, purpose, b || context). Erasing either
 * parent erases it. Both CRYPT_KEY_BYTES long. Returns owned. */
struct secret *crypt_derive_both(const struct secret *a, const struct secret *b, const char *purpose,
    struct view context);

#endif
