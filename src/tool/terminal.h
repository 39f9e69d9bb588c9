/* SPDX-License-Identifier: MIT */
/*
 * The person at the terminal: questions, passwords without echo. Questions go to the terminal itself, answers come from it;
 * where there is none, passwords come from the first line of standard input.
 */
#ifndef TOOL_TERMINAL_H
#define TOOL_TERMINAL_H

#include <stdbool.h>

#include "base/err.h"
#include "crypt/secret.h"
#include "tool/verb.h"

/* True when standard input is a terminal: somebody can be asked. */
bool tool_terminal_is_there(void);
/*
 * One line without its end, at most max bytes, as a secret; is_hidden: not echoed. Without a terminal nothing is shown and the line
 * comes from standard input. ERR_USAGE: no line. ERR_LIMIT: too long. Both told.
 */
int tool_terminal_line(struct tool_call *c, const char *prompt, bool is_hidden, size_t max, struct secret **line_r) ERR_CHECK;
/*
 * Before what cannot be undone: 0 when --yes was given or the person says yes. ERR_USAGE: nobody can be asked;
 * ERR_STATE: the person says no. Both told. The verb must have the option "yes".
 */
int tool_terminal_confirm(struct tool_call *c, const char *question) ERR_CHECK;

#endif
