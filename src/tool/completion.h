/* SPDX-License-Identifier: MIT */
/*
 * Completion scripts for shells, made from a program's tables: verbs, their options, what values are. Printed by
 * "PROGRAM --print-completion bash", which the build calls (contrib/Makefile.inc).
 */
#ifndef TOOL_COMPLETION_H
#define TOOL_COMPLETION_H

#include <stdio.h>

#include "base/err.h"
#include "tool/verb.h"

/* shell: "bash" or "zsh". ERR_USAGE: another one. */
int tool_completion_print(const struct tool_program *p, const char *shell, FILE *to) ERR_CHECK;

#endif
