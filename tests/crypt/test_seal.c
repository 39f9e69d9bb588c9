/* SPDX-License-Identifier: MIT */
/* Sealed boxes: for one key only, any change is refused. The foreign box was made by libsodium.js. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/text.h"
#include "crypt/equal.h"
#include "crypt/expect.h"
#include "crypt/init.h"
#include "crypt/seal.h"

static void
test_round_trip(void **state)
{
	struct seal_public public, again;
	struct secret *private, *plain;
	struct buf sealed;
	(void)state;
	buf_init(&sealed, 1000);
	crypt_seal_keypair(&public, &private);
	assert_int_equal(crypt_seal_public(private, &again), 0);
	assert_true(crypt_seal_public_equal(&public, &again));
	assert_int_equal(crypt_seal(&public, VIEW_LIT("hello"), &sealed), 0);
	assert_int_equal(sealed.len, 5 + CRYPT_SEAL_OVERHEAD);
	assert_int_equal(crypt_seal_open(private, buf_view(&sealed), &plain), 0);
	assert_true(crypt_equal(secret_view(plain), VIEW_LIT("hello")));
	secret_free(&plain);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		assert_int_equal(crypt_seal_open(private, buf_view(&sealed), &plain), ERR_CRYPTO);
		sealed.data[i] ^= 1;
	}
	for (size_t i = 0; i < sealed.len; i++)
		assert_int_equal(crypt_seal_open(private, view_of(sealed.data, i), &plain), ERR_CRYPTO);
	assert_null(plain);
	secret_free(&private);
	buf_deinit(&sealed);
}

static void
test_other_key(void **state)
{
	struct seal_public a, b;
	struct secret *pa, *pb, *plain = NULL;
	struct buf sealed;
	(void)state;
	buf_init(&sealed, 1000);
	crypt_seal_keypair(&a, &pa);
	crypt_seal_keypair(&b, &pb);
	assert_false(crypt_seal_public_equal(&a, &b));
	assert_int_equal(crypt_seal(&a, VIEW_LIT("hello"), &sealed), 0);
	assert_int_equal(crypt_seal_open(pb, buf_view(&sealed), &plain), ERR_CRYPTO);
	assert_null(plain);
	secret_free(&pa);
	secret_free(&pb);
	buf_deinit(&sealed);
}

static void
test_foreign_box(void **state)
{
	uint8_t box[53];
	struct seal_public public;
	struct secret *private = counting_secret(0, 32), *plain;
	(void)state;
	assert_int_equal(crypt_seal_public(private, &public), 0);
	expect_hex(view_of(public.bytes, 32), "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f");
	assert_int_equal(text_unhex(VIEW_LIT("e5831e9ae18c5884d68552df6d47189c253c972d3e1e2f72d03d15bba9780169"
	    "2446bb552a8831b2c27e9ec5635800c98bf2409ef2"), box, sizeof(box)), 0);
	assert_int_equal(crypt_seal_open(private, view_of(box, sizeof(box)), &plain), 0);
	assert_true(crypt_equal(secret_view(plain), VIEW_LIT("hello")));
	secret_free(&plain);
	secret_free(&private);
}

static void
test_refusals(void **state)
{
	struct seal_public zero = { { 0 } }, public;
	struct secret *small = secret_new(31);
	struct buf out;
	(void)state;
	buf_init(&out, 10);
	assert_int_equal(crypt_seal_public(small, &public), ERR_CRYPTO);
	assert_int_equal(crypt_seal(&zero, view_of(NULL, 0), &out), ERR_LIMIT);
	buf_deinit(&out);
	buf_init(&out, 1000);
	assert_int_equal(crypt_seal(&zero, VIEW_LIT("hello"), &out), ERR_CRYPTO);
	assert_int_equal(out.len, 0);
	secret_free(&small);
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_other_key),
		cmocka_unit_test(test_foreign_box),
		cmocka_unit_test(test_refusals),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
