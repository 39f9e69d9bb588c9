/* SPDX-License-Identifier: MIT */
/*
 * Slices by GnuTLS, one after the other: for machines without Intel's multi-buffer library (slices_mb.c), with the same
 * results.
 */
#include "crypt/slices.h"

#include "base/fatal.h"
#include "base/mem.h"

#define SLICE CRYPT_SLICE_BYTES

struct slices {
	int none;
};

struct slices *
crypt_slices_new(void)
{
	return mem_alloc(sizeof(struct slices));
}

void
crypt_slices_free(struct slices **s)
{
	mem_free(s);
}

void
crypt_slices_sha256(struct slices *s, struct view data, uint8_t *out)
{
	(void)s;
	require(data.len <= CRYPT_SLICES_MAX);
	for (size_t i = 0; i < CRYPT_SLICES(data.len); i++)
		crypt_digest_sha256(view_slice(data, i * SLICE, SLICE), out + i * CRYPT_DIGEST_BYTES);
}

const char *
crypt_slices_method(void)
{
	return "one by one";
}
