/* SPDX-License-Identifier: MIT */
/*
 * Tables as text: RFC 4180 in UTF-8, read row by row with the place of whatever is wrong, and written.
 *
 *   file   = [BOM] row *(break row) [break]
 *   row    = cell *(separator cell)             separator: the first "," or ";" or tab that stands unquoted in the first row
 *   cell   = plain / DQUOTE *(any but DQUOTE / 2DQUOTE) DQUOTE
 *   plain  = *(any but separator, DQUOTE, CR and LF)
 *   break  = LF / CR LF
 *
 * Rows without any content (blank lines, separators alone) are passed over. No NUL anywhere.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define CLI_CSV_CELLS_MAX 256

struct cli_csv {
	struct view rest;         /* of the text, which is borrowed */
	char separator;
	bool has_mark;            /* it began with a BOM */
	size_t line, column;      /* of rest, from 1; columns are characters */
	/* Of the first error: what is wrong, and where. */
	const char *problem;
	size_t bad_line, bad_column;
};

struct cli_csv_row {
	struct view cells[CLI_CSV_CELLS_MAX];   /* in the text or the arena */
	size_t count;
	size_t line;              /* where it begins */
};

/* ERR_SYNTAX: r has the problem: not UTF-8, or NUL in it. */
int cli_csv_begin(struct cli_csv *r, struct view text) ERR_CHECK;
/* The next row. ERR_CLOSED: there is none. ERR_SYNTAX: r has the problem; no more can be read then. */
int cli_csv_next(struct cli_csv *r, struct arena *a, struct cli_csv_row *row_r) ERR_CHECK;

/* Appends a cell, quoted if need be, and what comes behind it. ERR_LIMIT. */
int cli_csv_put(struct buf *out, char separator, struct view cell, bool is_last) ERR_CHECK;

#endif
