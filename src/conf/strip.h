/* SPDX-License-Identifier: MIT */
/*
 * The characters of a configuration file, before its syntax. Only conf/ includes this.
 *
 *   file     = *( comment / quoted / other )
 *   comment  = "#" up to the end of the line
 *   quoted   = '"' or "'", anything but a line end (a backslash takes the next character along), the same again
 */
#ifndef CONF_STRIP_H
#define CONF_STRIP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/*
 * Appends file to out with every comment made blanks, so that line numbers stay, and a NUL behind it.
 * ERR_SYNTAX: *line_r and *sentence_r say what is wrong. ERR_LIMIT: out is too small.
 */
int conf_strip_comments(struct view file, struct buf *out, unsigned *line_r, const char **sentence_r) ERR_CHECK;

#endif
