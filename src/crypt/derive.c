/* SPDX-License-Identifier: MIT */
/*
 * Keys from keys, always with a purpose. The state on the stack is overwritten, the child is born in secret
 * memory. Everybody's only way to a derived key.
 */
#include "crypt/derive.h"

#include <sodium.h>
#include <string.h>

#include "base/fatal.h"

/* context and more may be empty; they are hashed one after the other */
static struct secret *
derive(struct view parent, const char *purpose, struct view context, struct view more)
{
	crypto_generichash_state state;
	struct secret *child = secret_new(CRYPT_KEY_BYTES);
	require(parent.len >= crypto_generichash_KEYBYTES_MIN && parent.len <= crypto_generichash_KEYBYTES_MAX);
	require(purpose[0] != '\0');
	require(crypto_generichash_init(&state, parent.data, parent.len, CRYPT_KEY_BYTES) == 0);
	crypto_generichash_update(&state, (const uint8_t *)purpose, strlen(purpose) + 1);
	crypto_generichash_update(&state, context.data, context.len);
	crypto_generichash_update(&state, more.data, more.len);
	require(crypto_generichash_final(&state, secret_bytes(child), CRYPT_KEY_BYTES) == 0);
	secret_wipe(&state, sizeof(state));
	return child;
}

struct secret *
crypt_derive(const struct secret *parent, const char *purpose, struct view context)
{
	return derive(secret_view(parent), purpose, context, view_of(NULL, 0));
}

struct secret *
crypt_derive_both(const struct secret *a, const struct secret *b, const char *purpose, struct view context)
{
	require(secret_len(a) == CRYPT_KEY_BYTES && secret_len(b) == CRYPT_KEY_BYTES);
	return derive(secret_view(a), purpose, secret_view(b), context);
}
