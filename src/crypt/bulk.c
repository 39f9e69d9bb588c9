/* SPDX-License-Identifier: MIT */
/*
 * AES-256-GCM by GnuTLS. This file (like bulk_mb.c, which takes its place where Intel's library is there) exports the bulk cipher and
 * nothing else, so that the canary tests can link a stub in its place and show that they would notice missing encryption.
 * Nonces are package/'s business.
 */
#include "crypt/bulk.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"

struct bulk {
	gnutls_aead_cipher_hd_t cipher;
};

struct bulk *
crypt_bulk_new(const struct secret *key)
{
	struct view k = secret_view(key);
	require(k.len == CRYPT_KEY_BYTES);
	struct bulk *b = mem_alloc(sizeof(*b));
	/* GnuTLS's datum is not const, but the key is only read */
	gnutls_datum_t datum = { (unsigned char *)(uintptr_t)k.data, (unsigned int)k.len };
	int rc = gnutls_aead_cipher_init(&b->cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);
	if (rc != GNUTLS_E_SUCCESS)
		panic("AES-256-GCM: %s", gnutls_strerror(rc));
	return b;
}

void
crypt_bulk_free(struct bulk **b)
{
	if (*b == NULL)
		return;
	gnutls_aead_cipher_deinit((*b)->cipher);
	mem_free(b);
}

int
crypt_bulk_encrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view plain,
    uint8_t *out)
{
	size_t len = plain.len + CRYPT_BULK_TAG_BYTES;
	int rc = gnutls_aead_cipher_encrypt(b->cipher, nonce, CRYPT_BULK_NONCE_BYTES, ad.data, ad.len, CRYPT_BULK_TAG_BYTES,
	    plain.data, plain.len, out, &len);
	if (rc == GNUTLS_E_SUCCESS && len == plain.len + CRYPT_BULK_TAG_BYTES)
		return 0;
	memset(out, 0, plain.len + CRYPT_BULK_TAG_BYTES);
	return ERR_CRYPTO;
}

int
crypt_bulk_decrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view sealed,
    uint8_t *out)
{
	if (sealed.len < CRYPT_BULK_TAG_BYTES)
		return ERR_CRYPTO;
	size_t want = sealed.len - CRYPT_BULK_TAG_BYTES;
	size_t len = want;
	int rc = gnutls_aead_cipher_decrypt(b->cipher, nonce, CRYPT_BULK_NONCE_BYTES, ad.data, ad.len, CRYPT_BULK_TAG_BYTES,
	    sealed.data, sealed.len, out, &len);
	if (rc == GNUTLS_E_SUCCESS && len == want)
		return 0;
	if (want > 0)
		memset(out, 0, want);
	return ERR_CRYPTO;
}
