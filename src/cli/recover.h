/* SPDX-License-Identifier: MIT */
/*
 * The recovery code as the person sees it.
 */
#ifndef CLI_RECOVER_H
#define CLI_RECOVER_H

#include <stdbool.h>

#include "base/err.h"
#include "crypt/secret.h"
#include "tool/verb.h"

/* Opens the result's object and shows the code once in it; on a terminal it is asked back, unless --yes. *checked_r: it was.
 * loss: what happens without the code. Errors are told. */
int cli_recover_show(struct tool_call *c, const struct secret *code, const char *loss, bool *checked_r) ERR_CHECK;
/* A code as the person types it; *code_r owned. ERR_LIMIT: it cannot be one. Errors are told. */
int cli_recover_ask(struct tool_call *c, const char *prompt, struct secret **code_r) ERR_CHECK;

#endif
