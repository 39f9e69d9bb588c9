/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"

static void
memory_is_zeroed_and_aligned(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	for (size_t n = 1; n < 3000; n += 37) {
		uint8_t *p = arena_alloc(a, n);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
}

static void
pieces_do_not_overlap(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	uint8_t *pieces[200];
	for (size_t i = 0; i < 200; i++) {
		pieces[i] = arena_alloc(a, i * 7);
		memset(pieces[i], (int)i, i * 7);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t k = 0; k < i * 7; k++)
			assert_int_equal(pieces[i][k], i);
	arena_free(&a);
}

static void
maximum_holds(void **state)
{
	(void)state;
	struct arena *a = arena_new(1024);
	assert_null(arena_try(a, 1025));
	assert_null(arena_try(a, SIZE_MAX));
	assert_null(arena_try(a, SIZE_MAX - 8));
	assert_non_null(arena_try(a, 1000));
	assert_null(arena_try(a, 17));
	assert_non_null(arena_try(a, 16));
	assert_null(arena_try(a, 0));
	assert_int_equal(arena_used(a), 1024);
	arena_free(&a);
}

static void
many_empty_pieces_count(void **state)
{
	(void)state;
	struct arena *a = arena_new(4096);
	size_t n = 0;
	while (n < 10000 && arena_try(a, 0) != NULL)
		n++;
	assert_in_range(n, 1, 4096 / alignof(max_align_t));
	arena_free(&a);
}

static void
reset_empties_and_zeroes(void **state)
{
	(void)state;
	struct arena *a = arena_new(1 << 20);
	for (size_t round = 0; round < 3; round++) {
		uint8_t *p = arena_alloc(a, 900);
		for (size_t i = 0; i < 900; i++)
			assert_int_equal(p[i], 0);
		memset(p, 1, 900);
		memset(arena_alloc(a, 5000), 1, 5000);
		memset(arena_alloc(a, 500), 1, 500);
		if (round == 1)
			memset(arena_alloc(a, 200000), 1, 200000);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(&a);
}

static void
strings_are_copied(void **state)
{
	(void)state;
	struct arena *a = arena_new(4096);
	char source[] = "Anna";
	char *s = arena_str(a, view_str(source));
	struct view v = arena_dup(a, view_str(source));
	source[0] = 'X';
	assert_string_equal(s, "Anna");
	assert_true(view_equal_str(v, "Anna"));
	assert_string_equal(arena_str(a, view_of(NULL, 0)), "");
	assert_int_equal(arena_dup(a, view_of(NULL, 0)).len, 0);
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(maximum_holds),
		cmocka_unit_test(many_empty_pieces_count),
		cmocka_unit_test(reset_empties_and_zeroes),
		cmocka_unit_test(strings_are_copied),
	};
	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
