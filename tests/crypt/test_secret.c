/* SPDX-License-Identifier: MIT */
/* Secrets: born zeroed, wiped when freed, any length; random bytes; constant-time comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/equal.h"
#include "crypt/init.h"
#include "crypt/random.h"
#include "crypt/secret.h"

static void
test_lengths(void **state)
{
	static const size_t lengths[] = { 0, 1, 32, 64, 80, 88, 89, 96, 97, 1000, 5000, 100001 };
	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct secret *s = secret_new(lengths[i]);
		assert_int_equal(secret_len(s), lengths[i]);
		for (size_t k = 0; k < lengths[i]; k++)
			assert_int_equal(secret_bytes(s)[k], 0);
		memset(secret_bytes(s), 0xa5, lengths[i]);
		struct secret *copy = secret_copy(s);
		assert_true(crypt_equal(secret_view(copy), secret_view(s)));
		secret_free(&s);
		assert_null(s);
		secret_free(&s);
		secret_free(&copy);
	}
}

static void
test_slot_is_wiped(void **state)
{
	(void)state;
	struct secret *s = secret_new(32);
	uint8_t *bytes = secret_bytes(s);
	memset(bytes, 0xa5, 32);
	secret_free(&s);
	/* the slab stays mapped; all but the link in front must be zero */
	for (size_t i = 8; i < 32; i++)
		assert_int_equal(bytes[i], 0);
	s = secret_new(88);
	for (size_t i = 0; i < 88; i++)
		assert_int_equal(secret_bytes(s)[i], 0);
	secret_free(&s);
}

static void
test_many_are_apart(void **state)
{
	enum { N = 1000 };
	struct secret *all[N];
	(void)state;
	for (size_t i = 0; i < N; i++) {
		all[i] = secret_new(sizeof(i) + i % 81);
		memcpy(secret_bytes(all[i]), &i, sizeof(i));
	}
	for (size_t i = 0; i < N; i++) {
		assert_memory_equal(secret_bytes(all[i]), &i, sizeof(i));
		secret_free(&all[i]);
	}
}

static void *
churn(void *arg)
{
	for (size_t i = 0; i < 20000; i++) {
		struct secret *a = secret_new(32);
		struct secret *b = secret_new(32);
		memset(secret_bytes(a), 1, 32);
		memset(secret_bytes(b), 2, 32);
		if (secret_bytes(a)[31] != 1)
			return arg;   /* two threads share a slot */
		secret_free(&a);
		secret_free(&b);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t other;
	void *result;
	int failed;
	(void)state;
	assert_int_equal(pthread_create(&other, NULL, churn, &failed), 0);
	assert_null(churn(&failed));
	assert_int_equal(pthread_join(other, &result), 0);
	assert_null(result);
}

static void
test_random(void **state)
{
	char a[TEXT_BASE32_LEN(20) + 1], b[TEXT_BASE32_LEN(20) + 1];
	(void)state;
	crypt_random_token(20, a);
	crypt_random_token(20, b);
	assert_int_equal(strlen(a), 32);
	assert_string_not_equal(a, b);
	struct id x = id_random(), y = id_random();
	assert_false(id_equal(&x, &y));
	struct secret *s = secret_random(32), *t = secret_random(32);
	assert_false(crypt_equal(secret_view(s), secret_view(t)));
	secret_free(&s);
	secret_free(&t);
	for (int i = 0; i < 100; i++)
		assert_true(crypt_random_below(7) < 7);
	assert_int_equal(crypt_random_below(1), 0);
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(crypt_equal(view_of(NULL, 0), view_of("", 0)));
	assert_true(crypt_equal(VIEW_LIT("abc"), VIEW_LIT("abc")));
	assert_false(crypt_equal(VIEW_LIT("abc"), VIEW_LIT("abd")));
	assert_false(crypt_equal(VIEW_LIT("abc"), VIEW_LIT("ab")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_slot_is_wiped),
		cmocka_unit_test(test_many_are_apart),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_equal),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
