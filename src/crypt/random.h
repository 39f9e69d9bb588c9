/* SPDX-License-Identifier: MIT */
/*
 * Random bytes of the kernel (through libsodium). Never fails, never blocks after boot.
 */
#ifndef CRYPT_RANDOM_H
#define CRYPT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/text.h"

/* Most bytes a token may have; its text has TEXT_BASE32_LEN(n) characters. */
#define CRYPT_TOKEN_MAX 64

void crypt_random(void *p, size_t n);
/* n (16..CRYPT_TOKEN_MAX) random bytes as lower-case base32; out holds TEXT_BASE32_LEN(n) + 1 bytes. */
void crypt_random_token(size_t n, char *out);
/* Uniform in [0, bound), bound > 0. */
uint32_t crypt_random_below(uint32_t bound);

/* A new id. */
static inline struct id
id_random(void)
{
	struct id id;
	crypt_random(id.bytes, sizeof(id.bytes));
	return id;
}

#endif
