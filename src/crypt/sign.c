/* SPDX-License-Identifier: MIT */
/*
 * Ed25519 over purpose || 0x00 || message. The message is copied behind its purpose, since Ed25519 reads it
 * twice; what is signed here is small (statements, hashes), never a file.
 */
#include "crypt/sign.h"

#include <sodium.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/equal.h"

_Static_assert(CRYPT_SIGN_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519 public key");
_Static_assert(CRYPT_SIGN_PRIVATE_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519 private key");
_Static_assert(CRYPT_SIGN_SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519 seed");
_Static_assert(CRYPT_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519 signature");

void
crypt_sign_keypair(struct sign_public *public_r, struct secret **private_r)
{
	struct secret *private = secret_new(CRYPT_SIGN_PRIVATE_BYTES);
	require(crypto_sign_keypair(public_r->bytes, secret_bytes(private)) == 0);
	*private_r = private;
}

void
crypt_sign_keypair_of(struct view seed, struct sign_public *public_r, struct secret **private_r)
{
	require(seed.len == CRYPT_SIGN_SEED_BYTES);
	struct secret *private = secret_new(CRYPT_SIGN_PRIVATE_BYTES);
	require(crypto_sign_seed_keypair(public_r->bytes, secret_bytes(private), seed.data) == 0);
	*private_r = private;
}

struct view
crypt_sign_seed(const struct secret *private)
{
	require(secret_len(private) == CRYPT_SIGN_PRIVATE_BYTES);
	return view_slice(secret_view(private), 0, CRYPT_SIGN_SEED_BYTES);
}

struct sign_public
crypt_sign_public(const struct secret *private)
{
	struct sign_public public;
	require(secret_len(private) == CRYPT_SIGN_PRIVATE_BYTES);
	memcpy(public.bytes, secret_view(private).data + CRYPT_SIGN_SEED_BYTES, sizeof(public.bytes));
	return public;
}

/* purpose || 0x00 || message; owned by the caller */
static uint8_t *
signed_bytes(const char *purpose, struct view message, size_t *len_r)
{
	size_t head = strlen(purpose) + 1;
	require(head > 1 && message.len < SIZE_MAX - head);
	uint8_t *bytes = mem_alloc(head + message.len);
	memcpy(bytes, purpose, head);
	if (message.len > 0)
		memcpy(bytes + head, message.data, message.len);
	*len_r = head + message.len;
	return bytes;
}

struct signature
crypt_sign(const struct secret *private, const char *purpose, struct view message)
{
	struct signature sig;
	size_t len;
	require(secret_len(private) == CRYPT_SIGN_PRIVATE_BYTES);
	uint8_t *bytes = signed_bytes(purpose, message, &len);
	require(crypto_sign_detached(sig.bytes, NULL, bytes, len, secret_view(private).data) == 0);
	mem_free(&bytes);
	return sig;
}

int
crypt_sign_verify(const struct sign_public *key, const char *purpose, struct view message, const struct signature *sig)
{
	size_t len;
	uint8_t *bytes = signed_bytes(purpose, message, &len);
	int bad = crypto_sign_verify_detached(sig->bytes, bytes, len, key->bytes);
	mem_free(&bytes);
	return bad == 0 ? 0 : ERR_CRYPTO;
}

bool
crypt_sign_public_equal(const struct sign_public *a, const struct sign_public *b)
{
	return crypt_equal(view_of(a->bytes, sizeof(a->bytes)), view_of(b->bytes, sizeof(b->bytes)));
}
