/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "cli/csv.h"

static struct arena *arena;
static struct cli_csv csv;
static struct cli_csv_row row;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* All rows, cells between "<" and ">", rows between "|"; or where it went wrong. */
static const char *
read_all(const char *text, size_t len)
{
	static char out[4096];
	size_t n = 0;
	out[0] = '\0';
	int err = cli_csv_begin(&csv, view_of(text, len));
	while (err == 0 && (err = cli_csv_next(&csv, arena, &row)) == 0) {
		for (size_t i = 0; i < row.count; i++)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "<%.*s>", VIEW_FMT(row.cells[i]));
		n += (size_t)snprintf(out + n, sizeof(out) - n, "|");
	}
	if (err == ERR_SYNTAX)
		snprintf(out, sizeof(out), "%zu:%zu", csv.bad_line, csv.bad_column);
	else
		assert_int_equal(err, ERR_CLOSED);
	return out;
}

static const char *
read_str(const char *text)
{
	return read_all(text, strlen(text));
}

static void
rows_and_cells(void **state)
{
	(void)state;
	assert_string_equal(read_str(""), "");
	assert_string_equal(read_str("a,b\r\nc,d\r\n"), "<a><b>|<c><d>|");
	assert_string_equal(read_str("a,b\nc,d"), "<a><b>|<c><d>|");
	assert_string_equal(read_str("a,,\n,,b\n"), "<a><><>|<><><b>|");
	assert_string_equal(read_str(" a , b\n"), "< a >< b>|");
	assert_string_equal(read_str("\"a,b\",\"c\"\"d\",\"\"\n"), "<a,b><c\"d><>|");
	assert_string_equal(read_str("\"a\r\nb\nc\",d\r\n"), "<a\r\nb\nc><d>|");
	assert_string_equal(read_str("\"\"\"\"\n"), "<\">|");
}

static void
blank_rows_are_passed_over(void **state)
{
	(void)state;
	assert_string_equal(read_str("\n\r\na;b\n\n;\n;;\nc;d\n\n"), "<a><b>|<c><d>|");
	assert_int_equal(csv.separator, ';');
	read_str("a,b\n\n\"x\ny\",z\nc,d");
	assert_int_equal(row.line, 5);
}

static void
separator_is_of_the_first_row(void **state)
{
	(void)state;
	assert_string_equal(read_str("a;b\nc,d;e\n"), "<a><b>|<c,d><e>|");
	assert_string_equal(read_str("a\tb\nc,d\te\n"), "<a><b>|<c,d><e>|");
	assert_string_equal(read_str("\"a;b\",c\nd;e,f\n"), "<a;b><c>|<d;e><f>|");
	assert_string_equal(read_str("a\nb;c\n"), "<a>|<b;c>|");
	assert_false(csv.has_mark);
	assert_string_equal(read_str("\xef\xbb\xbf" "a;b\n"), "<a><b>|");
	assert_true(csv.has_mark);
}

static void
what_is_wrong_has_a_place(void **state)
{
	(void)state;
	assert_string_equal(read_str("a,b\nc,d\"e\n"), "2:4");
	assert_string_equal(read_str("a,b\nc,\"d\n\ne\n"), "2:3");
	assert_string_equal(read_str("a,b\nc,\"d\"e\n"), "2:6");
	assert_string_equal(read_str("a,b\n\xc3\xa4\xc3\xb6,d\re\n"), "2:5");
	assert_string_equal(read_str("a,b\n\xc3\xa4,\xff\n"), "2:3");
	assert_string_equal(read_str("a,b\n\"x\ny\",\xc0\x80\n"), "3:4");
	assert_string_equal(read_all("a,\0b\n", 5), "1:3");
	/* nothing more comes behind it */
	assert_int_equal(cli_csv_next(&csv, arena, &row), ERR_SYNTAX);
	char many[2 * CLI_CSV_CELLS_MAX + 1];
	memset(many, ',', sizeof(many));
	assert_string_equal(read_all(many, CLI_CSV_CELLS_MAX), "1:257");
	assert_string_equal(read_all(many, CLI_CSV_CELLS_MAX - 1), "");
}

static void
written_cells_are_read_again(void **state)
{
	static const char *const cells[] = { "plain", "a,b", "a;b", "a\tb", "say \"hello\"", "two\nlines", "two\r\nlines", " blank", "blank ", "" };
	size_t n = sizeof(cells) / sizeof(cells[0]);
	struct buf out;
	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cli_csv_put(&out, ';', view_str(cells[i]), i + 1 == n), 0);
	assert_int_equal(cli_csv_begin(&csv, buf_view(&out)), 0);
	assert_int_equal(cli_csv_next(&csv, arena, &row), 0);
	assert_int_equal(row.count, n);
	for (size_t i = 0; i < n; i++)
		assert_true(view_equal_str(row.cells[i], cells[i]));
	assert_int_equal(cli_csv_next(&csv, arena, &row), ERR_CLOSED);
	buf_deinit(&out);
	buf_init(&out, 3);
	assert_int_equal(cli_csv_put(&out, ',', VIEW_LIT("abc"), true), ERR_LIMIT);
	assert_int_equal(out.len, 0);
	buf_deinit(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_and_cells, setup, teardown),
		cmocka_unit_test_setup_teardown(blank_rows_are_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(separator_is_of_the_first_row, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_has_a_place, setup, teardown),
		cmocka_unit_test_setup_teardown(written_cells_are_read_again, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
