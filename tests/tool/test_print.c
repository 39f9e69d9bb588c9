/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "tool/capture.h"
#include "tool/print.h"

static struct capture captured;

/* --- what is printed */

static void
one_object(struct tool_print *p)
{
	struct id id = { { 0 } };
	tool_print_object(p, NULL);
	tool_print_str(p, "recovery_code", TOOL_SHOW, "ABCD");
	tool_print_id(p, "id", TOOL_SHOW_JSON, &id);
	tool_print_bool(p, "verified", TOOL_SHOW, true);
	tool_print_time(p, "time", TOOL_SHOW, 1769903999123);
	tool_print_time(p, "never", TOOL_SHOW, 0);
	tool_print_str(p, "link", TOOL_SHOW_ALONE, "https://x");
	tool_print_str(p, "note", TOOL_SHOW_TEXT, "people only");
	tool_print_list(p, "files");
	tool_print_object(p, NULL);
	tool_print_str(p, "name", TOOL_SHOW, "nested");
	tool_print_close(p);
	tool_print_close(p);
	tool_print_close(p);
}

static void
one_table(struct tool_print *p)
{
	static const char *const names[] = { "Größe", "a", "\x1b[31mrot\xff" };
	tool_print_list(p, NULL);
	for (size_t i = 0; i < 3; i++) {
		tool_print_object(p, NULL);
		tool_print_str(p, "name", TOOL_SHOW, names[i]);
		tool_print_number(p, "number", TOOL_SHOW, i * 1000);
		tool_print_str(p, "last", TOOL_SHOW, i == 1 ? "" : "z");
		tool_print_close(p);
	}
	tool_print_close(p);
}

static void
nothing(struct tool_print *p)
{
	(void)p;
}

static void
many_rows(struct tool_print *p)
{
	tool_print_list(p, NULL);
	for (unsigned i = 0; i < 1500; i++) {
		tool_print_object(p, NULL);
		tool_print_number(p, "n", TOOL_SHOW, i);
		tool_print_close(p);
	}
	tool_print_close(p);
}

struct job {
	enum tool_print_format format;
	void (*fn)(struct tool_print *p);
};

static int
run(void *arg)
{
	const struct job *job = arg;
	struct tool_print *p = tool_print_new(job->format);
	job->fn(p);
	int err = tool_print_end(p);
	tool_print_free(&p);
	return err;
}

static const char *
printed(enum tool_print_format format, void (*fn)(struct tool_print *p))
{
	struct job job = { format, fn };
	capture_run(&captured, run, &job);
	assert_int_equal(captured.result, 0);
	return captured.out;
}

/* --- tests */

static void
an_object_is_lines_or_json(void **state)
{
	(void)state;
	assert_string_equal(printed(TOOL_PRINT_TEXT, one_object),
	    "recovery code: ABCD\nverified: yes\ntime: 2026-01-31 23:59\nhttps://x\nnote: people only\n");
	assert_string_equal(printed(TOOL_PRINT_JSON, one_object), "{\"recovery_code\":\"ABCD\",\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\","
	    "\"verified\":true,\"time\":\"2026-01-31T23:59:59.123Z\",\"link\":\"https://x\",\"files\":[{\"name\":\"nested\"}]}\n");
}

static void
a_list_is_a_table_or_json(void **state)
{
	(void)state;
	assert_string_equal(printed(TOOL_PRINT_TEXT, one_table),
	    "Größe            0     z\na                1000\n\\x1b[31mrot\\xff  2000  z\n");
	assert_string_equal(printed(TOOL_PRINT_JSON, one_table), "[{\"name\":\"Größe\",\"number\":0,\"last\":\"z\"},"
	    "{\"name\":\"a\",\"number\":1000,\"last\":\"\"},{\"name\":\"\\\\x1b[31mrot\\\\xff\",\"number\":2000,\"last\":\"z\"}]\n");
}

static void
no_result_is_nothing_or_an_empty_object(void **state)
{
	(void)state;
	assert_string_equal(printed(TOOL_PRINT_TEXT, nothing), "");
	assert_string_equal(printed(TOOL_PRINT_JSON, nothing), "{}\n");
}

static void
long_lists_lose_no_row(void **state)
{
	unsigned lines = 0;
	(void)state;
	for (const char *s = printed(TOOL_PRINT_TEXT, many_rows); *s != '\0'; s++)
		lines += *s == '\n';
	assert_int_equal(lines, 1500);
	assert_non_null(strstr(captured.out, "\n1499\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_lines_or_json),
		cmocka_unit_test(a_list_is_a_table_or_json),
		cmocka_unit_test(no_result_is_nothing_or_an_empty_object),
		cmocka_unit_test(long_lists_lose_no_row),
	};
	require(setenv("TZ", "UTC", 1) == 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
