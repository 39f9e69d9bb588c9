/* SPDX-License-Identifier: MIT */
/* Recovery codes: what a person may type, what the check digits catch. Constants computed with Python. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypt/equal.h"
#include "crypt/expect.h"
#include "crypt/init.h"
#include "crypt/recovery.h"

#define TEXT "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4HX"

static void
test_known_answer(void **state)
{
	struct secret *code = counting_secret(0, 16), *auth, *wrap;
	(void)state;
	struct secret *text = crypt_recovery_text(code);
	assert_true(view_equal_str(secret_view(text), TEXT));
	crypt_recovery_keys(code, &auth, &wrap);
	expect_hex(secret_view(auth), "4477242428175ce7447765094ece9b20a123dcee4a391121810ec223883a6dd5");
	expect_hex(secret_view(wrap), "db4e9fa23cd7a75fa9edb0103be5b1fd0a5f404cd1bff4bf31e5e12535bab4e1");
	secret_free(&code);
	secret_free(&text);
	secret_free(&auth);
	secret_free(&wrap);
}

static void
test_typed(void **state)
{
	static const char *const good[] = {
		TEXT, "aaaqeayeaudaocajbifqydiob4hx", " AAAQ EAYE\tAUDA OCAJ BIFQ YDIO B4HX ", "aaaqeayeauda0caj8ifqydi08 4hx",
		"A-A-A-Q-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4HX",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct secret *code;
		assert_int_equal(crypt_recovery_parse(view_str(good[i]), &code), 0);
		expect_hex(secret_view(code), "000102030405060708090a0b0c0d0e0f");
		secret_free(&code);
	}
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"", "----", "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4H", TEXT "A", "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4H1",
		"AAAQ_EAYE-AUDA-OCAJ-BIFQ-YDIO-B4HX", "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4H\xc3\x84",
		"BAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4HX", "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4XH",
	};
	struct secret *code = NULL;
	char long_one[200];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(crypt_recovery_parse(view_str(bad[i]), &code), ERR_SYNTAX);
	memset(long_one, ' ', sizeof(long_one));
	memcpy(long_one, TEXT, strlen(TEXT));
	assert_int_equal(crypt_recovery_parse(view_of(long_one, sizeof(long_one)), &code), ERR_SYNTAX);
	assert_null(code);
}

/* Every single wrong character is caught by 12 bits of check with few exceptions: here none. */
static void
test_every_typo(void **state)
{
	char typed[] = TEXT;
	struct secret *code = NULL;
	(void)state;
	for (size_t i = 0; i < strlen(TEXT); i++) {
		if (TEXT[i] == '-')
			continue;
		typed[i] = TEXT[i] == 'K' ? 'L' : 'K';
		assert_int_equal(crypt_recovery_parse(view_str(typed), &code), ERR_SYNTAX);
		typed[i] = TEXT[i];
	}
	assert_null(code);
}

static void
test_new_codes(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct secret *code = crypt_recovery_new(), *again;
		struct secret *text = crypt_recovery_text(code);
		assert_int_equal(secret_len(text), CRYPT_RECOVERY_TEXT_LEN);
		assert_int_equal(crypt_recovery_parse(secret_view(text), &again), 0);
		assert_true(crypt_equal(secret_view(code), secret_view(again)));
		secret_free(&code);
		secret_free(&text);
		secret_free(&again);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_typo),
		cmocka_unit_test(test_new_codes),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
