/* SPDX-License-Identifier: MIT */
/*
 * The key of the harnesses, and signing with it.
 */
#include "fuzz/sign.h"

#include <string.h>

#include "base/fatal.h"
#include "crypt/init.h"

const struct secret *
sign_private(void)
{
	static const uint8_t seed[CRYPT_SIGN_SEED_BYTES] = { 'f', 'u', 'z', 'z' };
	static struct secret *private;
	struct sign_public public;
	if (private == NULL) {
		require(crypt_init() == 0);
		crypt_sign_keypair_of(view_of(seed, sizeof(seed)), &public, &private);
	}
	return private;
}

struct sign_public
sign_public(void)
{
	return crypt_sign_public(sign_private());
}

void
sign_patch(struct buf *b, size_t offset, const void *bytes, size_t n)
{
	if (offset <= b->len && n <= b->len - offset)
		memcpy(b->data + offset, bytes, n);
}

void
sign_append(struct buf *b, const char *purpose)
{
	struct signature sig = crypt_sign(sign_private(), purpose, buf_view(b));
	require(buf_append(b, sig.bytes, sizeof(sig.bytes)) == 0);
}

void
sign_make(struct view body, size_t key_offset, const char *purpose, struct buf *out)
{
	struct sign_public public = sign_public();
	require(out->len == 0 && buf_append_view(out, body) == 0);
	sign_patch(out, key_offset, public.bytes, sizeof(public.bytes));
	sign_append(out, purpose);
}
