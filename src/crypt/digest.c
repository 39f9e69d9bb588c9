/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 and HMAC-SHA-256 by GnuTLS. One handle type for both: a table row of functions would be longer than the
 * two branches. Used by package/ for leaves and fingerprints.
 */
#include "crypt/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/fatal.h"
#include "base/mem.h"

struct digest {
	gnutls_hash_hd_t hash;   /* NULL when keyed */
	gnutls_hmac_hd_t hmac;   /* NULL when not keyed */
};

struct digest *
crypt_digest_new(void)
{
	struct digest *d = mem_alloc(sizeof(*d));
	require(gnutls_hash_init(&d->hash, GNUTLS_DIG_SHA256) == GNUTLS_E_SUCCESS);
	return d;
}

struct digest *
crypt_digest_new_keyed(const struct secret *key)
{
	struct view k = secret_view(key);
	require(k.len >= 16 && k.len <= 64);
	struct digest *d = mem_alloc(sizeof(*d));
	require(gnutls_hmac_init(&d->hmac, GNUTLS_MAC_SHA256, k.data, k.len) == GNUTLS_E_SUCCESS);
	return d;
}

void
crypt_digest_free(struct digest **d)
{
	if (*d == NULL)
		return;
	if ((*d)->hash != NULL)
		gnutls_hash_deinit((*d)->hash, NULL);
	if ((*d)->hmac != NULL)
		gnutls_hmac_deinit((*d)->hmac, NULL);
	mem_free(d);
}

void
crypt_digest_update(struct digest *d, struct view data)
{
	if (data.len == 0)
		return;
	int rc = d->hash != NULL ? gnutls_hash(d->hash, data.data, data.len) : gnutls_hmac(d->hmac, data.data, data.len);
	require(rc == GNUTLS_E_SUCCESS);
}

void
crypt_digest_final(struct digest *d, uint8_t out[CRYPT_DIGEST_BYTES])
{
	/* both give the value and reset the handle */
	if (d->hash != NULL)
		gnutls_hash_output(d->hash, out);
	else
		gnutls_hmac_output(d->hmac, out);
}

void
crypt_digest_sha256(struct view data, uint8_t out[CRYPT_DIGEST_BYTES])
{
	require(gnutls_hash_fast(GNUTLS_DIG_SHA256, data.data, data.len, out) == GNUTLS_E_SUCCESS);
}
