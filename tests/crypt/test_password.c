/* SPDX-License-Identifier: MIT */
/* Password keys: the constants were computed with libsodium.js. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/expect.h"
#include "crypt/init.h"
#include "crypt/password.h"

static const struct view service = { (const uint8_t *)"provision.example", 17 };
static const struct view address = { (const uint8_t *)"anna@example.org", 16 };

static void
test_known_answer(void **state)
{
	(void)state;
	struct secret *password = secret_from_view(VIEW_LIT("Gr\xc3\xbc\xc3\x9f""e"));
	struct secret *salt = counting_secret(0, 16), *auth, *wrap;
	struct crypt_cost cost = crypt_password_floor();
	assert_int_equal(crypt_password_keys(password, service, address, secret_view(salt), &cost, &auth, &wrap), 0);
	expect_hex(secret_view(auth), "08730ad30a99a95d028ed6542086f90f80d4a8b6cf4251794610dcdd36ceac35");
	expect_hex(secret_view(wrap), "7c920d7d2eca9e9b2b6cb9b83966803c18fef10f9dbc8611e0cb45e949e32c8b");
	secret_free(&auth);
	secret_free(&wrap);
	secret_free(&salt);
	secret_free(&password);
}

static void
test_cost_limits(void **state)
{
	(void)state;
	static const struct { struct crypt_cost cost; int err; } rows[] = {
		{ { 131072, 3 }, 0 }, { { 131071, 3 }, ERR_LIMIT }, { { 131072, 2 }, ERR_LIMIT }, { { 1048576, 16 }, 0 },
		{ { 1048577, 3 }, ERR_LIMIT }, { { 131072, 17 }, ERR_LIMIT }, { { 0, 0 }, ERR_LIMIT },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(crypt_password_check_cost(&rows[i].cost), rows[i].err);
	struct crypt_cost floor = crypt_password_floor(), more = { 262144, 3 }, other = { 131072, 4 };
	assert_true(crypt_password_cost_covers(&more, &floor));
	assert_true(crypt_password_cost_covers(&floor, &floor));
	assert_false(crypt_password_cost_covers(&floor, &more));
	assert_false(crypt_password_cost_covers(&more, &other));
}

/* Refused before anything is hashed. */
static void
test_bad_lengths(void **state)
{
	(void)state;
	struct secret *password = secret_from_view(VIEW_LIT("x")), *none = secret_new(0), *long_one = secret_new(1025);
	struct secret *auth = NULL, *wrap = NULL;
	struct crypt_cost cost = crypt_password_floor(), cheap = { 8, 1 };
	struct view salt = VIEW_LIT("0123456789abcdef"), bad = VIEW_LIT("0123456789abcde");
	assert_int_equal(crypt_password_keys(none, service, address, salt, &cost, &auth, &wrap), ERR_LIMIT);
	assert_int_equal(crypt_password_keys(long_one, service, address, salt, &cost, &auth, &wrap), ERR_LIMIT);
	assert_int_equal(crypt_password_keys(password, service, address, bad, &cost, &auth, &wrap), ERR_LIMIT);
	assert_int_equal(crypt_password_keys(password, view_of(NULL, 0), address, salt, &cost, &auth, &wrap), ERR_LIMIT);
	assert_int_equal(crypt_password_keys(password, service, view_of(NULL, 0), salt, &cost, &auth, &wrap), ERR_LIMIT);
	assert_int_equal(crypt_password_keys(password, service, address, salt, &cheap, &auth, &wrap), ERR_LIMIT);
	assert_null(auth);
	secret_free(&password);
	secret_free(&none);
	secret_free(&long_one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_cost_limits),
		cmocka_unit_test(test_bad_lengths),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
