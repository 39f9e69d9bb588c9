/* SPDX-License-Identifier: MIT */
/*
 * Sealed boxes. Keeps nothing; ephemeral private keys are libsodium's and overwritten by it.
 */
#include "crypt/seal.h"

#include <sodium.h>

#include "base/fatal.h"
#include "crypt/equal.h"

_Static_assert(CRYPT_SEAL_OVERHEAD == crypto_box_SEALBYTES, "sealed box overhead");
_Static_assert(CRYPT_SEAL_PUBLIC_BYTES == crypto_box_PUBLICKEYBYTES, "X25519 public key");
_Static_assert(CRYPT_SEAL_PRIVATE_BYTES == crypto_box_SECRETKEYBYTES, "X25519 private key");

#define PLAIN_MAX (64U * 1024)   /* keys and small statements; more is a package */

void
crypt_seal_keypair(struct seal_public *public_r, struct secret **private_r)
{
	struct secret *private = secret_new(CRYPT_SEAL_PRIVATE_BYTES);
	require(crypto_box_keypair(public_r->bytes, secret_bytes(private)) == 0);
	*private_r = private;
}

int
crypt_seal_public(const struct secret *private, struct seal_public *public_r)
{
	struct view p = secret_view(private);
	if (p.len != CRYPT_SEAL_PRIVATE_BYTES || crypto_scalarmult_base(public_r->bytes, p.data) != 0)
		return ERR_CRYPTO;
	return 0;
}

int
crypt_seal(const struct seal_public *to, struct view plain, struct buf *out)
{
	uint8_t *space;
	if (plain.len > PLAIN_MAX)
		return ERR_LIMIT;
	int err = buf_reserve(out, plain.len + CRYPT_SEAL_OVERHEAD, &space);
	if (err != 0)
		return err;
	if (crypto_box_seal(space, plain.data, plain.len, to->bytes) != 0)
		return ERR_CRYPTO;
	buf_commit(out, plain.len + CRYPT_SEAL_OVERHEAD);
	return 0;
}

int
crypt_seal_open(const struct secret *private, struct view sealed, struct secret **plain_r)
{
	struct seal_public public;
	if (sealed.len < CRYPT_SEAL_OVERHEAD || sealed.len > PLAIN_MAX + CRYPT_SEAL_OVERHEAD)
		return ERR_CRYPTO;
	int err = crypt_seal_public(private, &public);
	if (err != 0)
		return err;
	struct secret *plain = secret_new(sealed.len - CRYPT_SEAL_OVERHEAD);
	if (crypto_box_seal_open(secret_bytes(plain), sealed.data, sealed.len, public.bytes,
	    secret_view(private).data) != 0) {
		secret_free(&plain);
		return ERR_CRYPTO;
	}
	*plain_r = plain;
	return 0;
}

bool
crypt_seal_public_equal(const struct seal_public *a, const struct seal_public *b)
{
	return crypt_equal(view_of(a->bytes, sizeof(a->bytes)), view_of(b->bytes, sizeof(b->bytes)));
}
