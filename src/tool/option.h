/* SPDX-License-Identifier: MIT */
/*
 * The options of a command as a table, and the words of a command line sorted by it: values, flags, the
 * other words. Says what is wrong with a word and about which option, and nothing more.
 */
#ifndef TOOL_OPTION_H
#define TOOL_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/view.h"

/* One row; a table ends with an empty name. */
struct tool_option {
	const char *name;        /* long name without "--" */
	char letter;             /* short name, or 0 */
	bool is_required;
	const char *value;       /* what it takes, as the help shows it: "SLUG"; NULL: it is a flag */
	/* What a value must be ("must be ..."), NULL when this one is; no function: anything but the empty string. */
	const char *(*check)(struct view value);
	const char *help;        /* one line */
};

#define TOOL_OPTION_TABLES_MAX 2
#define TOOL_OPTION_VALUES_MAX 24
/* Longest sentence about a wrong command line. */
#define TOOL_OPTION_PROBLEM_MAX 512

/* A sorted command line. Strings are those of argv. */
struct tool_options {
	const struct tool_option *tables[TOOL_OPTION_TABLES_MAX];   /* NULL where there is none */
	struct {
		const struct tool_option *option;
		const char *value;       /* "" for a flag */
	} given[TOOL_OPTION_VALUES_MAX];
	size_t given_count;
	const char **words;          /* what is no option, owned */
	size_t word_count;
	bool is_ended;               /* "--" was there: only words follow */
	char problem[TOOL_OPTION_PROBLEM_MAX];
};

/* words_max: how many words will come at most. */
void tool_options_init(struct tool_options *o, size_t words_max);
void tool_options_deinit(struct tool_options *o);
/*
 * Takes the next word of argv (which ends with NULL), with its value if it needs one; *used_r says how many words that were.
 * ERR_USAGE: o->problem has the sentence; also for an option that is in no table yet.
 */
int tool_options_take(struct tool_options *o, char *const *argv, size_t *used_r) ERR_CHECK;
/* ERR_USAGE: a required option is missing. */
int tool_options_complete(struct tool_options *o) ERR_CHECK;
/* The value given, or NULL. The option must be in a table (panic). */
const char *tool_options_value(const struct tool_options *o, const char *name);
bool tool_options_is_set(const struct tool_options *o, const char *name);

/* Checks for rows: UTF-8 without controls, at most 100, 200 or 254 bytes; UTF-8 with tab and newline, 8192 bytes. */
const char *tool_option_check_name(struct view value);
const char *tool_option_check_title(struct view value);
const char *tool_option_check_line(struct view value);
const char *tool_option_check_text(struct view value);

#endif
