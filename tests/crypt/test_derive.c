/* SPDX-License-Identifier: MIT */
/* Derived keys and hashes: the constants were computed with Python's hashlib. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/derive.h"
#include "crypt/expect.h"
#include "crypt/hash.h"
#include "crypt/init.h"
#include "crypt/keyhash.h"

static void
test_derive(void **state)
{
	(void)state;
	struct secret *parent = counting_secret(0, 32), *other = counting_secret(32, 32), *small = counting_secret(0, 16);
	struct secret *a = crypt_derive(parent, "provision/1/test", VIEW_LIT("ctx"));
	struct secret *b = crypt_derive(parent, "provision/1/test", view_of(NULL, 0));
	struct secret *c = crypt_derive(small, "provision/1/test", VIEW_LIT("ctx"));
	struct secret *d = crypt_derive_both(parent, other, "provision/1/test", VIEW_LIT("ctx"));
	expect_hex(secret_view(a), "e892b7282560977d20c6b98f829a3ff1d32cf06236b17ae658426ec1007d4593");
	expect_hex(secret_view(b), "e530a8a55cef0bef054e68072c4ba9f9ad7e6b3ce06bddbbe0e38ab486099b83");
	expect_hex(secret_view(c), "aedff59822b1b38096a43bff460f4dff8e89222c705b0bd71feffcc0a5a2b9c1");
	expect_hex(secret_view(d), "41f9b35e2fa36d3e0ce24799fb8996bf0a3962e6e08a4624f3befb68a37ac185");
	struct secret *all[] = { parent, other, small, a, b, c, d };
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		secret_free(&all[i]);
}

/* "ab" || 0 || "c" is not "a" || 0 || "bc" */
static void
test_purpose_is_separated(void **state)
{
	(void)state;
	struct hash a = crypt_hash("ab", VIEW_LIT("c")), b = crypt_hash("a", VIEW_LIT("bc"));
	assert_false(crypt_hash_equal(&a, &b));
}

static void
test_hash(void **state)
{
	(void)state;
	struct secret *key = counting_secret(0, 32);
	struct hash plain = crypt_hash("provision/1/test", VIEW_LIT("data"));
	struct hash keyed = crypt_keyhash(key, "provision/1/test", VIEW_LIT("data"));
	struct hash zero = { { 0 } };
	expect_hex(crypt_hash_view(&plain), "e01b38b9a4a62a8f181b57cd1ea05f636b03963c6f6c69a4cbaee03017e51e4a");
	expect_hex(crypt_hash_view(&keyed), "f9c30c9952720dd0db1d79360aa7d7eea17a6170bd8d2bb4c5a511a2778cd7c1");
	assert_true(crypt_hash_equal(&plain, &plain));
	assert_false(crypt_hash_equal(&plain, &keyed));
	assert_true(crypt_hash_is_zero(&zero));
	assert_false(crypt_hash_is_zero(&plain));
	secret_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derive),
		cmocka_unit_test(test_purpose_is_separated),
		cmocka_unit_test(test_hash),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
