/* SPDX-License-Identifier: MIT */
/*
 * The way from argv to a verb's function and back to an exit code. Knows no verb by name; must not know
 * what a verb does. cli/main.c and ctl/main.c call it.
 */
#include "config.h"

#include "tool/verb.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/text.h"
#include "tool/completion.h"
#include "tool/help.h"

/* What a call may hold: answers of the server, lists, names. */
#define ARENA_MAX ((size_t)192 * 1024 * 1024)
#define SAFE_MAX 1024

__attribute__((format(printf, 2, 0)))
static void
say(const struct tool_call *c, const char *fmt, va_list ap)
{
	/* parts have a progress line, which gives way */
	if (c->part != NULL && isatty(STDERR_FILENO) == 1)
		fputs("\r\033[K", stderr);
	fprintf(stderr, "%s: ", c->program->name);
	if (c->part != NULL)
		fprintf(stderr, "%s: ", c->part->label);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void
tool_verb_say(struct tool_call *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(c, fmt, ap);
	va_end(ap);
}

int
tool_verb_fail(struct tool_call *c, int err, const char *fmt, ...)
{
	va_list ap;
	require(err < 0);
	if (c->is_told)
		return err;
	va_start(ap, fmt);
	say(c, fmt, ap);
	va_end(ap);
	if (c->part != NULL) {
		va_start(ap, fmt);
		vsnprintf(c->part->reason, sizeof(c->part->reason), fmt, ap);
		va_end(ap);
	}
	c->is_told = true;
	return err;
}

void
tool_part_begin(struct tool_call *c, struct tool_part *p, const char *label)
{
	require(c->part == NULL);
	if (p->own == NULL)
		p->own = arena_new(ARENA_MAX);
	arena_reset(p->own);
	snprintf(p->label, sizeof(p->label), "%s", label);
	p->reason[0] = '\0';
	p->outer = c->arena;
	p->was_told = c->is_told;
	c->arena = p->own;
	c->is_told = false;
	c->part = p;
}

void
tool_part_end(struct tool_call *c)
{
	struct tool_part *p = c->part;
	c->arena = p->outer;
	c->is_told = p->was_told;
	c->part = NULL;
}

void
tool_part_deinit(struct tool_part *p)
{
	arena_free(&p->own);
}

const char *
tool_verb_safe(struct tool_call *c, struct view v)
{
	char out[SAFE_MAX + TEXT_ESCAPE_MAX + 1];
	size_t n = 0;
	while (n < SAFE_MAX && v.len > 0)
		n += text_escape_next(&v, out + n);
	return arena_printf(c->arena, "%.*s%s", (int)n, out, v.len > 0 ? "..." : "");
}

const char *
tool_verb_value(const struct tool_call *c, const char *option)
{
	return tool_options_value(&c->options, option);
}

bool
tool_verb_is_set(const struct tool_call *c, const char *option)
{
	return tool_options_is_set(&c->options, option);
}

/* How many of the words are the verb's; 0: another verb. */
static size_t
matches(const struct tool_verb *verb, const char *const *words, size_t n)
{
	struct view rest = view_str(verb->words);
	size_t used = 0;
	while (rest.len > 0) {
		struct view word = view_slice(rest, 0, view_find(rest, ' '));
		if (used == n || !view_equal_str(word, words[used]))
			return 0;
		rest = view_slice(rest, word.len + 1, rest.len);
		used++;
	}
	return used;
}

/* The verb with the most words of these, or the only one without any; NULL: none. */
static const struct tool_verb *
find_verb(const struct tool_program *p, const char *const *words, size_t n, size_t *used_r)
{
	const struct tool_verb *best = *p->verbs[0].words == '\0' ? &p->verbs[0] : NULL;
	*used_r = 0;
	for (size_t i = 0; i < p->verb_count; i++) {
		size_t used = matches(&p->verbs[i], words, n);
		if (used > *used_r) {
			best = &p->verbs[i];
			*used_r = used;
		}
	}
	return best;
}

static int
refuse(struct tool_call *c, const char *sentence)
{
	if (c->verb == NULL || *c->verb->words == '\0')
		return tool_verb_fail(c, ERR_USAGE, "%s (see %s --help)", sentence, c->program->name);
	return tool_verb_fail(c, ERR_USAGE, "%s: %s (see %s %s --help)", c->verb->words, sentence, c->program->name, c->verb->words);
}

/* Sorts all words; the verb's own options are known as soon as its words have come. */
static int
sort_words(struct tool_call *c, char *const *argv)
{
	struct tool_options *o = &c->options;
	size_t used = 0, verb_words = 0;
	o->tables[0] = c->program->options;
	c->verb = find_verb(c->program, NULL, 0, &verb_words);
	for (; *argv != NULL; argv += used) {
		if (tool_options_take(o, argv, &used) != 0)
			return refuse(c, o->problem);
		c->verb = find_verb(c->program, o->words, o->word_count, &verb_words);
		o->tables[1] = c->verb == NULL ? NULL : c->verb->options;
	}
	c->arguments = o->words + verb_words;
	c->argument_count = o->word_count - verb_words;
	return 0;
}

static int
check_arguments(struct tool_call *c)
{
	const struct tool_verb *v = c->verb;
	if (c->argument_count < v->arguments_min)
		return refuse(c, arena_printf(c->arena, "missing: %s", v->arguments));
	if (c->argument_count > v->arguments_max)
		return refuse(c, arena_printf(c->arena, "too many words: \"%s\"",
		    tool_verb_safe(c, view_str(c->arguments[v->arguments_max]))));
	for (size_t i = 0; i < c->argument_count; i++)
		if (*c->arguments[i] == '\0')
			return refuse(c, "a word is empty");
	int err = tool_options_complete(&c->options);
	return err == 0 ? 0 : refuse(c, c->options.problem);
}

static int
run(struct tool_call *c)
{
	int err = check_arguments(c);
	if (err != 0)
		return err;
	c->print = tool_print_new(tool_verb_is_set(c, "json") ? TOOL_PRINT_JSON : TOOL_PRINT_TEXT);
	err = c->program->run == NULL ? c->verb->run(c) : c->program->run(c);
	if (err != 0)
		tool_verb_fail(c, err, "%s", err_text(err));
	if (err == 0 && tool_print_end(c->print) != 0)
		err = tool_verb_fail(c, ERR_IO, "the result could not be written to standard output");
	tool_print_free(&c->print);
	return err;
}

static int
dispatch(struct tool_call *c)
{
	if (tool_verb_is_set(c, "version")) {
		printf("%s %s\n", c->program->name, PACKAGE_VERSION);
		return 0;
	}
	if (tool_verb_is_set(c, "help"))
		return tool_help_print(c, stdout);
	if (c->verb != NULL)
		return run(c);
	if (c->options.word_count == 0)
		tool_help_print(c, stderr);
	return refuse(c, c->options.word_count == 0 ? "a command is missing" :
	    arena_printf(c->arena, "there is no command \"%s\"", tool_verb_safe(c, view_str(c->options.words[0]))));
}

int
tool_verb_main(const struct tool_program *p, int argc, char *const *argv)
{
	struct tool_call c = { .program = p, .arena = arena_new(ARENA_MAX) };
	tool_options_init(&c.options, (size_t)argc);
	bool is_completion = argc == 3 && strcmp(argv[1], "--print-completion") == 0;
	int err = argc == 0 ? ERR_USAGE : is_completion ? tool_completion_print(p, argv[2], stdout) : sort_words(&c, argv + 1);
	if (err == 0 && !is_completion)
		err = dispatch(&c);
	if (fflush(stdout) != 0 && err == 0)
		err = tool_verb_fail(&c, ERR_IO, "the result could not be written to standard output");
	tool_options_deinit(&c.options);
	arena_free(&c.arena);
	return err_exit_code(err);
}
