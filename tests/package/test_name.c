/* SPDX-License-Identifier: MIT */
/* File names: what a path may be, and where a stranger's names end up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/equal.h"
#include "crypt/init.h"
#include "package/format.h"
#include "package/name.h"
#include "package/unicode.h"

static void
test_check(void **state)
{
	static const char *const good[] = {
		"a", "a/b", "...", "..a", "a..", ".hidden", "-rf", "a b", "\xff\xfe", "\xf0\x9f\x98\x80.txt", "a\nb", "C:", "con", "~", "*",
		"a/.../b", "Stra\xc3\237e/\xc3\x84.pdf",
	};
	static const char *const bad[] = {
		"", "/", "/a", "a/", "a//b", ".", "..", "a/.", "./a", "a/..", "../a", "a/../b", "a/./b", "//", "/..",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (package_name_check(view_str(good[i])) != 0)
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (package_name_check(view_str(bad[i])) != ERR_SYNTAX)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(package_name_check(VIEW_LIT("a\0b")), ERR_SYNTAX);
	assert_int_equal(package_name_check(VIEW_LIT("\0")), ERR_SYNTAX);
	assert_int_equal(package_name_check(VIEW_LIT("a\0")), ERR_SYNTAX);
}

static void
test_limits(void **state)
{
	char path[PACKAGE_PATH_MAX + 2];
	(void)state;
	memset(path, 'x', sizeof(path));
	assert_int_equal(package_name_check(view_of(path, 255)), 0);
	assert_int_equal(package_name_check(view_of(path, 256)), ERR_SYNTAX);
	for (size_t i = 200; i < sizeof(path); i += 200)
		path[i] = '/';
	assert_int_equal(package_name_check(view_of(path, PACKAGE_PATH_MAX)), 0);
	assert_int_equal(package_name_check(view_of(path, PACKAGE_PATH_MAX + 1)), ERR_SYNTAX);
	for (size_t i = 1; i < sizeof(path); i += 2)
		path[i] = '/';
	assert_int_equal(package_name_check(view_of(path, 127)), 0);      /* 64 components */
	assert_int_equal(package_name_check(view_of(path, 129)), ERR_SYNTAX);
}

static void
test_order(void **state)
{
	static const char *const sorted[] = { "a", "a/a", "a/b", "a/b/c", "a!", "a.", "ab", "b", "\xc3\xa4", "\xff" };
	(void)state;
	for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++)
		for (size_t k = 0; k < sizeof(sorted) / sizeof(sorted[0]); k++) {
			int d = package_name_compare(view_str(sorted[i]), view_str(sorted[k]));
			assert_true(i < k ? d < 0 : i > k ? d > 0 : d == 0);
		}
}

static void
test_display(void **state)
{
	struct buf out;
	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(package_name_display(VIEW_LIT("a\x1b[2J\xe2\x80\xae" "b\xff"), &out), 0);
	assert_true(view_equal_str(buf_view(&out), "a\\x1b[2J\\u{202e}b\\xff"));
	buf_clear(&out);
	assert_int_equal(package_name_display(view_of(NULL, 0), &out), 0);
	assert_true(out.len > 0);
	buf_deinit(&out);
}

static char *
local_of(struct package_names *n, const char *path)
{
	struct buf out;
	buf_init(&out, 10000);
	assert_int_equal(package_names_local(n, view_str(path), &out), 0);
	assert_int_equal(package_names_is_changed(n), !view_equal_str(buf_view(&out), path));
	char *s = mem_printf("%.*s", VIEW_FMT(buf_view(&out)));
	buf_deinit(&out);
	return s;
}

static void
expect_local(struct package_names *n, const char *path, const char *local)
{
	char *got = local_of(n, path);
	assert_string_equal(got, local);
	mem_free(&got);
}

