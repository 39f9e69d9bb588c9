/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/journal.h"
#include "cli/scene.h"
#include "crypt/random.h"

#define NAME "batch.journal"

static struct scene scene;
static struct cli_journal *journal;
static const struct cli_journal_about about = { "send", "host:1", "kanzlei" };

static int
setup(void **state)
{
	(void)state;
	scene_open(&scene);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cli_journal_close(&journal);
	scene_close(&scene);
	return 0;
}

static int
open_as(const struct cli_journal_about *a)
{
	cli_journal_close(&journal);
	scene_again(&scene);
	return cli_journal_open(&scene.call, NAME, a, &journal);
}

static void
again(void)
{
	assert_int_equal(open_as(&about), 0);
}

static struct cli_journal_row
row_of(uint8_t n)
{
	return (struct cli_journal_row){ .key = { { n } }, .files = { { 0, n } }, .line = n + 1U };
}

static void
plan(uint8_t first, uint8_t count, bool is_new)
{
	struct cli_journal_row rows[16];
	for (uint8_t i = 0; i < count; i++)
		rows[i] = row_of((uint8_t)(first + i));
	assert_int_equal(cli_journal_plan(journal, rows, count, is_new), 0);
}

static void
note(uint8_t n, enum cli_journal_state state)
{
	struct cli_journal_row row = row_of(n);
	row = *cli_journal_find(journal, &row.key);
	row.state = state;
	row.id = id_random();
	row.sequence = n;
	row.time_ms = 1700000000000 + n;
	assert_int_equal(cli_journal_note(journal, &row, FILE_DURABLE), 0);
}

static const struct cli_journal_row *
find(uint8_t n)
{
	struct cli_journal_row row = row_of(n);
	return cli_journal_find(journal, &row.key);
}

static void
what_was_noted_is_known(void **state)
{
	(void)state;
	again();
	assert_true(id_is_none(cli_journal_batch(journal)));
	assert_int_not_equal(access(NAME, F_OK), 0);
	plan(1, 3, true);
	struct id batch = *cli_journal_batch(journal);
	note(2, CLI_JOURNAL_BEGINS);
	note(2, CLI_JOURNAL_SENT);
	note(3, CLI_JOURNAL_COMPLETES);
	struct id sent = find(2)->id;
	again();
	assert_true(id_equal(&batch, cli_journal_batch(journal)));
	assert_int_equal(find(1)->state, CLI_JOURNAL_NONE);
	assert_int_equal(find(2)->state, CLI_JOURNAL_SENT);
	assert_true(id_equal(&find(2)->id, &sent));
	assert_int_equal(find(2)->sequence, 2);
	assert_int_equal(find(2)->time_ms, 1700000000002);
	assert_int_equal(find(3)->state, CLI_JOURNAL_COMPLETES);
	assert_int_equal(find(3)->line, 4);
	assert_int_equal(find(3)->files.bytes[1], 3);
	assert_null(find(4));
}

/* The same batch under another plan forgets nothing, another batch everything. */
static void
another_plan_and_another_batch(void **state)
{
	size_t n;
	(void)state;
	again();
	plan(1, 3, true);
	struct id batch = *cli_journal_batch(journal);
	note(1, CLI_JOURNAL_SENT);
	plan(2, 3, false);
	again();
	assert_true(id_equal(&batch, cli_journal_batch(journal)));
	assert_int_equal(find(1)->state, CLI_JOURNAL_SENT);
	assert_false(find(1)->is_planned);
	assert_true(find(2)->is_planned && find(4)->is_planned);
	cli_journal_rows(journal, &n);
	assert_int_equal(n, 4);
	plan(1, 2, true);
	again();
	assert_false(id_equal(&batch, cli_journal_batch(journal)));
	assert_int_equal(find(1)->state, CLI_JOURNAL_NONE);
	assert_null(find(4));
}

static void
append_text(const char *text)
{
	FILE *f = fopen(NAME, "a");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A line that was cut short is written over; a plan without its end does not count. */
static void
cut_short(void **state)
{
	(void)state;
	again();
	plan(1, 2, true);
	note(1, CLI_JOURNAL_SENT);
	append_text("{\"row\":\"AQAAAAAAAAAA");
	again();
	assert_int_equal(find(1)->state, CLI_JOURNAL_SENT);
	note(2, CLI_JOURNAL_SENT);
	again();
	assert_int_equal(find(2)->state, CLI_JOURNAL_SENT);
	append_text("{\"provision_batch\":1,\"batch\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"verb\":\"send\",\"server\":\"host:1\",\"company\":\"kanzlei\","
	    "\"time\":\"2026-11-23T18:22:59.540Z\"}\n"
	    "{\"plan\":\"rXdHrdQ9tW_-8_seI-RQVmBgu9DYAAVt_nFaTliqQd4\",\"line\":2,\"files\":\"1_yEwBmOn2jRXxn7epeYHamVOIQLZmFw11117We7cag\"}\n");
	again();
	assert_int_equal(find(1)->state, CLI_JOURNAL_SENT);
	plan(1, 3, false);
	again();
	assert_int_equal(find(2)->state, CLI_JOURNAL_SENT);
	assert_true(find(3)->is_planned);
}

static void
damaged_or_foreign(void **state)
{
	static const struct cli_journal_about others[] = { { "say", "host:1", "kanzlei" }, { "send", "host:2", "kanzlei" },
		{ "send", "host:1", "andere" } };
	static const char *const lines[] = { "\n", "{}\n", "x\n", "{\"ready\":1}\n", "{\"row\":\"x\"}\n" };
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		again();
		plan(1, 2, true);
		note(1, CLI_JOURNAL_SENT);
		append_text(lines[i]);
		assert_int_equal(open_as(&about), ERR_SYNTAX);
		assert_int_equal(unlink(NAME), 0);
	}
	again();
	plan(1, 2, true);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(open_as(&others[i]), ERR_STATE);
}

static void
one_at_a_time(void **state)
{
	struct cli_journal *second, *third;
	(void)state;
	again();
	assert_int_equal(cli_journal_open(&scene.call, NAME, &about, &third), 0);
	plan(1, 2, true);
	assert_int_equal(cli_journal_open(&scene.call, NAME, &about, &second), ERR_BUSY);
	cli_journal_close(&second);
	/* looked before there was a file: the other was faster */
	struct cli_journal_row row = row_of(1);
	scene_again(&scene);
	assert_int_equal(cli_journal_plan(third, &row, 1, true), ERR_BUSY);
	cli_journal_close(&third);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_noted_is_known, setup, teardown),
		cmocka_unit_test_setup_teardown(another_plan_and_another_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_short, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_or_foreign, setup, teardown),
		cmocka_unit_test_setup_teardown(one_at_a_time, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
