/* SPDX-License-Identifier: MIT */
/*
 * Writes --help. Layout only: all words come from the tables. Called by tool/verb.c.
 */
#include "tool/help.h"

#include <string.h>

#define COLUMN 26

static void
print_option(FILE *to, const struct tool_option *o)
{
	char left[128];
	int n = snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter == 0 ? ' ' : '-', o->letter == 0 ? ' ' : o->letter,
	    o->letter == 0 ? "  " : ", ", o->name, o->value == NULL ? "" : " ", o->value == NULL ? "" : o->value);
	fprintf(to, "  %-*s%s%s%s\n", COLUMN, left, n >= COLUMN ? " " : "", o->help, o->is_required ? " (required)" : "");
}

static void
print_options(FILE *to, const struct tool_option *table)
{
	for (const struct tool_option *o = table; o != NULL && o->name != NULL; o++)
		print_option(to, o);
}

static void
print_verb(FILE *to, const struct tool_call *c)
{
	const struct tool_verb *v = c->verb;
	fprintf(to, "usage: %s%s%s", c->program->name, *v->words == '\0' ? " [OPTION]..." : " ", v->words);
	for (const struct tool_option *o = v->options; o != NULL && o->name != NULL; o++)
		fprintf(to, o->is_required ? " --%s%s%s" : " [--%s%s%s]", o->name, o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
	fprintf(to, "%s%s\n%s\n\n", v->arguments == NULL ? "" : " ", v->arguments == NULL ? "" : v->arguments, v->help);
	print_options(to, v->options);
	print_options(to, c->program->options);
}

static bool
is_in_group(const struct tool_verb *v, const struct tool_call *c)
{
	if (c->options.word_count == 0)
		return true;
	size_t n = strlen(c->options.words[0]);
	return strncmp(v->words, c->options.words[0], n) == 0 && v->words[n] == ' ';
}

static void
print_row(FILE *to, const struct tool_verb *v)
{
	char left[160];
	int n = snprintf(left, sizeof(left), "%s%s%s", v->words, v->arguments == NULL ? "" : " ", v->arguments == NULL ? "" : v->arguments);
	fprintf(to, "  %-*s%s%s\n", COLUMN + 2, left, n >= COLUMN + 2 ? " " : "", v->help);
}

int
tool_help_print(struct tool_call *c, FILE *to)
{
	const struct tool_program *p = c->program;
	size_t shown = 0;
	if (c->verb != NULL) {
		print_verb(to, c);
		return 0;
	}
	fprintf(to, "usage: %s COMMAND [OPTION]... [ARGUMENT]...\n%s\n\n", p->name, p->about);
	for (size_t i = 0; i < p->verb_count; i++)
		if (is_in_group(&p->verbs[i], c)) {
			print_row(to, &p->verbs[i]);
			shown++;
		}
	if (shown == 0)
		return tool_verb_fail(c, ERR_USAGE, "there is no command \"%s\"", tool_verb_safe(c, view_str(c->options.words[0])));
	fprintf(to, "\nof every command:\n");
	print_options(to, p->options);
	return 0;
}
