/* SPDX-License-Identifier: MIT */
/*
 * A short text as a QR code of terminal characters: two modules a character, dark on light whatever the terminal's colours.
 */
#ifndef CLI_QR_H
#define CLI_QR_H

#include "base/err.h"
#include "tool/verb.h"

/* Prints it into the open object, text only. ERR_LIMIT: too long for one, told. */
int cli_qr_print(struct tool_call *c, const char *text) ERR_CHECK;

#endif
