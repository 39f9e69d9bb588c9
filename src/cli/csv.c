/* SPDX-License-Identifier: MIT */
/*
 * Knows no column by name and no file. cli/batch_table.c reads with it, cli/batch_report.c writes. The text comes from the person's
 * own files, but may be anything: it is fuzzed.
 */
#include "cli/csv.h"

#include <string.h>

#include "base/text.h"

#define MARK VIEW_LIT("\xef\xbb\xbf")
#define SEPARATORS ",;\t"

static int
fail(struct cli_csv *r, const char *problem, size_t line, size_t column)
{
	r->problem = problem;
	r->bad_line = line;
	r->bad_column = column;
	return ERR_SYNTAX;
}

static int
fail_here(struct cli_csv *r, const char *problem)
{
	return fail(r, problem, r->line, r->column);
}

/* -1 at the end. */
static int
peek(const struct cli_csv *r)
{
	return r->rest.len == 0 ? -1 : r->rest.data[0];
}

/* One byte on; bytes that go on with a character are no column of their own. */
static void
skip(struct cli_csv *r)
{
	uint8_t c = r->rest.data[0];
	r->rest = view_slice(r->rest, 1, r->rest.len);
	if (c == '\n') {
		r->line++;
		r->column = 1;
	} else if ((c & 0xc0) != 0x80) {
		r->column++;
	}
}

/* --- the whole */

static char
find_separator(struct view text)
{
	bool is_quoted = false;
	while (text.len > 0 && (text.data[0] == '\n' || text.data[0] == '\r'))
		text = view_slice(text, 1, text.len);
	for (size_t i = 0; i < text.len && (is_quoted || text.data[i] != '\n'); i++) {
		if (text.data[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && strchr(SEPARATORS, text.data[i]) != NULL)
			return (char)text.data[i];
	}
	return SEPARATORS[0];
}

/* NUL, or a byte that no character begins with. */
static int
check_bytes(struct cli_csv *r)
{
	struct cli_csv at = *r;
	while (at.rest.len > 0) {
		struct view after = at.rest;
		int32_t c = text_next_codepoint(&after);
		if (c < 0)
			return fail(r, "this is not UTF-8: save the table as \"CSV UTF-8\"", at.line, at.column);
		if (c == 0)
			return fail(r, "a NUL: this is no text", at.line, at.column);
		while (at.rest.len > after.len)
			skip(&at);
	}
	return 0;
}

int
cli_csv_begin(struct cli_csv *r, struct view text)
{
	*r = (struct cli_csv){ .rest = text, .line = 1, .column = 1, .has_mark = view_starts(text, MARK) };
	if (r->has_mark)
		r->rest = view_slice(text, MARK.len, text.len);
	int err = check_bytes(r);
	if (err == 0)
		r->separator = find_separator(r->rest);
	return err;
}

/* --- cells */

static bool
is_end(const struct cli_csv *r)
{
	int c = peek(r);
	return c == -1 || c == r->separator || c == '\n' || (c == '\r' && r->rest.len > 1 && r->rest.data[1] == '\n');
}

static int
read_plain(struct cli_csv *r, struct view *cell_r)
{
	struct view from = r->rest;
	for (; !is_end(r); skip(r)) {
		if (peek(r) == '"')
			return fail_here(r, "a quotation mark within a cell: put the whole cell in quotation marks and write this one twice");
		if (peek(r) == '\r')
			return fail_here(r, "a carriage return that ends no line");
	}
	*cell_r = view_slice(from, 0, from.len - r->rest.len);
	return 0;
}

/* What stands between the marks, each two of them one. */
static struct view
undouble(struct view raw, struct arena *a)
{
	uint8_t *out = arena_alloc(a, raw.len);
	size_t n = 0;
	for (size_t i = 0; i < raw.len; i++) {
		out[n++] = raw.data[i];
		i += raw.data[i] == '"' ? 1 : 0;
	}
	return view_of(out, n);
}

static int
read_quoted(struct cli_csv *r, struct arena *a, struct view *cell_r)
{
	size_t line = r->line, column = r->column;
	bool is_doubled = false;
	skip(r);
	struct view from = r->rest;
	for (;; skip(r)) {
		if (peek(r) == -1)
			return fail(r, "this quotation mark is never closed", line, column);
		if (peek(r) != '"')
			continue;
		if (r->rest.len < 2 || r->rest.data[1] != '"')
			break;
		is_doubled = true;
		skip(r);
	}
	struct view raw = view_slice(from, 0, from.len - r->rest.len);
	skip(r);
	if (!is_end(r))
		return fail_here(r, "something behind the closing quotation mark");
	*cell_r = is_doubled ? undouble(raw, a) : raw;
	return 0;
}

/* --- rows */

static int
read_row(struct cli_csv *r, struct arena *a, struct cli_csv_row *row)
{
	row->count = 0;
	row->line = r->line;
	for (;;) {
		if (row->count == CLI_CSV_CELLS_MAX)
			return fail_here(r, "more cells than a row can have");
		struct view *cell = &row->cells[row->count++];
		int err = peek(r) == '"' ? read_quoted(r, a, cell) : read_plain(r, cell);
		if (err != 0)
			return err;
		if (peek(r) != r->separator)
			break;
		skip(r);
	}
	if (peek(r) == '\r')
		skip(r);
	if (peek(r) == '\n')
		skip(r);
	return 0;
}

static bool
is_blank(const struct cli_csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->cells[i].len > 0)
			return false;
	return true;
}

int
cli_csv_next(struct cli_csv *r, struct arena *a, struct cli_csv_row *row_r)
{
	int err = 0;
	do {
		if (r->problem != NULL)
			return ERR_SYNTAX;
		if (r->rest.len == 0)
			return ERR_CLOSED;
		err = read_row(r, a, row_r);
	} while (err == 0 && is_blank(row_r));
	return err;
}

/* --- writing */

static bool
needs_quotes(struct view cell)
{
	for (size_t i = 0; i < cell.len; i++)
		if (cell.data[i] != 0 && strchr(SEPARATORS "\"\r\n", cell.data[i]) != NULL)
			return true;
	return view_starts(cell, MARK) || (cell.len > 0 && (cell.data[0] == ' ' || cell.data[cell.len - 1] == ' '));
}

int
cli_csv_put(struct buf *out, char separator, struct view cell, bool is_last)
{
	size_t before = out->len;
	bool is_quoted = needs_quotes(cell);
	int err = is_quoted ? buf_append_u8(out, '"') : 0;
	for (size_t i = 0; i < cell.len && err == 0; i++) {
		err = buf_append_u8(out, cell.data[i]);
		if (err == 0 && is_quoted && cell.data[i] == '"')
			err = buf_append_u8(out, '"');
	}
	if (err == 0)
		err = buf_append_str(out, is_quoted ? is_last ? "\"\r\n" : "\"" : is_last ? "\r\n" : "");
	if (err == 0 && !is_last)
		err = buf_append_u8(out, (uint8_t)separator);
	if (err != 0)
		out->len = before;
	return err;
}
