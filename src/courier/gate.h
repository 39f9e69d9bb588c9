/* SPDX-License-Identifier: MIT */
/*
 * The one gate between our data and the relay: libetpan puts arguments into command lines as they are, so
 * nothing reaches it that could end a line, leave the angle brackets, or end the text.
 */
#ifndef COURIER_GATE_H
#define COURIER_GATE_H

#include <stddef.h>

#include "base/err.h"
#include "base/view.h"

/*
 * Copies an argument of a command to out, NUL-terminated. ERR_SYNTAX: it holds CR, LF, NUL or another control, a
 * blank, "<" or ">". ERR_LIMIT: longer than size - 1.
 */
int gate_argument(struct view v, char *out, size_t size) ERR_CHECK;
/* A whole mail: every line ends in CRLF and has at most 998 bytes before it, no NUL, no bare CR or LF, not empty. */
int gate_message(struct view v) ERR_CHECK;

#endif
