/* SPDX-License-Identifier: MIT */
/* Signatures: bound to key, purpose and message. The constants were computed with OpenSSL (Node). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/expect.h"
#include "crypt/init.h"
#include "crypt/sign.h"

static void
test_known_answer(void **state)
{
	struct sign_public public;
	struct secret *seed = counting_secret(0, 32), *private;
	(void)state;
	crypt_sign_keypair_of(secret_view(seed), &public, &private);
	expect_hex(view_of(public.bytes, 32), "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
	struct signature sig = crypt_sign(private, "provision/1/test", VIEW_LIT("message"));
	expect_hex(view_of(sig.bytes, 64), "5f91de61ea04ee1a11dbbc7232303870f5666c9376f82b6b26f3204e8a60e555"
	    "5c5698c68b8fe5b9b85c62def614a287b5ff46a1718639bf692898be3f2a5d0c");
	struct sign_public again = crypt_sign_public(private);
	assert_true(crypt_sign_public_equal(&public, &again));
	expect_hex(crypt_sign_seed(private), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	secret_free(&seed);
	secret_free(&private);
}

static void
test_binding(void **state)
{
	struct sign_public a, b;
	struct secret *pa, *pb;
	(void)state;
	crypt_sign_keypair(&a, &pa);
	crypt_sign_keypair(&b, &pb);
	assert_false(crypt_sign_public_equal(&a, &b));
	struct signature sig = crypt_sign(pa, "ab", VIEW_LIT("cd"));
	assert_int_equal(crypt_sign_verify(&a, "ab", VIEW_LIT("cd"), &sig), 0);
	assert_int_equal(crypt_sign_verify(&b, "ab", VIEW_LIT("cd"), &sig), ERR_CRYPTO);
	assert_int_equal(crypt_sign_verify(&a, "ac", VIEW_LIT("cd"), &sig), ERR_CRYPTO);
	assert_int_equal(crypt_sign_verify(&a, "ab", VIEW_LIT("ce"), &sig), ERR_CRYPTO);
	assert_int_equal(crypt_sign_verify(&a, "a", VIEW_LIT("bcd"), &sig), ERR_CRYPTO);
	assert_int_equal(crypt_sign_verify(&a, "ab", view_of(NULL, 0), &sig), ERR_CRYPTO);
	for (size_t i = 0; i < sizeof(sig.bytes); i++) {
		sig.bytes[i] ^= 0x10;
		assert_int_equal(crypt_sign_verify(&a, "ab", VIEW_LIT("cd"), &sig), ERR_CRYPTO);
		sig.bytes[i] ^= 0x10;
	}
	secret_free(&pa);
	secret_free(&pb);
}

/* With the neutral element as key a zero signature would verify for every message in a careless library. */
static void
test_weak_key(void **state)
{
	struct sign_public neutral = { { 1 } };
	struct signature sig = { { 1 } };
	(void)state;
	assert_int_equal(crypt_sign_verify(&neutral, "ab", VIEW_LIT("cd"), &sig), ERR_CRYPTO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_weak_key),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
