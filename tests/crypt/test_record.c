/* SPDX-License-Identifier: MIT */
/* Records: bound to key and associated data, never half-released. The foreign record was made by libsodium.js. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/text.h"
#include "crypt/equal.h"
#include "crypt/expect.h"
#include "crypt/hash.h"
#include "crypt/init.h"
#include "crypt/record.h"

static void
test_round_trip(void **state)
{
	struct secret *key = secret_random(32), *plain = NULL;
	struct buf sealed, out;
	(void)state;
	buf_init(&sealed, 1000);
	buf_init(&out, 1000);
	assert_int_equal(buf_append_str(&out, "before"), 0);
	assert_int_equal(crypt_record_seal(key, VIEW_LIT("ad"), VIEW_LIT("hello"), &sealed), 0);
	assert_int_equal(sealed.len, 5 + CRYPT_RECORD_OVERHEAD);
	assert_int_equal(crypt_record_open(key, VIEW_LIT("ad"), buf_view(&sealed), &out), 0);
	assert_true(view_equal_str(buf_view(&out), "beforehello"));
	assert_int_equal(crypt_record_open(key, VIEW_LIT("aD"), buf_view(&sealed), &out), ERR_CRYPTO);
	assert_int_equal(crypt_record_open_secret(key, VIEW_LIT("aD"), buf_view(&sealed), &plain), ERR_CRYPTO);
	assert_null(plain);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 0x80;
		assert_int_equal(crypt_record_open(key, VIEW_LIT("ad"), buf_view(&sealed), &out), ERR_CRYPTO);
		sealed.data[i] ^= 0x80;
		assert_int_equal(crypt_record_open(key, VIEW_LIT("ad"), view_of(sealed.data, i), &out), ERR_CRYPTO);
	}
	assert_int_equal(out.len, 11);
	assert_int_equal(crypt_record_open_secret(key, VIEW_LIT("ad"), buf_view(&sealed), &plain), 0);
	assert_true(crypt_equal(secret_view(plain), VIEW_LIT("hello")));
	secret_free(&plain);
	secret_free(&key);
	key = secret_random(32);
	assert_int_equal(crypt_record_open(key, VIEW_LIT("ad"), buf_view(&sealed), &out), ERR_CRYPTO);
	secret_free(&key);
	buf_deinit(&sealed);
	buf_deinit(&out);
}

static void
test_foreign_record(void **state)
{
	uint8_t sealed[45], plain[5];
	struct secret *key = counting_secret(0, 32);
	(void)state;
	assert_int_equal(text_unhex(VIEW_LIT("070707070707070707070707070707070707070707070707"
	    "8eda37b431085b7a7b7054f582d69e36590c6aac70"), sealed, sizeof(sealed)), 0);
	assert_int_equal(crypt_record_open_at(key, VIEW_LIT("ad"), view_of(sealed, sizeof(sealed)), plain), 0);
	assert_memory_equal(plain, "hello", 5);
	sealed[44] ^= 1;
	assert_int_equal(crypt_record_open_at(key, VIEW_LIT("ad"), view_of(sealed, sizeof(sealed)), plain), ERR_CRYPTO);
	assert_memory_equal(plain, "\0\0\0\0\0", 5);
	secret_free(&key);
}

static void
test_nonces_differ(void **state)
{
	uint8_t a[40], b[40];
	struct secret *key = secret_random(32);
	(void)state;
	crypt_record_seal_at(key, view_of(NULL, 0), view_of(NULL, 0), a);
	crypt_record_seal_at(key, view_of(NULL, 0), view_of(NULL, 0), b);
	assert_memory_not_equal(a, b, 24);
	secret_free(&key);
}

/* Nothing but tag on top; the associated data makes the nonce, so another one opens nothing. */
static void
test_derived_nonce(void **state)
{
	(void)state;
	struct secret *key = secret_random(CRYPT_KEY_BYTES), *other = secret_random(CRYPT_KEY_BYTES);
	struct buf a, b, plain;
	buf_init(&a, 100);
	buf_init(&b, 100);
	buf_init(&plain, 100);
	assert_int_equal(crypt_record_seal_derived(key, VIEW_LIT("place 1"), VIEW_LIT("text"), &a), 0);
	assert_int_equal(crypt_record_seal_derived(key, VIEW_LIT("place 2"), VIEW_LIT("text"), &b), 0);
	assert_int_equal(a.len, 4 + CRYPT_RECORD_TAG_BYTES);
	assert_memory_not_equal(a.data, b.data, 4);
	assert_int_equal(crypt_record_open_derived(key, VIEW_LIT("place 2"), buf_view(&a), &plain), ERR_CRYPTO);
	assert_int_equal(crypt_record_open_derived(other, VIEW_LIT("place 1"), buf_view(&a), &plain), ERR_CRYPTO);
	assert_int_equal(crypt_record_open_derived(key, VIEW_LIT("place 1"), view_slice(buf_view(&a), 0, 15), &plain), ERR_CRYPTO);
	for (size_t i = 0; i < a.len; i++) {
		a.data[i] ^= 1;
		assert_int_equal(crypt_record_open_derived(key, VIEW_LIT("place 1"), buf_view(&a), &plain), ERR_CRYPTO);
		a.data[i] ^= 1;
	}
	assert_int_equal(plain.len, 0);
	assert_int_equal(crypt_record_open_derived(key, VIEW_LIT("place 1"), buf_view(&a), &plain), 0);
	assert_true(view_equal(buf_view(&plain), VIEW_LIT("text")));
	buf_deinit(&a);
	buf_deinit(&b);
	buf_deinit(&plain);
	secret_free(&key);
	secret_free(&other);
}

/* On disk: the ordinary form, with the nonce that the header promises left out. */
static void
test_derived_form(void **state)
{
	struct secret *key = secret_random(CRYPT_KEY_BYTES);
	struct hash nonce = crypt_hash("provision/1/record/nonce", VIEW_LIT("place 1"));
	struct buf sealed, plain;
	(void)state;
	buf_init(&sealed, 100);
	buf_init(&plain, 100);
	assert_int_equal(buf_append_view(&sealed, view_of(nonce.bytes, CRYPT_RECORD_NONCE_BYTES)), 0);
	assert_int_equal(crypt_record_seal_derived(key, VIEW_LIT("place 1"), VIEW_LIT("text"), &sealed), 0);
	assert_int_equal(crypt_record_open(key, VIEW_LIT("place 1"), buf_view(&sealed), &plain), 0);
	assert_true(view_equal(buf_view(&plain), VIEW_LIT("text")));
	buf_deinit(&sealed);
	buf_deinit(&plain);
	secret_free(&key);
}

static void
test_full_buffer(void **state)
{
	struct secret *key = secret_random(32);
	struct buf out;
	(void)state;
	buf_init(&out, 44);
	assert_int_equal(crypt_record_seal(key, view_of(NULL, 0), VIEW_LIT("hello"), &out), ERR_LIMIT);
	assert_int_equal(out.len, 0);
	secret_free(&key);
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_foreign_record),
		cmocka_unit_test(test_nonces_differ),
		cmocka_unit_test(test_derived_nonce),
		cmocka_unit_test(test_derived_form),
		cmocka_unit_test(test_full_buffer),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