static void
test_made_safe(void **state)
{
	static const struct { const char *path, *local; } rows[] = {
		{ "a.txt", "a.txt" }, { "Grüße/Straße 1.pdf", "Grüße/Straße 1.pdf" }, { "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa7.png",
		    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa7.png" },
		{ "a\nb", "a%0Ab" }, { "x\x1b[31m", "x%1B[31m" }, { "\x7f", "%7F" }, { "\xff\xfe.txt", "%FF%FE.txt" }, { "\xc2\x9b", "%C2%9B" },
		{ "a\xe2\x80\xaetxt.exe", "a%E2%80%AEtxt.exe" }, { "\xed\xa0\x80", "%ED%A0%80" }, { "\xef\xbb\xbf" "bom", "%EF%BB%BFbom" },
		{ "C:", "C%3A" }, { "a\\b", "a%5Cb" }, { "<>\"|?*", "%3C%3E%22%7C%3F%2A" }, { "..\\..\\x", "..%5C..%5Cx" },
		{ "trail.", "trail%2E" }, { "trail ", "trail%20" }, { "...", "..%2E" }, { " ", "%20" },
		{ "CON", "CON_" }, { "con.txt", "con_.txt" }, { "Aux.tar.gz", "Aux_.tar.gz" }, { "nul ", "nul%20" }, { "NUL .txt", "NUL_ .txt" },
		{ "COM1", "COM1_" }, { "lpt9.log", "lpt9_.log" }, { "com\xc2\xb2.x", "com\xc2\xb2_.x" }, { "conin$", "conin$_" }, { "COM10", "COM10" },
		{ "console", "console" }, { "dir/PRN/x", "dir/PRN_/x" }, { "dir/PRN/y", "dir/PRN_/y" }, { ".con", ".con" },
	};
	struct package_names *n = package_names_new();
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_local(n, rows[i].path, rows[i].local);
	/* the same again gives the same */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_local(n, rows[i].path, rows[i].local);
	package_names_free(&n);
	package_names_free(&n);
}

static void
test_collisions(void **state)
{
	struct package_names *n = package_names_new();
	(void)state;
	expect_local(n, "Brief.pdf", "Brief.pdf");
	expect_local(n, "brief.PDF", "brief (2).PDF");
	expect_local(n, "BRIEF.pdf", "BRIEF (3).pdf");
	expect_local(n, "brief (2).pdf", "brief (2) (2).pdf");
	expect_local(n, "Ma\xc3\x9f""e", "Ma\xc3\x9f""e");         /* sharp s is not ss here */
	expect_local(n, "Masse", "Masse");
	expect_local(n, "\xc3\xa4.txt", "\xc3\xa4.txt");             /* NFC, NFD, upper case NFD */
	expect_local(n, "a\xcc\x88.txt", "a\xcc\x88 (2).txt");
	expect_local(n, "A\xcc\x88.txt", "A\xcc\x88 (3).txt");
	expect_local(n, "\xcf\x83", "\xcf\x83");                     /* two small sigmas, one capital */
	expect_local(n, "\xcf\x82", "\xcf\x82 (2)");
	expect_local(n, "\xce\xa3", "\xce\xa3 (3)");
	expect_local(n, "x%0A", "x%0A");
	expect_local(n, "x\n", "x%0A (2)");
	/* folders: what is inside follows, and may have the same names again */
	expect_local(n, "Akte/1", "Akte/1");
	expect_local(n, "akte/1", "akte (2)/1");
	expect_local(n, "akte/2", "akte (2)/2");
	expect_local(n, "Akte/2", "Akte/2");
	expect_local(n, "akte", "akte (2)");
	expect_local(n, ".x", ".x");
	expect_local(n, ".X", ".X (2)");
	package_names_free(&n);
}

static void
expect_short(struct package_names *n, const char *path, const char *end)
{
	char *got = local_of(n, path);
	struct view v = view_str(got);
	assert_true(v.len <= PACKAGE_NAME_MAX);
	assert_true(view_equal_str(view_slice(v, v.len - strlen(end), SIZE_MAX), end));
	mem_free(&got);
}

static void
test_long_names(void **state)
{
	char name[256];
	struct package_names *n = package_names_new();
	(void)state;
	memset(name, 'x', 255);
	name[255] = '\0';
	memcpy(name + 251, ".pdf", 4);
	expect_local(n, name, name);
	name[0] = 'X';
	expect_short(n, name, " (2).pdf");
	memset(name, '\n', 251);
	expect_short(n, name, "%0A.pdf");
	memset(name, '.', 255);
	expect_short(n, name, "%2E");
	/* cut between code points */
	for (size_t i = 0; i < 254; i += 2)
		memcpy(name + i, "\xc3\xa4", 2);
	name[254] = '\n';
	char *got = local_of(n, name);
	assert_true(strlen(got) <= PACKAGE_NAME_MAX);
	struct buf folded;
	buf_init(&folded, 10000);
	assert_int_equal(package_unicode_fold(view_str(got), &folded), 0);
	buf_deinit(&folded);
	mem_free(&got);
	package_names_free(&n);
}

/* Twenty thousand names that fold to one must not take quadratic time (the test has two seconds). */
static void
test_many_collisions(void **state)
{
	char path[17];
	struct package_names *n = package_names_new();
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		for (unsigned bit = 0; bit < 16; bit++)
			path[bit] = (i >> bit & 1) != 0 ? 'A' : 'a';
		path[16] = '\0';
		char *got = local_of(n, path);
		mem_free(&got);
	}
	expect_local(n, "Aaaaaaaaaaaaaaaa", "Aaaaaaaaaaaaaaaa (2)");
	package_names_free(&n);
}

static void
test_refused_paths(void **state)
{
	struct package_names *n = package_names_new();
	struct buf out;
	(void)state;
	buf_init(&out, 3);
	assert_int_equal(package_names_local(n, VIEW_LIT("../x"), &out), ERR_SYNTAX);
	assert_int_equal(package_names_local(n, VIEW_LIT("/etc/passwd"), &out), ERR_SYNTAX);
	assert_int_equal(package_names_local(n, VIEW_LIT("abcd"), &out), ERR_LIMIT);
	package_names_free(&n);
	buf_deinit(&out);
}

static void
test_nfc(void **state)
{
	struct secret *nfc = NULL;
	char long_one[PACKAGE_UNICODE_MAX + 1];
	(void)state;
	assert_int_equal(package_unicode_nfc(VIEW_LIT("u\xcc\x88 \xe1\xbb\x87"), &nfc), 0);
	assert_true(crypt_equal(secret_view(nfc), VIEW_LIT("\xc3\xbc \xe1\xbb\x87")));
	secret_free(&nfc);
	assert_int_equal(package_unicode_nfc(VIEW_LIT(""), &nfc), 0);
	assert_int_equal(secret_len(nfc), 0);
	secret_free(&nfc);
	/* compatibility forms stay */
	assert_int_equal(package_unicode_nfc(VIEW_LIT("\xef\xac\x81"), &nfc), 0);
	assert_true(crypt_equal(secret_view(nfc), VIEW_LIT("\xef\xac\x81")));
	secret_free(&nfc);
	assert_int_equal(package_unicode_nfc(VIEW_LIT("\xff"), &nfc), ERR_SYNTAX);
	memset(long_one, 'x', sizeof(long_one));
	assert_int_equal(package_unicode_nfc(view_of(long_one, sizeof(long_one)), &nfc), ERR_LIMIT);
	assert_null(nfc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_display),
		cmocka_unit_test(test_made_safe),
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_many_collisions),
		cmocka_unit_test(test_refused_paths),
		cmocka_unit_test(test_nfc),
	};
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
