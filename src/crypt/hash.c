/* SPDX-License-Identifier: MIT */
/*
 * BLAKE2b-256 with a purpose in front, unkeyed. For public bytes only.
 */
#include "crypt/hash.h"

#include <sodium.h>
#include <string.h>

#include "base/fatal.h"
#include "crypt/equal.h"

struct hash
crypt_hash(const char *purpose, struct view data)
{
	struct hash h;
	crypto_generichash_state state;
	require(purpose[0] != '\0');
	require(crypto_generichash_init(&state, NULL, 0, sizeof(h.bytes)) == 0);
	/* the purpose's own NUL is the separator */
	crypto_generichash_update(&state, (const uint8_t *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&state, data.data, data.len);
	require(crypto_generichash_final(&state, h.bytes, sizeof(h.bytes)) == 0);
	return h;
}

bool
crypt_hash_equal(const struct hash *a, const struct hash *b)
{
	return crypt_equal(crypt_hash_view(a), crypt_hash_view(b));
}

bool
crypt_hash_is_zero(const struct hash *a)
{
	return sodium_is_zero(a->bytes, sizeof(a->bytes)) == 1;
}

struct view
crypt_hash_view(const struct hash *a)
{
	return view_of(a->bytes, sizeof(a->bytes));
}
