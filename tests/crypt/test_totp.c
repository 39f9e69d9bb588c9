/* SPDX-License-Identifier: MIT */
/* Codes of an authenticator app: the vectors of RFC 6238, appendix B (its 8 digits end in our 6), and which steps count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/init.h"
#include "crypt/totp.h"

#define SECRET VIEW_LIT("12345678901234567890")
#define STEP UINT64_C(37037036)        /* of 1111111109 s; its code is 081804 */
#define AT_MS (STEP * CRYPT_TOTP_STEP_MS)

static void
test_vectors(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *code;
	} rows[] = {
		{ 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" }, { 1234567890, "005924" },
		{ 2000000000, "279037" }, { 20000000000, "353130" },
	};
	char code[CRYPT_TOTP_DIGITS + 1];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t step = 0, at_ms = rows[i].seconds * 1000;
		crypt_totp_code(SECRET, at_ms / CRYPT_TOTP_STEP_MS, code);
		assert_string_equal(code, rows[i].code);
		assert_int_equal(crypt_totp_find(SECRET, at_ms, 0, view_str(code), &step), 0);
		assert_int_equal(step, at_ms / CRYPT_TOTP_STEP_MS);
	}
}

/* From the first millisecond of the step before to the last one of the step after. */
static void
test_edges(void **state)
{
	static const struct {
		int64_t offset_ms;
		int err;
	} rows[] = {
		{ -30001, ERR_NOT_FOUND }, { -30000, 0 }, { 0, 0 }, { 29999, 0 }, { 59999, 0 }, { 60000, ERR_NOT_FOUND },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t step = 0, now_ms = (uint64_t)((int64_t)AT_MS + rows[i].offset_ms);
		assert_int_equal(crypt_totp_find(SECRET, now_ms, 0, VIEW_LIT("081804"), &step), rows[i].err);
		assert_int_equal(step, rows[i].err == 0 ? STEP : 0);
	}
	uint64_t step = 0;
	assert_int_equal(crypt_totp_find(SECRET, 0, 0, VIEW_LIT("755224"), &step), ERR_NOT_FOUND);
}

static void
test_once(void **state)
{
	uint64_t step = 0;
	(void)state;
	assert_int_equal(crypt_totp_find(SECRET, AT_MS, STEP - 1, VIEW_LIT("081804"), &step), 0);
	assert_int_equal(crypt_totp_find(SECRET, AT_MS, step, VIEW_LIT("081804"), &step), ERR_NOT_FOUND);
	assert_int_equal(crypt_totp_find(SECRET, AT_MS, STEP + 1, VIEW_LIT("081804"), &step), ERR_NOT_FOUND);
}

static void
test_other_codes(void **state)
{
	static const char *const wrong[] = { "", "081805", "81804", "0818040", "14081804", "08180", " 81804" };
	uint64_t step = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(crypt_totp_find(SECRET, AT_MS, 0, view_str(wrong[i]), &step), ERR_NOT_FOUND);
	assert_int_equal(crypt_totp_find(VIEW_LIT("12345678901234567891"), AT_MS, 0, VIEW_LIT("081804"), &step), ERR_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_other_codes),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
