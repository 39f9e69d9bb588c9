/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tool/option.h"

static const char *
check_short(struct view value)
{
	return value.len <= 5 ? NULL : "must be short";
}

static const struct tool_option common[] = {
	{ "json", 0, false, NULL, NULL, "" },
	{ "help", 'h', false, NULL, NULL, "" },
	{ .name = NULL }
};

static const struct tool_option own[] = {
	{ "to", 0, true, "WHOM", NULL, "" },
	{ "output", 'o', false, "DIR", check_short, "" },
	{ .name = NULL }
};

/* Sorts words (ends with NULL) up to the first error. */
static int
sort(struct tool_options *o, const char *const *words)
{
	int err = 0;
	size_t n = 0, used;
	while (words[n] != NULL)
		n++;
	tool_options_init(o, n);
	o->tables[0] = common;
	o->tables[1] = own;
	for (; *words != NULL && err == 0; words += used)
		err = tool_options_take(o, (char *const *)(uintptr_t)words, &used);
	return err == 0 ? tool_options_complete(o) : err;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
options_and_words_are_told_apart(void **state)
{
	(void)state;
	static const char *const spellings[][8] = {
		{ "a", "--to", "x", "-o", "dir", "--json", "b", NULL },
		{ "--to=x", "-odir", "a", "b", "--json", NULL },
		{ "--json", "--output=dir", "--to", "x", "--", "a", "b", NULL },
	};
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct tool_options o;
		assert_int_equal(sort(&o, spellings[i]), 0);
		assert_string_equal(tool_options_value(&o, "to"), "x");
		assert_string_equal(tool_options_value(&o, "output"), "dir");
		assert_true(tool_options_is_set(&o, "json"));
		assert_false(tool_options_is_set(&o, "help"));
		assert_int_equal(o.word_count, 2);
		assert_string_equal(o.words[0], "a");
		assert_string_equal(o.words[1], "b");
		tool_options_deinit(&o);
	}
}

static void
words_that_look_like_options_come_behind_two_hyphens(void **state)
{
	struct tool_options o;
	(void)state;
	assert_int_equal(sort(&o, WORDS("--to", "--json", "-", "--", "--to", "-o")), 0);
	assert_string_equal(tool_options_value(&o, "to"), "--json");
	assert_false(tool_options_is_set(&o, "json"));
	assert_int_equal(o.word_count, 3);
	assert_string_equal(o.words[0], "-");
	assert_string_equal(o.words[1], "--to");
	tool_options_deinit(&o);
}

static void
what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *words[6];
		const char *problem;
	} bad[] = {
		{ { "--unknown", NULL }, "unknown option: \"--unknown\"" },
		{ { "-x", NULL }, "unknown option: \"-x\"" },
		{ { "--to", NULL }, "--to: needs a value" },
		{ { "-o", NULL }, "-o: needs a value" },
		{ { "--to", "", NULL }, "--to: must not be empty: \"\"" },
		{ { "--to=", NULL }, "--to: must not be empty: \"\"" },
		{ { "--json=1", NULL }, "this option takes no value: \"--json=1\"" },
		{ { "-hx", NULL }, "unknown option: \"-hx\"" },
		{ { "--to", "a", "--to", "b", NULL }, "--to: given twice" },
		{ { "--to", "a", "-o", "much too long", NULL }, "--output: must be short: \"much too long\"" },
		{ { "a", "--json", NULL }, "--to WHOM: missing" },
		{ { "--a\x1b[31m\n", NULL }, "unknown option: \"--a\\x1b[31m\\x0a\"" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tool_options o;
		assert_int_equal(sort(&o, bad[i].words), ERR_USAGE);
		assert_string_equal(o.problem, bad[i].problem);
		tool_options_deinit(&o);
	}
}

static void
a_long_word_does_not_overflow_the_problem(void **state)
{
	struct tool_options o;
	char word[5000] = "--";
	(void)state;
	memset(word + 2, 0x1b, sizeof(word) - 3);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(sort(&o, WORDS(word)), ERR_USAGE);
	assert_true(strlen(o.problem) < TOOL_OPTION_PROBLEM_MAX);
	assert_non_null(strstr(o.problem, "...\""));
	tool_options_deinit(&o);
}

static void
values_are_checked(void **state)
{
	char many[300];
	(void)state;
	memset(many, 'a', sizeof(many));
	assert_null(tool_option_check_name(VIEW_LIT("Größmann")));
	assert_non_null(tool_option_check_name(VIEW_LIT("a\tb")));
	assert_non_null(tool_option_check_name(VIEW_LIT("a\xff")));
	assert_null(tool_option_check_name(view_of(many, 100)));
	assert_non_null(tool_option_check_name(view_of(many, 101)));
	assert_non_null(tool_option_check_title(view_of(many, 201)));
	assert_non_null(tool_option_check_line(view_of(many, 255)));
	assert_null(tool_option_check_text(VIEW_LIT("a\tb\nc \xf0\x9f\x98\x80")));
	assert_non_null(tool_option_check_text(VIEW_LIT("a\x1b[0m")));
	assert_non_null(tool_option_check_text(VIEW_LIT("a\xc2\x9b")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_words_are_told_apart),
		cmocka_unit_test(words_that_look_like_options_come_behind_two_hyphens),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
		cmocka_unit_test(a_long_word_does_not_overflow_the_problem),
		cmocka_unit_test(values_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
