/* SPDX-License-Identifier: MIT */
/*
 * What may stand in a mail of ours from a value that somebody else wrote: Unicode text on one line without
 * characters that are not seen or that change the direction of what surrounds them.
 */
#ifndef MAIL_CLEAN_H
#define MAIL_CLEAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/* C0, DEL, C1, line and paragraph separators, bidi controls, zero-width space, soft hyphen, BOM, not characters. */
bool mail_clean_is_refused(int32_t codepoint);
/* Appends v without those; tabs and other spaces become a blank, several blanks one, none at the ends.
 * ERR_SYNTAX: not UTF-8. ERR_LIMIT: out is full. */
int mail_clean_append(struct buf *out, struct view v) ERR_CHECK;
/*
 * Appends a text of several lines: whatever ends a line becomes LF, none at the end; controls but tab are left out; everything
 * else stays. Never longer than v. ERR_SYNTAX: not UTF-8. ERR_LIMIT: out is full.
 */
int mail_clean_append_lines(struct buf *out, struct view v) ERR_CHECK;

#endif
