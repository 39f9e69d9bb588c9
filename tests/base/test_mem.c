/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"

static void
memory_is_zeroed(void **state)
{
	(void)state;
	for (size_t n = 1; n < 5000; n += 333) {
		uint8_t *p = mem_alloc(n), *q = mem_array(n, 3);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i] | q[i] | q[n + i] | q[2 * n + i], 0);
		memset(p, 0xff, n);
		memset(q, 0xff, 3 * n);
		mem_free(&p);
		mem_free(&q);
		assert_null(p);
		mem_free(&p);
	}
}

static void
nothing_has_its_own_address(void **state)
{
	(void)state;
	void *a = mem_alloc(0), *b = mem_array(0, 5), *c = mem_dup(NULL, 0);
	assert_non_null(a);
	assert_ptr_not_equal(a, b);
	assert_ptr_not_equal(b, c);
	mem_free(&a);
	mem_free(&b);
	mem_free(&c);
}

static void
resize_keeps_the_bytes(void **state)
{
	(void)state;
	char *p = mem_strdup("hello");
	p = mem_resize(p, 1000, 10);
	assert_string_equal(p, "hello");
	p = mem_resize(p, 3, 1);
	assert_memory_equal(p, "hel", 3);
	p = mem_resize(p, 0, 1);
	assert_non_null(p);
	mem_free(&p);
	p = mem_resize(NULL, 4, 4);
	memset(p, 1, 16);
	mem_free(&p);
}

static void
copies(void **state)
{
	(void)state;
	char *s = mem_printf("%s/%05d", "a", 42);
	char *d = mem_dup(s, 3);
	assert_string_equal(s, "a/00042");
	assert_memory_equal(d, "a/0", 3);
	mem_free(&s);
	mem_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed),
		cmocka_unit_test(nothing_has_its_own_address),
		cmocka_unit_test(resize_keeps_the_bytes),
		cmocka_unit_test(copies),
	};
	return cmocka_run_group_tests_name("base/mem", tests, NULL, NULL);
}
