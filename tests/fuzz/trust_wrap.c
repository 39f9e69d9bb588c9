/* SPDX-License-Identifier: MIT */
/*
 * trust/wrap.h: wrapped keys as the server takes them from a client. One form is one kind.
 */
#include "base/fatal.h"
#include "crypt/init.h"
#include "fuzz/fuzz.h"
#include "trust/wrap.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct trust_account account = { .number = 1 };
	static struct secret *key;
	struct trust_keys keys;
	int fits = 0;
	if (key == NULL) {
		require(crypt_init() == 0);
		key = secret_new(CRYPT_KEY_BYTES);
	}
	for (enum trust_wrap kind = TRUST_WRAP_PASSWORD; kind <= TRUST_WRAP_SESSION; kind++) {
		int err = trust_wrap_check(view_of(data, size), kind);
		require(trust_wrap_open(&account, view_of(data, size), kind, key, &keys) == (err == 0 ? ERR_CRYPTO : err));
		fits += err == 0;
	}
	require(fits <= 1);
	return 0;
}
