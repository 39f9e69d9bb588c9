/* SPDX-License-Identifier: MIT */
/* AES-256-GCM, SHA-256 and HMAC-SHA-256: the constants were computed with OpenSSL (Node) and Python. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/bulk.h"
#include "crypt/digest.h"
#include "crypt/expect.h"
#include "crypt/init.h"

static void
test_known_answer(void **state)
{
	uint8_t nonce[12], out[21], plain[5];
	struct secret *key = counting_secret(0, 32);
	(void)state;
	memset(nonce, 9, sizeof(nonce));
	struct bulk *b = crypt_bulk_new(key);
	for (int round = 0; round < 2; round++) {   /* a handle is reusable */
		assert_int_equal(crypt_bulk_encrypt(b, nonce, VIEW_LIT("ad"), VIEW_LIT("hello"), out), 0);
		expect_hex(view_of(out, 21), "db7d6457e84d12339049d018b41e6005b7b845b2c8");
	}
	assert_int_equal(crypt_bulk_decrypt(b, nonce, VIEW_LIT("ad"), view_of(out, 21), plain), 0);
	assert_memory_equal(plain, "hello", 5);
	crypt_bulk_free(&b);
	crypt_bulk_free(&b);
	secret_free(&key);
}

static void
test_changes_are_refused(void **state)
{
	uint8_t nonce[12] = { 1 }, out[21], plain[5];
	struct secret *key = secret_random(32), *other = secret_random(32);
	struct bulk *b = crypt_bulk_new(key), *wrong = crypt_bulk_new(other);
	(void)state;
	assert_int_equal(crypt_bulk_encrypt(b, nonce, VIEW_LIT("ad"), VIEW_LIT("hello"), out), 0);
	for (size_t i = 0; i < sizeof(out); i++) {
		out[i] ^= 4;
		memset(plain, 0xff, sizeof(plain));
		assert_int_equal(crypt_bulk_decrypt(b, nonce, VIEW_LIT("ad"), view_of(out, 21), plain), ERR_CRYPTO);
		assert_memory_equal(plain, "\0\0\0\0\0", 5);
		out[i] ^= 4;
	}
	assert_int_equal(crypt_bulk_decrypt(b, nonce, VIEW_LIT("aD"), view_of(out, 21), plain), ERR_CRYPTO);
	assert_int_equal(crypt_bulk_decrypt(wrong, nonce, VIEW_LIT("ad"), view_of(out, 21), plain), ERR_CRYPTO);
	assert_int_equal(crypt_bulk_decrypt(b, nonce, VIEW_LIT("ad"), view_of(out, 15), plain), ERR_CRYPTO);
	nonce[11] = 1;
	assert_int_equal(crypt_bulk_decrypt(b, nonce, VIEW_LIT("ad"), view_of(out, 21), plain), ERR_CRYPTO);
	crypt_bulk_free(&b);
	crypt_bulk_free(&wrong);
	secret_free(&key);
	secret_free(&other);
}

static void
test_empty_and_large(void **state)
{
	enum { LARGE = 1 << 20 };
	uint8_t nonce[12] = { 0 }, tag[16], nothing[1];
	struct secret *key = secret_random(32);
	struct bulk *b = crypt_bulk_new(key);
	(void)state;
	assert_int_equal(crypt_bulk_encrypt(b, nonce, VIEW_LIT("ad"), view_of(NULL, 0), tag), 0);
	assert_int_equal(crypt_bulk_decrypt(b, nonce, VIEW_LIT("ad"), view_of(tag, 16), nothing), 0);
	tag[0] ^= 1;
	assert_int_equal(crypt_bulk_decrypt(b, nonce, VIEW_LIT("ad"), view_of(tag, 16), nothing), ERR_CRYPTO);
	uint8_t *plain = mem_alloc(LARGE), *sealed = mem_alloc(LARGE + 16), *again = mem_alloc(LARGE);
	memset(plain, 0x5a, LARGE);
	assert_int_equal(crypt_bulk_encrypt(b, nonce, view_of(NULL, 0), view_of(plain, LARGE), sealed), 0);
	assert_int_equal(crypt_bulk_decrypt(b, nonce, view_of(NULL, 0), view_of(sealed, LARGE + 16), again), 0);
	assert_memory_equal(plain, again, LARGE);
	mem_free(&plain);
	mem_free(&sealed);
	mem_free(&again);
	crypt_bulk_free(&b);
	secret_free(&key);
}

static void
test_digest(void **state)
{
	uint8_t out[32];
	struct secret *key = counting_secret(0, 32);
	struct digest *plain = crypt_digest_new(), *keyed = crypt_digest_new_keyed(key);
	(void)state;
	for (int round = 0; round < 2; round++) {
		crypt_digest_update(plain, VIEW_LIT("a"));
		crypt_digest_update(plain, view_of(NULL, 0));
		crypt_digest_update(plain, VIEW_LIT("bc"));
		crypt_digest_final(plain, out);
		expect_hex(view_of(out, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		crypt_digest_update(keyed, VIEW_LIT("ab"));
		crypt_digest_update(keyed, VIEW_LIT("c"));
		crypt_digest_final(keyed, out);
		expect_hex(view_of(out, 32), "f0133729c4163dede81e21cd47839256da58171238c8a0d874397c73b14e1e47");
	}
	crypt_digest_sha256(VIEW_LIT("abc"), out);
	expect_hex(view_of(out, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypt_digest_sha256(view_of(NULL, 0), out);
	expect_hex(view_of(out, 32), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	crypt_digest_free(&plain);
	crypt_digest_free(&keyed);
	crypt_digest_free(&keyed);
	secret_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_changes_are_refused),
		cmocka_unit_test(test_empty_and_large),
		cmocka_unit_test(test_digest),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
