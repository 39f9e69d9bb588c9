/* SPDX-License-Identifier: MIT */
/*
 * Canaries: no 16-byte piece of a file, no file name, no key in anything that leaves the sender's machine, but the names in the
 * file records. Built twice: with the cipher, and (WITH_STUB) with one that encrypts nothing, where the search must find pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/init.h"
#include "package/parcel.h"

#ifdef WITH_STUB
#define IS_STUBBED true
#else
#define IS_STUBBED false
#endif

#define PIECE 16

static const struct parcel_file files[] = {
	{ "Vertraulicher Name des Mandanten.pdf", 50000, 1 }, { "noch ein geheimer Name.txt", PIECE, 2 },
};

static bool
contains(struct view where, struct view what)
{
	for (size_t i = 0; what.len <= where.len && i <= where.len - what.len; i++)
		if (where.data[i] == what.data[0] && memcmp(where.data + i, what.data, what.len) == 0)
			return true;
	return false;
}

/* How many of the pieces are anywhere in what is sent. */
static size_t
found_in(const struct parcel *p, struct view what)
{
	const struct view parts[] = {
		package_writer_header(p->writer), package_writer_manifest_bytes(p->writer), buf_view(&p->body), buf_view(&p->seal),
	};
	size_t hits = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		hits += contains(parts[i], what);
	return hits;
}

static size_t
pieces_of_files(const struct parcel *p)
{
	size_t hits = 0;
	for (size_t f = 0; f < 2; f++) {
		uint8_t *bytes = parcel_contents(&files[f]);
		for (size_t at = 0; at + PIECE <= (size_t)files[f].size; at += 997)
			hits += found_in(p, view_of(bytes + at, PIECE));
		mem_free(&bytes);
	}
	return hits;
}

static void
test_nothing_shows(void **state)
{
	struct cast *c = *state;
	struct parcel p;
	parcel_init(&p, c, files, 2, true);
	size_t hits = pieces_of_files(&p);
	if (IS_STUBBED)
		assert_true(hits > 10);
	else
		assert_int_equal(hits, 0);
	/* names and keys are not the bulk cipher's: hidden in both */
	for (size_t f = 0; f < 2; f++)
		assert_int_equal(found_in(&p, view_str(files[f].path)), 0);
	struct secret *key = package_writer_key(p.writer);
	assert_int_equal(found_in(&p, secret_view(key)), 0);
	assert_int_equal(found_in(&p, crypt_sign_seed(p.sign_private)), 0);
	assert_int_equal(found_in(&p, secret_view(p.private)), 0);
	secret_free(&key);
	parcel_deinit(&p);
}

/* The stubbed client works with itself, so that a whole scenario can be run with it. */
static void
test_round_trip(void **state)
{
	struct parcel p;
	struct package_reader *r;
	parcel_init(&p, *state, files, 2, false);
	struct package_reader_args args = parcel_args(&p);
	assert_int_equal(package_reader_new(&args, &r), 0);
	parcel_expect_contents(&p, r);
	package_reader_free(&r);
	parcel_deinit(&p);
}

static struct cast cast;

static int
setup(void **state)
{
	*state = &cast;
	cast_init(&cast);
	return 0;
}

static int
teardown(void **state)
{
	cast_deinit(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_shows),
		cmocka_unit_test(test_round_trip),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
