/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sysexits.h>

#include "tool/capture.h"
#include "tool/verb.h"

static struct capture captured;

static int
succeed(struct tool_call *c)
{
	tool_print_object(c->print, NULL);
	tool_print_str(c->print, "verb", TOOL_SHOW, c->verb->words);
	tool_print_str(c->print, "first", TOOL_SHOW, c->argument_count > 0 ? c->arguments[0] : "none");
	tool_print_close(c->print);
	return 0;
}

static int
fail_untold(struct tool_call *c)
{
	(void)c;
	return ERR_NOT_FOUND;
}

static int
fail_told(struct tool_call *c)
{
	int err = tool_verb_fail(c, ERR_TRUST, "first %s", tool_verb_safe(c, VIEW_LIT("\x1b[31m")));
	return tool_verb_fail(c, err, "second");
}

/* One part after the other, the second of which fails; then the call itself. */
static int
fail_in_parts(struct tool_call *c)
{
	struct tool_part part = { .own = NULL };
	struct arena *arena = c->arena;
	const char *last = NULL;
	for (int i = 1; i <= 3; i++) {
		tool_part_begin(c, &part, i == 1 ? "list:1" : i == 2 ? "list:2" : "list:3");
		last = tool_verb_safe(c, VIEW_LIT("x"));
		if (c->arena == arena || c->is_told || part.reason[0] != '\0')
			return ERR_STATE;
		if (i == 2 && (tool_verb_fail(c, ERR_TRUST, "no %s", last) != ERR_TRUST || tool_verb_fail(c, ERR_IO, "again") != ERR_IO))
			return ERR_STATE;
		if (i == 3)
			tool_verb_say(c, "fine");
		tool_part_end(c);
		if (c->arena != arena || c->is_told || strcmp(part.reason, i == 2 ? "no x" : "") != 0)
			return ERR_STATE;
	}
	tool_part_deinit(&part);
	return tool_verb_fail(c, ERR_BUSY, "one of three");
}

static const struct tool_option common[] = {
	{ "json", 0, false, NULL, NULL, "as JSON" },
	{ "help", 'h', false, NULL, NULL, "help" },
	{ "version", 0, false, NULL, NULL, "version" },
	{ .name = NULL }
};

static const struct tool_option add_options[] = {
	{ "name", 0, true, "NAME", tool_option_check_name, "the name" },
	{ .name = NULL }
};

static const struct tool_verb verbs[] = {
	{ "keys", NULL, 0, 0, 0, NULL, "list keys", succeed },
	{ "keys accept", "WHOM", 1, 1, 0, NULL, "accept one", succeed },
	{ "company add", "SLUG", 1, 2, 0, add_options, "add one", succeed },
	{ "lost", NULL, 0, 0, 0, NULL, "fails", fail_untold },
	{ "liar", NULL, 0, 0, 0, NULL, "fails", fail_told },
	{ "parts", NULL, 0, 0, 0, NULL, "fails in a part", fail_in_parts },
};

static const struct tool_program program = { .name = "thing", .about = "Does things.", .verbs = verbs, .verb_count = 6,
	.options = common };

static int
run_main(void *arg)
{
	char *const *argv = arg;
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	return tool_verb_main(&program, argc, argv);
}

static int
run(const char *const *argv)
{
	capture_run(&captured, run_main, (void *)(uintptr_t)argv);
	return captured.result;
}

#define RUN(...) run((const char *const[]){ "thing", ##__VA_ARGS__, NULL })

static void
the_longest_verb_wins(void **state)
{
	(void)state;
	assert_int_equal(RUN("keys"), 0);
	assert_string_equal(captured.out, "verb: keys\nfirst: none\n");
	assert_int_equal(RUN("keys", "accept", "kanzlei"), 0);
	assert_string_equal(captured.out, "verb: keys accept\nfirst: kanzlei\n");
	assert_int_equal(RUN("--json", "company", "add", "--name", "N", "slug"), 0);
	assert_string_equal(captured.out, "{\"verb\":\"company add\",\"first\":\"slug\"}\n");
	assert_int_equal(RUN("company", "add", "slug", "--name=N", "--json"), 0);
	assert_string_equal(captured.out, "{\"verb\":\"company add\",\"first\":\"slug\"}\n");
}

static void
wrong_command_lines_are_said_and_change_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *argv[7];
		const char *says;
	} bad[] = {
		{ { "thing", NULL }, "thing: a command is missing" },
		{ { "thing", "foo", NULL }, "thing: there is no command \"foo\"" },
		{ { "thing", "company", NULL }, "thing: there is no command \"company\"" },
		{ { "thing", "keys", "foo", NULL }, "thing: keys: too many words: \"foo\" (see thing keys --help)" },
		{ { "thing", "keys", "accept", NULL }, "thing: keys accept: missing: WHOM" },
		{ { "thing", "keys", "accept", "", NULL }, "thing: keys accept: a word is empty" },
		{ { "thing", "company", "add", "s", NULL }, "thing: company add: --name NAME: missing" },
		{ { "thing", "company", "add", "s", "--name", "\x01", NULL }, "thing: company add: --name: must be" },
		{ { "thing", "keys", "--name", "x", NULL }, "thing: keys: unknown option: \"--name\"" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(run(bad[i].argv), EX_USAGE);
		assert_string_equal(captured.out, "");
		assert_non_null(strstr(captured.err, bad[i].says));
	}
}

static void
failures_become_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(RUN("lost"), EX_NOINPUT);
	assert_string_equal(captured.err, "thing: There is no such thing\n");
	assert_int_equal(RUN("liar"), EX_PROTOCOL);
	assert_string_equal(captured.err, "thing: first \\x1b[31m\n");
}

static void
a_part_fails_alone(void **state)
{
	(void)state;
	assert_int_equal(RUN("parts"), EX_TEMPFAIL);
	assert_string_equal(captured.err, "thing: list:2: no x\nthing: list:3: fine\nthing: one of three\n");
}

static void
help_comes_from_the_tables(void **state)
{
	(void)state;
	assert_int_equal(RUN("--help"), 0);
	for (size_t i = 0; i < program.verb_count; i++)
		assert_non_null(strstr(captured.out, verbs[i].words));
	assert_int_equal(RUN("company", "--help"), 0);
	assert_non_null(strstr(captured.out, "company add SLUG"));
	assert_null(strstr(captured.out, "accept"));
	assert_int_equal(RUN("company", "add", "-h"), 0);
	assert_non_null(strstr(captured.out, "usage: thing company add --name NAME SLUG"));
	assert_int_equal(RUN("nothing", "--help"), EX_USAGE);
	assert_int_equal(RUN("--version"), 0);
	assert_int_equal(strncmp(captured.out, "thing ", 6), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_verb_wins),
		cmocka_unit_test(wrong_command_lines_are_said_and_change_nothing),
		cmocka_unit_test(failures_become_exit_codes),
		cmocka_unit_test(a_part_fails_alone),
		cmocka_unit_test(help_comes_from_the_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
