/* SPDX-License-Identifier: MIT */
/*
 * Sorts a command line by tables of options. Knows no option and no verb by name; tool/verb.c calls it.
 *
 *   word   = "--" | "--" name ["=" value] | "-" letter [value] | anything else
 *   value  = the rest of the word, or the next word
 */
#include "tool/option.h"

#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"

void
tool_options_init(struct tool_options *o, size_t words_max)
{
	memset(o, 0, sizeof(*o));
	o->words = mem_array(words_max + 1, sizeof(o->words[0]));
}

void
tool_options_deinit(struct tool_options *o)
{
	mem_free(&o->words);
}

/* Untrusted words of the command line, fit for a terminal; cut where they are long. */
static void
put_word(char *out, size_t size, const char *word)
{
	struct view v = view_str(word);
	size_t n = 0;
	while (n + TOOL_OPTION_PROBLEM_MAX / 8 < size && v.len > 0)
		n += text_escape_next(&v, out + n);
	snprintf(out + n, size - n, "%s", v.len > 0 ? "..." : "");
}

static int
refuse(struct tool_options *o, const char *option, const char *sentence, const char *word)
{
	char shown[TOOL_OPTION_PROBLEM_MAX / 2] = "";
	if (word != NULL)
		put_word(shown, sizeof(shown), word);
	snprintf(o->problem, sizeof(o->problem), "%s%s%s%s%s%s", option, *option == '\0' ? "" : ": ", sentence,
	    word == NULL ? "" : ": \"", shown, word == NULL ? "" : "\"");
	return ERR_USAGE;
}

static const struct tool_option *
find(const struct tool_options *o, struct view name, char letter)
{
	for (size_t t = 0; t < TOOL_OPTION_TABLES_MAX; t++)
		for (const struct tool_option *row = o->tables[t]; row != NULL && row->name != NULL; row++)
			if (letter != 0 ? row->letter == letter : view_equal_str(name, row->name))
				return row;
	return NULL;
}

static int
keep(struct tool_options *o, const struct tool_option *row, const char *value)
{
	char name[64];
	snprintf(name, sizeof(name), "--%s", row->name);
	for (size_t i = 0; i < o->given_count; i++)
		if (o->given[i].option == row)
			return refuse(o, name, "given twice", NULL);
	require(o->given_count < TOOL_OPTION_VALUES_MAX);
	if (row->value != NULL) {
		const char *must = *value == '\0' ? "must not be empty" : row->check == NULL ? NULL : row->check(view_str(value));
		if (must != NULL)
			return refuse(o, name, must, value);
	}
	o->given[o->given_count].option = row;
	o->given[o->given_count++].value = value;
	return 0;
}

/* word: "--name" or "--name=value" */
static int
take_long(struct tool_options *o, char *const *argv, size_t *used_r)
{
	const char *text = argv[0] + 2;
	struct view name = view_slice(view_str(text), 0, view_find(view_str(text), '='));
	bool has_value = text[name.len] == '=';
	const struct tool_option *row = find(o, name, 0);
	if (row == NULL)
		return refuse(o, "", "unknown option", argv[0]);
	if (row->value == NULL && has_value)
		return refuse(o, "", "this option takes no value", argv[0]);
	if (row->value == NULL || has_value)
		return keep(o, row, row->value == NULL ? "" : text + name.len + 1);
	if (argv[1] == NULL)
		return refuse(o, argv[0], "needs a value", NULL);
	*used_r = 2;
	return keep(o, row, argv[1]);
}

/* word: "-l" or "-lvalue" */
static int
take_short(struct tool_options *o, char *const *argv, size_t *used_r)
{
	const char *text = argv[0] + 1;
	const struct tool_option *row = find(o, VIEW_LIT(""), text[0]);
	if (row == NULL || (row->value == NULL && text[1] != '\0'))
		return refuse(o, "", "unknown option", argv[0]);
	if (row->value == NULL || text[1] != '\0')
		return keep(o, row, row->value == NULL ? "" : text + 1);
	if (argv[1] == NULL)
		return refuse(o, argv[0], "needs a value", NULL);
	*used_r = 2;
	return keep(o, row, argv[1]);
}

int
tool_options_take(struct tool_options *o, char *const *argv, size_t *used_r)
{
	const char *word = argv[0];
	*used_r = 1;
	if (!o->is_ended && strcmp(word, "--") == 0) {
		o->is_ended = true;
		return 0;
	}
	if (!o->is_ended && word[0] == '-' && word[1] == '-')
		return take_long(o, argv, used_r);
	if (!o->is_ended && word[0] == '-' && word[1] != '\0')
		return take_short(o, argv, used_r);
	o->words[o->word_count++] = word;
	return 0;
}

int
tool_options_complete(struct tool_options *o)
{
	for (size_t t = 0; t < TOOL_OPTION_TABLES_MAX; t++)
		for (const struct tool_option *row = o->tables[t]; row != NULL && row->name != NULL; row++) {
			char name[64];
			snprintf(name, sizeof(name), "--%s %s", row->name, row->value);
			if (row->is_required && !tool_options_is_set(o, row->name))
				return refuse(o, name, "missing", NULL);
		}
	return 0;
}

const char *
tool_options_value(const struct tool_options *o, const char *name)
{
	const struct tool_option *row = find(o, view_str(name), 0);
	if (row == NULL)
		panic("no option --%s in the table", name);
	for (size_t i = 0; i < o->given_count; i++)
		if (o->given[i].option == row)
			return o->given[i].value;
	return NULL;
}

bool
tool_options_is_set(const struct tool_options *o, const char *name)
{
	return tool_options_value(o, name) != NULL;
}

/* --- checks */

static bool
is_line(struct view v, size_t max)
{
	return v.len <= max && text_is_utf8(v) && !text_has_control(v);
}

const char *
tool_option_check_name(struct view value)
{
	return is_line(value, 100) ? NULL : "must be UTF-8 text without control characters, at most 100 bytes";
}

const char *
tool_option_check_title(struct view value)
{
	return is_line(value, 200) ? NULL : "must be UTF-8 text without control characters, at most 200 bytes";
}

const char *
tool_option_check_line(struct view value)
{
	return is_line(value, 254) ? NULL : "must be UTF-8 text without control characters, at most 254 bytes";
}

const char *
tool_option_check_text(struct view value)
{
	static const char must[] = "must be UTF-8 text without control characters but tab and newline, at most 8192 bytes";
	if (value.len > 8192 || !text_is_utf8(value))
		return must;
	while (value.len > 0) {
		int32_t c = text_next_codepoint(&value);
		if ((c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0))
			return must;
	}
	return NULL;
}
