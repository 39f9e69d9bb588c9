/* SPDX-License-Identifier: MIT */
/*
 * Ed25519 signatures (RFC 8032), detached, always with a purpose: what is signed is
 * purpose || 0x00 || message, so that a signature made for one thing never serves for another.
 */
#ifndef CRYPT_SIGN_H
#define CRYPT_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"

#define CRYPT_SIGN_PUBLIC_BYTES 32
#define CRYPT_SIGN_SEED_BYTES 32
#define CRYPT_SIGN_PRIVATE_BYTES 64   /* seed || public key, as libsodium has it */
#define CRYPT_SIGNATURE_BYTES 64

struct sign_public {
	uint8_t bytes[CRYPT_SIGN_PUBLIC_BYTES];
};

struct signature {
	uint8_t bytes[CRYPT_SIGNATURE_BYTES];
};

/* A new key pair; *private_r owned by the caller, CRYPT_SIGN_PRIVATE_BYTES. */
void crypt_sign_keypair(struct sign_public *public_r, struct secret **private_r);
/* The key pair of a seed (CRYPT_SIGN_SEED_BYTES, panic otherwise): how private keys are kept. */
void crypt_sign_keypair_of(struct view seed, struct sign_public *public_r, struct secret **private_r);
/* The seed inside a private key; valid as long as it. */
struct view crypt_sign_seed(const struct secret *private);
/* The public half inside a private key. */
struct sign_public crypt_sign_public(const struct secret *private);
/* private must have CRYPT_SIGN_PRIVATE_BYTES (panic). */
struct signature crypt_sign(const struct secret *private, const char *purpose, struct view message);
/* ERR_CRYPTO: not this key's signature over purpose and message. */
int crypt_sign_verify(const struct sign_public *key, const char *purpose, struct view message,
    const struct signature *sig) ERR_CHECK;
bool crypt_sign_public_equal(const struct sign_public *a, const struct sign_public *b);

#endif
