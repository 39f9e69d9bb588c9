/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/fatal.h"
#include "cli/strength.h"
#include "crypt/init.h"

static const char *const words[] = { "anna.schmidt@kunde.example", "Anna", "Schmidt", "Schmidt Steuerberatung" };

static const char *
judge(const char *password)
{
	struct secret *s = secret_from_view(view_str(password));
	const char *reason = cli_strength_judge(s, words, 4);
	secret_free(&s);
	return reason;
}

static void
weak_ones_are_refused_with_a_reason(void **state)
{
	(void)state;
	static const struct {
		const char *password, *part;
	} weak[] = {
		{ "", "empty" },
		{ "x7%", "short" },
		{ "password", "common words" },
		{ "letmein2024", "" },
		{ "qwertzuiop", "" },
		{ "aaaaaaaaaaaaaaaa", "" },
		{ "%%%%%%%%%%", "repeats" },
		{ "abcdefghijkl", "sequence" },
		{ "P4ssw0rd!", "" },
		{ "AnnaSchmidt", "name or address" },
		{ "anna.schmidt@kunde.example", "name or address" },
		{ "Schmidt1975", "" },
	};
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		const char *reason = judge(weak[i].password);
		if (reason == NULL || strstr(reason, weak[i].part) == NULL)
			fail_msg("%s: %s", weak[i].password, reason == NULL ? "strong enough" : reason);
	}
}

static void
strong_ones_are_taken(void **state)
{
	(void)state;
	static const char *const strong[] = {
		"vier Eulen zählen 17 blaue Kähne", "Kanarienvogel im Bergwerk 1906", "Xq7#vLm2pZ9w", "correct horse battery staple",
	};
	for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++)
		if (judge(strong[i]) != NULL)
			fail_msg("%s: %s", strong[i], judge(strong[i]));
}

static void
a_nul_is_no_end(void **state)
{
	struct secret *s = secret_from_view(VIEW_LIT("vier Eulen zählen 17\0 blaue"));
	(void)state;
	assert_non_null(cli_strength_judge(s, NULL, 0));
	secret_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weak_ones_are_refused_with_a_reason),
		cmocka_unit_test(strong_ones_are_taken),
		cmocka_unit_test(a_nul_is_no_end),
	};
	require(crypt_init() == 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
