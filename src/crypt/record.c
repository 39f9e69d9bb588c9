/* SPDX-License-Identifier: MIT */
/*
 * XChaCha20-Poly1305 records with a random nonce in front. The store's index records, wrapped keys and the
 * pin store are all sealed here. Nothing of a record that fails its check is ever released.
 */
#include "crypt/record.h"

#include <sodium.h>
#include <string.h>

#include "base/fatal.h"
#include "crypt/hash.h"
#include "crypt/random.h"

#define NONCE CRYPT_RECORD_NONCE_BYTES

_Static_assert(NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20 nonce");
_Static_assert(CRYPT_RECORD_OVERHEAD == NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "record overhead");
_Static_assert(CRYPT_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "record key");

void
crypt_record_seal_at(const struct secret *key, struct view ad, struct view plain, uint8_t *out)
{
	require(secret_len(key) == CRYPT_KEY_BYTES);
	crypt_random(out, NONCE);
	require(crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, plain.data, plain.len, ad.data, ad.len, NULL,
	    out, secret_view(key).data) == 0);
}

int
crypt_record_open_at(const struct secret *key, struct view ad, struct view sealed, uint8_t *out)
{
	require(secret_len(key) == CRYPT_KEY_BYTES);
	if (sealed.len < CRYPT_RECORD_OVERHEAD)
		return ERR_CRYPTO;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data + NONCE, sealed.len - NONCE, ad.data, ad.len,
	    sealed.data, secret_view(key).data) == 0)
		return 0;
	memset(out, 0, sealed.len - CRYPT_RECORD_OVERHEAD);
	return ERR_CRYPTO;
}

int
crypt_record_seal(const struct secret *key, struct view ad, struct view plain, struct buf *out)
{
	uint8_t *space;
	if (plain.len > SIZE_MAX - CRYPT_RECORD_OVERHEAD)
		return ERR_LIMIT;
	int err = buf_reserve(out, plain.len + CRYPT_RECORD_OVERHEAD, &space);
	if (err != 0)
		return err;
	crypt_record_seal_at(key, ad, plain, space);
	buf_commit(out, plain.len + CRYPT_RECORD_OVERHEAD);
	return 0;
}

int
crypt_record_open(const struct secret *key, struct view ad, struct view sealed, struct buf *out)
{
	uint8_t *space;
	if (sealed.len < CRYPT_RECORD_OVERHEAD)
		return ERR_CRYPTO;
	int err = buf_reserve(out, sealed.len - CRYPT_RECORD_OVERHEAD, &space);
	if (err == 0)
		err = crypt_record_open_at(key, ad, sealed, space);
	if (err == 0)
		buf_commit(out, sealed.len - CRYPT_RECORD_OVERHEAD);
	return err;
}

int
crypt_record_open_secret(const struct secret *key, struct view ad, struct view sealed, struct secret **plain_r)
{
	if (sealed.len < CRYPT_RECORD_OVERHEAD)
		return ERR_CRYPTO;
	struct secret *plain = secret_new(sealed.len - CRYPT_RECORD_OVERHEAD);
	int err = crypt_record_open_at(key, ad, sealed, secret_bytes(plain));
	if (err != 0)
		secret_free(&plain);
	else
		*plain_r = plain;
	return err;
}

static struct hash
derived_nonce(struct view ad)
{
	_Static_assert(NONCE <= CRYPT_HASH_BYTES, "a nonce is the front of a hash");
	return crypt_hash("provision/1/record/nonce", ad);
}

int
crypt_record_seal_derived(const struct secret *key, struct view ad, struct view plain, struct buf *out)
{
	struct hash nonce = derived_nonce(ad);
	uint8_t *space;
	require(secret_len(key) == CRYPT_KEY_BYTES);
	if (plain.len > SIZE_MAX - CRYPT_RECORD_TAG_BYTES)
		return ERR_LIMIT;
	int err = buf_reserve(out, plain.len + CRYPT_RECORD_TAG_BYTES, &space);
	if (err != 0)
		return err;
	require(crypto_aead_xchacha20poly1305_ietf_encrypt(space, NULL, plain.data, plain.len, ad.data, ad.len, NULL, nonce.bytes,
	    secret_view(key).data) == 0);
	buf_commit(out, plain.len + CRYPT_RECORD_TAG_BYTES);
	return 0;
}

int
crypt_record_open_derived(const struct secret *key, struct view ad, struct view sealed, struct buf *out)
{
	struct hash nonce = derived_nonce(ad);
	uint8_t *space;
	require(secret_len(key) == CRYPT_KEY_BYTES);
	if (sealed.len < CRYPT_RECORD_TAG_BYTES)
		return ERR_CRYPTO;
	int err = buf_reserve(out, sealed.len - CRYPT_RECORD_TAG_BYTES, &space);
	if (err != 0)
		return err;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(space, NULL, NULL, sealed.data, sealed.len, ad.data, ad.len, nonce.bytes,
	    secret_view(key).data) != 0)
		return ERR_CRYPTO;
	buf_commit(out, sealed.len - CRYPT_RECORD_TAG_BYTES);
	return 0;
}
