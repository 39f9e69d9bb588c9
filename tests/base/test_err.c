/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

static void
every_error_has_a_full_row(void **state)
{
	(void)state;
	for (int err = -1; err > ERR_LAST; err--) {
		assert_non_null(err_name(err));
		for (const char *c = err_name(err); *c != '\0'; c++)
			assert_true(islower((unsigned char)*c) || *c == '-');
		size_t len = strlen(err_text(err));
		assert_true(len > 0 && err_text(err)[len - 1] != '.');
		assert_in_range(err_http_status(err), 400, 507);
		assert_in_range(err_exit_code(err), 64, 78);
		assert_true(err_smtp_reply(err)[0] == '4' || err_smtp_reply(err)[0] == '5');
	}
}

static void
names_are_different(void **state)
{
	(void)state;
	for (int a = 0; a > ERR_LAST; a--)
		for (int b = a - 1; b > ERR_LAST; b--)
			assert_string_not_equal(err_name(a), err_name(b));
}

static void
smtp_reply_is_code_and_enhanced_status_of_one_class(void **state)
{
	(void)state;
	for (int err = 0; err > ERR_LAST; err--) {
		const char *r = err_smtp_reply(err);
		assert_true(strlen(r) >= 9);
		assert_true(isdigit((unsigned char)r[1]) && isdigit((unsigned char)r[2]) && r[3] == ' ');
		assert_int_equal(r[0], r[4]);
		assert_int_equal(r[5], '.');
	}
}

static void
success_is_no_failure(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_OK), "ok");
	assert_int_equal(err_http_status(ERR_OK), 200);
	assert_int_equal(err_exit_code(ERR_OK), 0);
	assert_string_equal(err_smtp_reply(ERR_OK), "250 2.0.0");
}

static void
what_scripts_rely_on(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_NOT_FOUND), "not-found");
	assert_int_equal(err_http_status(ERR_NOT_FOUND), 404);
	assert_int_equal(err_http_status(ERR_LOGIN), 401);
	assert_int_equal(err_http_status(ERR_BUSY), 429);
	assert_int_equal(err_http_status(ERR_FULL), 507);
	assert_int_equal(err_exit_code(ERR_USAGE), 64);
	assert_int_equal(err_exit_code(ERR_CONFIG), 78);
	assert_int_equal(err_exit_code(ERR_TRUST), 76);
	assert_string_equal(err_smtp_reply(ERR_FULL), "452 4.3.1");
}

static void
unknown_numbers_are_our_mistake(void **state)
{
	(void)state;
	const int UNKNOWN[] = { 1, 77, ERR_LAST, ERR_LAST - 1, -1000000, -2147483647 - 1, 2147483647 };
	for (size_t i = 0; i < sizeof(UNKNOWN) / sizeof(UNKNOWN[0]); i++) {
		assert_string_equal(err_name(UNKNOWN[i]), "unknown");
		assert_int_equal(err_http_status(UNKNOWN[i]), 500);
		assert_int_equal(err_exit_code(UNKNOWN[i]), 70);
	}
}

static void
errno_is_translated(void **state)
{
	(void)state;
	assert_int_equal(err_from_errno(ENOENT), ERR_NOT_FOUND);
	/* no such file can be there */
	assert_int_equal(err_from_errno(ENOTDIR), ERR_NOT_FOUND);
	assert_int_equal(err_from_errno(ENAMETOOLONG), ERR_NOT_FOUND);
	assert_int_equal(err_from_errno(EEXIST), ERR_EXISTS);
	assert_int_equal(err_from_errno(ENOSPC), ERR_FULL);
	assert_int_equal(err_from_errno(EDQUOT), ERR_FULL);
	assert_int_equal(err_from_errno(EACCES), ERR_DENIED);
	assert_int_equal(err_from_errno(EPERM), ERR_DENIED);
	assert_int_equal(err_from_errno(EIO), ERR_IO);
	assert_int_equal(err_from_errno(0), ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_full_row),
		cmocka_unit_test(names_are_different),
		cmocka_unit_test(smtp_reply_is_code_and_enhanced_status_of_one_class),
		cmocka_unit_test(success_is_no_failure),
		cmocka_unit_test(what_scripts_rely_on),
		cmocka_unit_test(unknown_numbers_are_our_mistake),
		cmocka_unit_test(errno_is_translated),
	};
	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
