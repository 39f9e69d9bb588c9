/* SPDX-License-Identifier: MIT */
/*
 * The one source of randomness, libsodium's randombytes (getrandom(2)). Nothing else in the tree makes random
 * bytes, so that tests can put a deterministic source in its place for vectors.
 */
#include "crypt/random.h"

#include <sodium.h>

#include "base/fatal.h"
#include "crypt/secret.h"

void
crypt_random(void *p, size_t n)
{
	if (n > 0)
		randombytes_buf(p, n);
}

void
crypt_random_token(size_t n, char *out)
{
	uint8_t bytes[CRYPT_TOKEN_MAX];
	require(n >= 16 && n <= sizeof(bytes));
	crypt_random(bytes, n);
	text_base32(view_of(bytes, n), out);
	secret_wipe(bytes, sizeof(bytes));
}

uint32_t
crypt_random_below(uint32_t bound)
{
	require(bound > 0);
	return randombytes_uniform(bound);
}
