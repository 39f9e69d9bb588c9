/* SPDX-License-Identifier: MIT */
/*
 * Constant-time comparison by libsodium. Used wherever a secret or an authenticator meets what somebody sent.
 */
#include "crypt/equal.h"

#include <sodium.h>

bool
crypt_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || sodium_memcmp(a.data, b.data, a.len) == 0);
}
