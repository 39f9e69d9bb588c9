/* SPDX-License-Identifier: MIT */
/*
 * Guards mail/address: what is an address, what is not, and which two are the same (A1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "mail/address.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define L63 A60 "aaa"

static const struct good {
	const char *text;
	const char *written;
	const char *key;
} good[] = {
	{ "anna@example.org", "anna@example.org", "anna@example.org" },
	{ "Anna.Schmidt@Example.ORG", "Anna.Schmidt@example.org", "anna.schmidt@example.org" },
	{ "a@b.c", "a@b.c", "a@b.c" },
	{ "o'neil+tag=x!#$%&*/?^_`{|}~-@example.org", "o'neil+tag=x!#$%&*/?^_`{|}~-@example.org",
	    "o'neil+tag=x!#$%&*/?^_`{|}~-@example.org" },
	{ "x@1.2.example4", "x@1.2.example4", "x@1.2.example4" },
	{ "anna@m\xc3\xbcller.de", "anna@xn--mller-kva.de", "anna@xn--mller-kva.de" },
	{ "anna@M\xc3\x9cLLER.de", "anna@xn--mller-kva.de", "anna@xn--mller-kva.de" },
	{ "anna@mu\xcc\x88ller.de", "anna@xn--mller-kva.de", "anna@xn--mller-kva.de" },
	{ "anna@stra\xc3\x9f""e.de", "anna@xn--strae-oqa.de", "anna@xn--strae-oqa.de" },
	{ "anna@XN--Mller-KVA.de", "anna@xn--mller-kva.de", "anna@xn--mller-kva.de" },
	{ "J\xc3\xbcrgen@example.org", "J\xc3\xbcrgen@example.org", "j\xc3\xbcrgen@example.org" },
	{ A60 "aaaa@" L63 "." L63 ".aa", A60 "aaaa@" L63 "." L63 ".aa", A60 "aaaa@" L63 "." L63 ".aa" },
};

static const char *const bad[] = {
	"", "@", "a", "a@", "@b.c", "a@b", "a@b.", "a@.b.c", "a@b..c", "a@@b.c", "a@b@c.d", ".a@b.c", "a.@b.c", "a..b@c.d",
	" a@b.c", "a@b.c ", "a b@c.d", "a@b c.d", "a\r\nRCPT@b.c", "a@b.c\n", "a@b.c\r\nX: y", "a\t@b.c", "\"a b\"@c.d",
	"\"a\"@b.c", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@127.0.0.1", "a@b.1", "<a@b.c>", "Anna <a@b.c>", "a@b.c,d@e.f",
	"a@-b.c", "a@b-.c", "a@b_c.d", "a@b.c;d", "a(comment)@b.c", "a@b.c(comment)", "a\\b@c.d", "a:b@c.d", "a,b@c.d",
	"a\xff@b.c", "a\xc3@b.c", "a\xc0\xae@b.c", "a@\xff.c", "a\xe2\x80\x8b@b.c", "a\xe2\x80\xae@b.c", "a\xc2\x85@b.c",
	"a\xc2\xa0@b.c", "a@b\xe2\x80\xae.c", "a@\xef\xbc\xa0.c", "a@b\xc2\xa0""c.d", "a@xn--\xc3\xbc.de", "a@b/\xc3\xbc.de",
	"a@\xef\xbc\x8f""b\xc3\xbc.de", "a\x7f@b.c", "a@b\xe2\x80\x8b\xc3\xbc.de",
	"a@a_\xc3\xbc.de", "a@\xe2\x84\x80\xc3\xbc.de", "a@a\xc2\xad\xc3\xbc.de", "a@-\xc3\xbc.de", "a@" L63 "a.de", "a@\xed\xa0\x80.de",
};

static void
test_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct mail_address a;
		assert_int_equal(mail_address_parse(view_str(good[i].text), &a), 0);
		assert_string_equal(mail_address_text(&a).s, good[i].written);
		assert_string_equal(mail_address_key(&a).s, good[i].key);
		/* What was written is read back as the same. */
		struct mail_address again;
		assert_int_equal(mail_address_parse(view_str(mail_address_text(&a).s), &again), 0);
		assert_memory_equal(&a, &again, sizeof(a));
	}
}

static void
test_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mail_address a;
		if (mail_address_parse(view_str(bad[i]), &a) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
		assert_string_equal(a.local, "");
	}
	struct mail_address a;
	assert_int_equal(mail_address_parse(VIEW_LIT("a\0b@c.de"), &a), ERR_SYNTAX);
	assert_int_equal(mail_address_parse(VIEW_LIT("ab@c.de\0"), &a), ERR_SYNTAX);
	assert_int_equal(mail_address_parse(VIEW_LIT("ab@c\xc3\xbc\0.de"), &a), ERR_SYNTAX);
}

static void
test_lengths(void **state)
{
	(void)state;
	struct mail_address a;
	assert_int_equal(mail_address_parse(view_str(A60 "aaaaa@b.de"), &a), ERR_LIMIT);
	/* 64 + 1 + 189 = 254 is the most. */
	assert_int_equal(mail_address_parse(view_str(A60 "aaaa@" L63 "." L63 "." A60 "a"), &a), 0);
	assert_int_equal(strlen(mail_address_text(&a).s), MAIL_ADDRESS_LEN);
	assert_int_equal(mail_address_parse(view_str(A60 "aaaa@" L63 "." L63 "." A60 "aa"), &a), ERR_LIMIT);
}

static void
test_idn_grows(void **state)
{
	(void)state;
	/* Short enough as written, too long as A-labels. */
	char text[MAIL_ADDRESS_LEN + 1] = A60 "aaaa@";
	for (int i = 0; i < 11; i++)
		strncat(text, "\xc3\xbc\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xb6\xc3\xa4\xc3\xbc.", sizeof(text) - strlen(text) - 1);
	strncat(text, "de", sizeof(text) - strlen(text) - 1);
	struct mail_address a;
	int err = mail_address_parse(view_str(text), &a);
	assert_true(err == 0 || err == ERR_LIMIT);
	assert_true(strlen(mail_address_text(&a).s) <= MAIL_ADDRESS_LEN);
}

static void
test_compares(void **state)
{
	(void)state;
	struct mail_address a, b, c;
	assert_int_equal(mail_address_parse(VIEW_LIT("Anna@Example.org"), &a), 0);
	assert_int_equal(mail_address_parse(VIEW_LIT("aNNA@exAMPLE.org"), &b), 0);
	assert_int_equal(mail_address_parse(VIEW_LIT("anne@example.org"), &c), 0);
	assert_true(mail_address_equal(&a, &b));
	assert_false(mail_address_equal(&a, &c));
	assert_true(mail_address_is_ascii(&a));
	assert_int_equal(mail_address_parse(VIEW_LIT("\xc3\xa4@example.org"), &a), 0);
	assert_int_equal(mail_address_parse(VIEW_LIT("\xc3\x84@example.org"), &b), 0);
	/* Beyond ASCII nothing is folded. */
	assert_false(mail_address_equal(&a, &b));
	assert_false(mail_address_is_ascii(&a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_idn_grows),
		cmocka_unit_test(test_compares),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
