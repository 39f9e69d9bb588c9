/* SPDX-License-Identifier: MIT */
/*
 * Keyed BLAKE2b-256 for index lookups. Same construction as crypt/derive.h, with a public result.
 */
#include "crypt/keyhash.h"

#include <sodium.h>
#include <string.h>

#include "base/fatal.h"

struct hash
crypt_keyhash(const struct secret *key, const char *purpose, struct view data)
{
	struct hash h;
	crypto_generichash_state state;
	struct view k = secret_view(key);
	require(k.len == CRYPT_KEY_BYTES && purpose[0] != '\0');
	require(crypto_generichash_init(&state, k.data, k.len, sizeof(h.bytes)) == 0);
	crypto_generichash_update(&state, (const uint8_t *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&state, data.data, data.len);
	require(crypto_generichash_final(&state, h.bytes, sizeof(h.bytes)) == 0);
	secret_wipe(&state, sizeof(state));
	return h;
}
