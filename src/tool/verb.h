/* SPDX-License-Identifier: MIT */
/*
 * A command line tool as a table of verbs: finds the verb, sorts its options, gives help, calls its function,
 * turns the result into an exit code. Every tool of this project is such a table.
 */
#ifndef TOOL_VERB_H
#define TOOL_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"
#include "tool/option.h"
#include "tool/print.h"

struct tool_call;
struct tool_part;

/* One row. */
struct tool_verb {
	const char *words;        /* "company add"; "": a program of one verb, which needs no name */
	const char *arguments;    /* the words behind, as the help shows them: "SLUG CODE"; NULL: none */
	size_t arguments_min, arguments_max;
	unsigned flags;           /* of the program's own meaning */
	const struct tool_option *options;   /* NULL: none of its own */
	const char *help;         /* one line */
	int (*run)(struct tool_call *call);
};

struct tool_program {
	const char *name;
	const char *about;        /* one line */
	const struct tool_verb *verbs;
	size_t verb_count;
	const struct tool_option *options;   /* of all verbs; "help", "version" and "json" must be among them */
	/* Around every verb; NULL: calls the verb's function. */
	int (*run)(struct tool_call *call);
};

/* A verb on its way. */
struct tool_call {
	const struct tool_program *program;
	const struct tool_verb *verb;
	struct tool_options options;
	const char **arguments;   /* after the verb's words */
	size_t argument_count;
	struct tool_print *print; /* the result, on standard output */
	struct arena *arena;      /* lives as long as the call */
	bool is_told;             /* a failure has been explained */
	struct tool_part *part;   /* the one it is in, NULL: none */
	void *context;            /* the program's own */
};

/*
 * main() of a tool: returns the exit code. Words and options in any order, the verb's words first among the words. "PROGRAM
 * --print-completion SHELL" prints tool/completion.h's script.
 */
int tool_verb_main(const struct tool_program *p, int argc, char *const *argv);

/* Shorter for the table of the call. */
const char *tool_verb_value(const struct tool_call *c, const char *option);
bool tool_verb_is_set(const struct tool_call *c, const char *option);

/* A note for the person, on standard error: one line, with the program's name in front. */
void tool_verb_say(struct tool_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Explains a failure the same way and returns err. The first one (of a part) counts; further ones are not shown. */
int tool_verb_fail(struct tool_call *c, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * A part of a call that may fail alone, such as one row of many. Until its end what is told has the label in front, a failure is the
 * part's and not the call's, and the call's arena is the part's. Plain value, caller's memory; not within another part.
 */
#define TOOL_PART_LABEL_MAX 256
#define TOOL_PART_REASON_MAX 1024
struct tool_part {
	char label[TOOL_PART_LABEL_MAX];     /* "list.csv:7" */
	char reason[TOOL_PART_REASON_MAX];   /* of the failure as it was told; "": none was */
	struct arena *own, *outer;
	bool was_told;
};
/* *p: zeroed before the first time, and may be used for one part after the other. label: cut if it is longer. */
void tool_part_begin(struct tool_call *c, struct tool_part *p, const char *label);
/* The reason stays until the next begin. */
void tool_part_end(struct tool_call *c);
/* Frees what parts used. */
void tool_part_deinit(struct tool_part *p);
/* Foreign text made fit for a terminal, cut at about 1 KiB; in the call's arena. */
const char *tool_verb_safe(struct tool_call *c, struct view v);

#endif
