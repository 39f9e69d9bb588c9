/* SPDX-License-Identifier: MIT */
/*
 * Fills the paragraphs of a plain text, so that values of any length leave even lines.
 */
#ifndef MAIL_FILL_H
#define MAIL_FILL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define MAIL_FILL_COLUMNS 72

/*
 * Appends text (UTF-8, lines ending in LF) with lines of at most MAIL_FILL_COLUMNS characters where words
 * allow. Lines that begin with a blank stay as they are, so do empty ones and everything from "-- " on.
 * Characters are counted as one column each. ERR_LIMIT: out is full.
 */
int mail_fill_append(struct buf *out, struct view text) ERR_CHECK;

#endif
