/* SPDX-License-Identifier: MIT */
/*
 * cli/csv.h: whatever was read is read again after it was written, and what was not has a place in the text.
 */
#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/csv.h"
#include "fuzz/fuzz.h"

static size_t
lines_of(struct view v)
{
	size_t n = 1;
	for (size_t i = 0; i < v.len; i++)
		n += v.data[i] == '\n' ? 1 : 0;
	return n;
}

static void
try_again(const struct cli_csv_row *row, char separator, struct buf *out, struct cli_csv_row *again)
{
	struct arena *arena = arena_new(1 << 24);
	struct cli_csv second;
	buf_clear(out);
	for (size_t i = 0; i < row->count; i++) {
		require(text_is_utf8(row->cells[i]) && view_find(row->cells[i], 0) == row->cells[i].len);
		require(cli_csv_put(out, separator, row->cells[i], i + 1 == row->count) == 0);
	}
	require(cli_csv_begin(&second, buf_view(out)) == 0);
	second.separator = separator;
	require(cli_csv_next(&second, arena, again) == 0 && again->count == row->count);
	for (size_t i = 0; i < row->count; i++)
		require(view_equal(row->cells[i], again->cells[i]));
	require(cli_csv_next(&second, arena, again) == ERR_CLOSED);
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_of(data, size);
	struct arena *arena = arena_new(1 << 24);
	struct cli_csv_row *rows = mem_array(2, sizeof(rows[0]));
	struct cli_csv csv;
	struct buf out;
	buf_init(&out, 1 << 24);
	int err = cli_csv_begin(&csv, text);
	while (err == 0 && (err = cli_csv_next(&csv, arena, &rows[0])) == 0) {
		require(rows[0].count > 0 && rows[0].line <= lines_of(text));
		try_again(&rows[0], csv.separator, &out, &rows[1]);
	}
	require(err == ERR_SYNTAX || (err == ERR_CLOSED && csv.rest.len == 0));
	require((err == ERR_SYNTAX) == (csv.problem != NULL));
	if (err == ERR_SYNTAX)
		require(csv.bad_line >= 1 && csv.bad_line <= lines_of(text) && csv.bad_column >= 1 && csv.bad_column <= size + 1);
	buf_deinit(&out);
	mem_free(&rows);
	arena_free(&arena);
	return 0;
}
