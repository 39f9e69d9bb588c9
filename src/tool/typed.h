/* SPDX-License-Identifier: MIT */
/*
 * A text that a person wrote: an argument, or standard input where that is "-". May block on standard input.
 */
#ifndef TOOL_TYPED_H
#define TOOL_TYPED_H

#include <stddef.h>

#include "base/err.h"
#include "base/view.h"
#include "tool/verb.h"

/*
 * 1 to max bytes of UTF-8, exactly as they came; in the call's arena. Explains itself. empty: what is said when there is nothing;
 * too_long: when there is more. ERR_USAGE: nothing; ERR_LIMIT; ERR_SYNTAX: not UTF-8; ERR_IO.
 */
int tool_typed_text(struct tool_call *c, const char *argument, size_t max, const char *empty, const char *too_long,
    struct view *text_r) ERR_CHECK;

#endif
