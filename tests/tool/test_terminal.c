/* SPDX-License-Identifier: MIT */
/* Questions with and without a terminal: standard input is a pipe, or a pseudo terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/fatal.h"
#include "crypt/init.h"
#include "tool/terminal.h"

static const struct tool_option options[] = {
	{ "yes", 'y', false, NULL, NULL, "" },
	{ .name = NULL }
};

static const struct tool_program program = { .name = "thing" };
static const struct tool_verb verb = { .words = "end", .options = options };

/* A call with or without --yes. */
static struct tool_call
call_with(bool yes)
{
	struct tool_call c = { .program = &program, .verb = &verb, .arena = arena_new(4096) };
	const char *words[] = { "--yes", NULL };
	size_t used;
	tool_options_init(&c.options, 1);
	c.options.tables[1] = options;
	if (yes)
		assert_int_equal(tool_options_take(&c.options, (char *const *)(uintptr_t)words, &used), 0);
	return c;
}

static void
end_call(struct tool_call *c)
{
	tool_options_deinit(&c->options);
	arena_free(&c->arena);
}

/* Standard input gives these bytes, then its end. */
static void
input(const char *bytes)
{
	int fds[2];
	require(pipe(fds) == 0 && write(fds[1], bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
	require(dup2(fds[0], STDIN_FILENO) >= 0);
	close(fds[0]);
	close(fds[1]);
}

/* A terminal on standard input, on which somebody has typed this. Returns the other side. */
static int
terminal(const char *typed)
{
	int master, slave;
	require(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	require(dup2(slave, STDIN_FILENO) >= 0);
	close(slave);
	require(write(master, typed, strlen(typed)) == (ssize_t)strlen(typed));
	return master;
}

static void
expect_line(struct tool_call *c, const char *line)
{
	struct secret *s = NULL;
	assert_int_equal(tool_terminal_line(c, "? ", true, 16, &s), 0);
	assert_true(view_equal_str(secret_view(s), line));
	secret_free(&s);
}

static void
lines_come_one_by_one_from_a_pipe(void **state)
{
	struct tool_call c = call_with(false);
	struct secret *s = NULL;
	(void)state;
	input("first\r\n\nThird: no end");
	assert_false(tool_terminal_is_there());
	expect_line(&c, "first");
	expect_line(&c, "");
	expect_line(&c, "Third: no end");
	assert_int_equal(tool_terminal_line(&c, "? ", true, 16, &s), ERR_USAGE);
	assert_null(s);
	end_call(&c);
}

static void
a_line_has_a_maximum(void **state)
{
	struct tool_call c = call_with(false);
	struct secret *s = NULL;
	(void)state;
	input("0123456789abcdef\n0123456789abcdefg\nnext\n");
	expect_line(&c, "0123456789abcdef");
	assert_int_equal(tool_terminal_line(&c, "? ", true, 16, &s), ERR_LIMIT);
	assert_null(s);
	expect_line(&c, "next");
	end_call(&c);
}

static void
nobody_to_ask_is_no_yes(void **state)
{
	struct tool_call without = call_with(false), with = call_with(true);
	(void)state;
	input("y\n");
	assert_int_equal(tool_terminal_confirm(&without, "Really?"), ERR_USAGE);
	assert_int_equal(tool_terminal_confirm(&with, "Really?"), 0);
	end_call(&without);
	end_call(&with);
}

static void
a_terminal_is_asked(void **state)
{
	static const struct {
		const char *typed;
		int err;
	} answers[] = { { "y\n", 0 }, { "Yes\n", 0 }, { "n\n", ERR_STATE }, { "\n", ERR_STATE }, { "what\n", ERR_STATE } };
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct tool_call c = call_with(false);
		int master = terminal(answers[i].typed);
		assert_true(tool_terminal_is_there());
		assert_int_equal(tool_terminal_confirm(&c, "Really?"), answers[i].err);
		close(master);
		end_call(&c);
	}
}

static void
a_hidden_line_is_not_echoed(void **state)
{
	struct tool_call c = call_with(false);
	char seen[256] = "";
	struct termios modes;
	(void)state;
	/* typed only when echo is off: TCSAFLUSH drops what came before */
	int master = terminal("");
	pid_t child = fork();
	require(child >= 0);
	if (child == 0) {
		do {
			usleep(1000);
			tcgetattr(master, &modes);
		} while ((modes.c_lflag & ECHO) != 0);
		require(write(master, "secret\n", 7) == 7);
		_exit(0);
	}
	expect_line(&c, "secret");
	assert_int_equal(tcgetattr(STDIN_FILENO, &modes), 0);
	assert_true((modes.c_lflag & ECHO) != 0);
	assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
	ssize_t n = read(master, seen, sizeof(seen) - 1);
	assert_null(n > 0 ? strstr(seen, "secret") : NULL);
	close(master);
	end_call(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_one_by_one_from_a_pipe),
		cmocka_unit_test(a_line_has_a_maximum),
		cmocka_unit_test(nobody_to_ask_is_no_yes),
		cmocka_unit_test(a_terminal_is_asked),
		cmocka_unit_test(a_hidden_line_is_not_echoed),
	};
	require(crypt_init() == 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
