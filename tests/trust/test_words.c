/* SPDX-License-Identifier: MIT */
/*
 * Fingerprints as words (C9): BIP-39's own examples, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "crypt/random.h"
#include "trust/words.h"

/* From the test vectors of BIP-39. */
static void
test_vectors(void **state)
{
	static const struct { uint8_t byte; const char *last; } known[] = {
		{ 0x00, "art" }, { 0x7f, "title" }, { 0x80, "bless" }, { 0xff, "vote" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct hash h, back;
		memset(h.bytes, known[i].byte, sizeof(h.bytes));
		struct trust_words w = trust_words_of(&h);
		assert_string_equal(strrchr(w.s, ' ') + 1, known[i].last);
		assert_int_equal(trust_words_parse(view_str(w.s), &back), 0);
		assert_true(crypt_hash_equal(&h, &back));
	}
}

static void
test_there_and_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct hash h, back;
		char loud[TRUST_WORDS_LEN + 4];
		crypt_random(h.bytes, sizeof(h.bytes));
		struct trust_words w = trust_words_of(&h);
		(void)snprintf(loud, sizeof(loud), " %s\n", w.s);
		loud[1] = (char)(loud[1] - 32);
		assert_int_equal(trust_words_parse(view_str(loud), &back), 0);
		assert_true(crypt_hash_equal(&h, &back));
	}
}

static void
test_refusals(void **state)
{
	struct hash h = { { 0 } }, back;
	char text[TRUST_WORDS_LEN + 16];
	(void)state;
	struct trust_words w = trust_words_of(&h);
	/* one word less, one more, another last word, one that is no word */
	(void)snprintf(text, sizeof(text), "%.*s", (int)(strrchr(w.s, ' ') - w.s), w.s);
	assert_int_equal(trust_words_parse(view_str(text), &back), ERR_SYNTAX);
	(void)snprintf(text, sizeof(text), "%s art", w.s);
	assert_int_equal(trust_words_parse(view_str(text), &back), ERR_SYNTAX);
	(void)snprintf(text, sizeof(text), "%.*s arm", (int)(strrchr(w.s, ' ') - w.s), w.s);
	assert_int_equal(trust_words_parse(view_str(text), &back), ERR_SYNTAX);
	(void)snprintf(text, sizeof(text), "%.*s abandonment", (int)(strrchr(w.s, ' ') - w.s), w.s);
	assert_int_equal(trust_words_parse(view_str(text), &back), ERR_SYNTAX);
	assert_int_equal(trust_words_parse(view_str(""), &back), ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
