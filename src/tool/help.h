/* SPDX-License-Identifier: MIT */
/*
 * Help made from the tables: of a program, of a group of verbs, of one verb.
 */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include <stdio.h>

#include "base/err.h"
#include "tool/verb.h"

/* Of the call's verb if it has one; else of the verbs that begin with its words. Returns 0, or ERR_USAGE: there are none. */
int tool_help_print(struct tool_call *c, FILE *to);

#endif
