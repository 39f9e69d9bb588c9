/* SPDX-License-Identifier: MIT */
/*
 * The bulk cipher that encrypts nothing. Linked into test programs in the place of crypt/bulk.c, it shows that the canary
 * searches would notice missing encryption. Never in a shipped program.
 */
#include <string.h>

#include "base/mem.h"
#include "crypt/bulk.h"

struct bulk {
	int nothing;
};

struct bulk *
crypt_bulk_new(const struct secret *key)
{
	(void)key;
	return mem_alloc(sizeof(struct bulk));
}

void
crypt_bulk_free(struct bulk **b)
{
	mem_free(b);
}

int
crypt_bulk_encrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view plain,
    uint8_t *out)
{
	(void)b;
	(void)nonce;
	(void)ad;
	if (plain.len > 0)
		memcpy(out, plain.data, plain.len);
	memset(out + plain.len, 0, CRYPT_BULK_TAG_BYTES);
	return 0;
}

int
crypt_bulk_decrypt(struct bulk *b, const uint8_t nonce[CRYPT_BULK_NONCE_BYTES], struct view ad, struct view sealed,
    uint8_t *out)
{
	(void)b;
	(void)nonce;
	(void)ad;
	if (sealed.len < CRYPT_BULK_TAG_BYTES)
		return ERR_CRYPTO;
	if (sealed.len > CRYPT_BULK_TAG_BYTES)
		memcpy(out, sealed.data, sealed.len - CRYPT_BULK_TAG_BYTES);
	return 0;
}
