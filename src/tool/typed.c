/* SPDX-License-Identifier: MIT */
/*
 * Reads texts that people write. Knows nothing of what they are for. Called by verbs of all tools.
 */
#include "tool/typed.h"

#include <stdio.h>

#include "base/text.h"

/* Exactly what comes, up to one byte more than is allowed. */
static int
read_input(struct tool_call *c, size_t max, struct view *text_r)
{
	uint8_t *text = arena_alloc(c->arena, max + 1);
	size_t n = fread(text, 1, max + 1, stdin);

	if (ferror(stdin) != 0)
		return tool_verb_fail(c, ERR_IO, "standard input cannot be read");
	*text_r = view_of(text, n);
	return 0;
}

int
tool_typed_text(struct tool_call *c, const char *argument, size_t max, const char *empty, const char *too_long, struct view *text_r)
{
	*text_r = view_str(argument);
	int err = view_equal_str(*text_r, "-") ? read_input(c, max, text_r) : 0;

	if (err != 0)
		return err;
	if (text_r->len == 0)
		return tool_verb_fail(c, ERR_USAGE, "%s", empty);
	if (text_r->len > max)
		return tool_verb_fail(c, ERR_LIMIT, "%s", too_long);
	return text_is_utf8(*text_r) ? 0 : tool_verb_fail(c, ERR_SYNTAX, "the text is not UTF-8");
}
