/* SPDX-License-Identifier: MIT */
/*
 * Sealing to an X25519 public key without a sender's key (libsodium's sealed boxes: an ephemeral X25519 key,
 * XSalsa20-Poly1305). A sealed box says nothing about who made it: whatever is sealed is bound and
 * authenticated by what surrounds it (signatures in trust/, the key commitment in package/).
 */
#ifndef CRYPT_SEAL_H
#define CRYPT_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"

#define CRYPT_SEAL_PUBLIC_BYTES 32
#define CRYPT_SEAL_PRIVATE_BYTES 32
/* Bytes by which a sealed box is longer than its content. */
#define CRYPT_SEAL_OVERHEAD 48

struct seal_public {
	uint8_t bytes[CRYPT_SEAL_PUBLIC_BYTES];
};

/* A new key pair; *private_r owned by the caller, CRYPT_SEAL_PRIVATE_BYTES. */
void crypt_seal_keypair(struct seal_public *public_r, struct secret **private_r);
/* The public half of a private key; ERR_CRYPTO when the length or the key is bad. */
int crypt_seal_public(const struct secret *private, struct seal_public *public_r) ERR_CHECK;
/* Appends plain.len + CRYPT_SEAL_OVERHEAD bytes. ERR_LIMIT: out is full. ERR_CRYPTO: the key is a low-order point. */
int crypt_seal(const struct seal_public *to, struct view plain, struct buf *out) ERR_CHECK;
/* ERR_CRYPTO: not for this key, changed, or too short. *plain_r owned by the caller, untouched on error. */
int crypt_seal_open(const struct secret *private, struct view sealed, struct secret **plain_r) ERR_CHECK;
bool crypt_seal_public_equal(const struct seal_public *a, const struct seal_public *b);

#endif
