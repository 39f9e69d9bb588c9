/* SPDX-License-Identifier: MIT */
/*
 * AES-256-GCM by Intel's multi-buffer library, twice as fast as bulk.c on machines with wide AES instructions; built instead of it
 * where the library is there. The first handle tries it against GnuTLS. Key schedules are in secret memory. Exports the
 * bulk cipher and nothing else (see bulk.c).
 */
#include "crypt/bulk.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <intel-ipsec-mb.h>
#include <pthread.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/equal.h"

#define TAG CRYPT_BULK_TAG_BYTES
#define ALIGNMENT 64

struct bulk {
	IMB_MGR *manager;
	struct secret *memory;         /* holds the schedule at its first aligned byte */
	struct gcm_key_data *schedule;
};

static struct bulk *
bulk_of(struct view key)
{
	struct bulk *b = mem_alloc(sizeof(*b));
	b->manager = alloc_mb_mgr(0);
	require(b->manager != NULL);
	init_mb_mgr_auto(b->manager, NULL);
	b->memory = secret_new(sizeof(*b->schedule) + ALIGNMENT);
	uintptr_t at = ((uintptr_t)secret_bytes(b->memory) + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
	b->schedule = (struct gcm_key_data *)at;
	IMB_AES256_GCM_PRE(b->manager, key.data, b->schedule);
	require(imb_get_errno(b->manager) == 0);
	return b;
}

/* ciphertext || tag by GnuTLS, for the comparison */
static void
encrypt_other(struct view key, const uint8_t *nonce, struct view ad, struct view plain, uint8_t *out)
{
	gnutls_aead_cipher_hd_t cipher;
	gnutls_datum_t datum = { (unsigned char *)(uintptr_t)key.data, (unsigned int)key.len };
	size_t len = plain.len + TAG;
	require(gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_GCM, &datum) == GNUTLS_E_SUCCESS);
	require(gnutls_aead_cipher_encrypt(cipher, nonce, CRYPT_BULK_NONCE_BYTES, ad.data, ad.len, TAG, plain.data, plain.len,
	    out, &len) == GNUTLS_E_SUCCESS);
	gnutls_aead_cipher_deinit(cipher);
}

/* Lengths that reach every loop of the assembler: none, less than a block, many blocks and a rest. */
static void
self_test(void)
{
	enum { LONG = 5000 };
	static const size_t lengths[] = { 0, 1, 16, 255, LONG };
	uint8_t key[CRYPT_KEY_BYTES], nonce[CRYPT_BULK_NONCE_BYTES] = { 1, 2, 3 };
	uint8_t *plain = mem_alloc(LONG), *ours = mem_alloc(LONG + TAG), *theirs = mem_alloc(LONG + TAG);
	for (size_t i = 0; i < LONG; i++)
		plain[i] = (uint8_t)(i * 5 + i / 256);
	memcpy(key, plain, sizeof(key));
	struct bulk *b = bulk_of(view_of(key, sizeof(key)));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct view ad = view_of(plain, i), v = view_of(plain, lengths[i]);
		require(crypt_bulk_encrypt(b, nonce, ad, v, ours) == 0);
		encrypt_other(view_of(key, sizeof(key)), nonce, ad, v, theirs);
		require(memcmp(ours, theirs, lengths[i] + TAG) == 0);
		require(crypt_bulk_decrypt(b, nonce, ad, view_of(theirs, lengths[i] + TAG), ours) == 0);
		require(memcmp(ours, plain, lengths[i]) == 0);
	}
	crypt_bulk_free(&b);
	mem_free(&plain);
	mem_free(&ours);
	mem_free(&theirs);
}

struct bulk *
crypt_bulk_new(const struct secret *key)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct view k = secret_view(key);
	require(k.len == CRYPT_KEY_BYTES);
	require(pthread_once(&once, self_test) == 0);
	return bulk_of(k);
}

void
crypt_bulk_free(struct bulk **b)
{
	if (*b == NULL)
		return;
	secret_free(&(*b)->memory);
	free_mb_mgr((*b)->manager);
	mem_free(b);
}

int
crypt_bulk_encrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view plain,
    uint8_t *out)
{
	struct gcm_context_data context;
	IMB_AES256_GCM_ENC(b->manager, b->schedule, &context, out, plain.data, plain.len, nonce, ad.data, ad.len, out + plain.len,
	    TAG);
	secret_wipe(&context, sizeof(context));
	if (imb_get_errno(b->manager) == 0)
		return 0;
	memset(out, 0, plain.len + TAG);
	return ERR_CRYPTO;
}

int
crypt_bulk_decrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view sealed,
    uint8_t *out)
{
	struct gcm_context_data context;
	uint8_t tag[TAG];
	if (sealed.len < TAG)
		return ERR_CRYPTO;
	size_t len = sealed.len - TAG;
	IMB_AES256_GCM_DEC(b->manager, b->schedule, &context, out, sealed.data, len, nonce, ad.data, ad.len, tag, TAG);
	secret_wipe(&context, sizeof(context));
	bool is_right = crypt_equal(view_of(tag, TAG), view_slice(sealed, len, TAG));
	secret_wipe(tag, sizeof(tag));
	if (is_right && imb_get_errno(b->manager) == 0)
		return 0;
	if (len > 0)
		memset(out, 0, len);
	return ERR_CRYPTO;
}
