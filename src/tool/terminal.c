/* SPDX-License-Identifier: MIT */
/*
 * Owns the terminal's modes: whatever happens, echo comes back. Reads byte by byte, so that no password stays in a
 * buffer of the C library and nothing behind the line is taken. Called by verbs.
 */
#include "tool/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/fatal.h"
#include "tool/stop.h"

bool
tool_terminal_is_there(void)
{
	return isatty(STDIN_FILENO) == 1;
}

/* One byte; 0 at the end of input or when the person wants to stop. */
static bool
next_byte(char *c)
{
	ssize_t n;
	do
		n = read(STDIN_FILENO, c, 1);
	while (n < 0 && errno == EINTR && !tool_stop_is_wanted());
	return n == 1;
}

/* ERR_CLOSED: there was nothing at all. */
static int
read_line(char *out, size_t max, size_t *n_r)
{
	size_t n = 0;
	char c = 0;
	bool is_there = false;
	while (next_byte(&c)) {
		is_there = true;
		if (c == '\n')
			break;
		if (n < max)
			out[n] = c;
		n++;
	}
	secret_wipe(&c, 1);
	if (n > 0 && n <= max && out[n - 1] == '\r')
		n--;
	*n_r = n;
	return n > max ? ERR_LIMIT : is_there ? 0 : ERR_CLOSED;
}

static int
ask(const char *prompt, bool is_hidden, char *out, size_t max, size_t *n_r)
{
	struct termios was, now;
	bool is_changed = false;
	fflush(stdout);
	fputs(prompt, stderr);
	if (is_hidden && tcgetattr(STDIN_FILENO, &was) == 0) {
		now = was;
		now.c_lflag &= ~(tcflag_t)ECHO;
		is_changed = tcsetattr(STDIN_FILENO, TCSAFLUSH, &now) == 0;
	}
	int err = read_line(out, max, n_r);
	if (is_changed) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
		fputc('\n', stderr);
	}
	return err;
}

int
tool_terminal_line(struct tool_call *c, const char *prompt, bool is_hidden, size_t max, struct secret **line_r)
{
	struct secret *whole = secret_new(max + 1);
	char *text = (char *)secret_bytes(whole);
	size_t n = 0;
	int err = tool_terminal_is_there() ? ask(prompt, is_hidden, text, max, &n) : read_line(text, max, &n);
	if (err == 0)
		*line_r = secret_from_view(view_of(text, n));
	secret_free(&whole);
	if (err == ERR_LIMIT)
		return tool_verb_fail(c, ERR_LIMIT, "%s is longer than %zu bytes",
		    tool_terminal_is_there() ? "what was typed" : "the first line of standard input", max);
	if (err == ERR_CLOSED)
		return tool_verb_fail(c, ERR_USAGE, "no input: it is read from the first line of standard input");
	return err;
}

int
tool_terminal_confirm(struct tool_call *c, const char *question)
{
	char answer[8];
	size_t n = 0;
	if (tool_verb_is_set(c, "yes"))
		return 0;
	if (!tool_terminal_is_there())
		return tool_verb_fail(c, ERR_USAGE, "%s needs --yes where nobody can be asked", c->verb->words);
	fprintf(stderr, "%s\n", question);
	int err = ask("Go on? [y/N] ", false, answer, sizeof(answer), &n);
	if (err != 0 || n == 0 || (answer[0] != 'y' && answer[0] != 'Y'))
		return tool_verb_fail(c, ERR_STATE, "nothing was changed");
	return 0;
}
