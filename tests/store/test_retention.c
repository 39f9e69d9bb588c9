/* SPDX-License-Identifier: MIT */
/*
 * The table of rules against everything it speaks of (E1): no table of records and no job that erases by time is without a rule,
 * options and presets are those of the configuration, and the man page says the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "conf/conf.h"
#include "conf/option.h"
#include "store/handlers.h"
#include "store/retention.h"

/* What holds no record of anybody: names of keys and files, times, counters. */
static const enum store_table plumbing[] = { STORE_TABLE_META, STORE_TABLE_KEYS, STORE_TABLE_SPOOL, STORE_TABLE_DUE };

static bool
is_ruled(enum store_table table)
{
	for (enum store_retention r = 0; r < STORE_RETENTION_COUNT; r++)
		for (size_t i = 0; i < STORE_RETENTION_TABLES; i++)
			if (store_retention_rule(r)->tables[i] == table)
				return true;
	return false;
}

static void
every_table_has_a_rule(void **state)
{
	(void)state;
	for (enum store_table t = 0; t < STORE_TABLE_COUNT; t++) {
		bool is_plumbing = false;
		for (size_t i = 0; i < sizeof(plumbing) / sizeof(plumbing[0]); i++)
			is_plumbing |= plumbing[i] == t;
		if (!is_plumbing && !is_ruled(t))
			fail_msg("no rule of store/retention.c says when the table \"%s\" ends", store_table_row(t)->name);
	}
}

static void
every_erasing_job_has_a_rule(void **state)
{
	size_t count;
	const struct store_due_kind *kinds = store_handlers_due_kinds(&count);
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct store_retention_rule *rule = store_retention_of_job(kinds[i].kind);
		/* a reminder erases nothing; it waits for the believed time because it speaks of the end */
		if (kinds[i].is_erasure && rule == NULL && kinds[i].kind != STORE_JOB_PACKAGE_REMIND)
			fail_msg("no rule of store/retention.c names the job \"%s\"", kinds[i].name);
	}
	for (enum store_retention r = 0; r < STORE_RETENTION_COUNT; r++)
		for (size_t k = 0; k < STORE_RETENTION_JOBS && store_retention_rule(r)->jobs[k] != 0; k++) {
			bool is_known = false;
			for (size_t i = 0; i < count; i++)
				is_known |= kinds[i].kind == store_retention_rule(r)->jobs[k];
			assert_true(is_known);
		}
}

static void
options_are_the_configuration_s(void **state)
{
	(void)state;
	for (enum store_retention r = 0; r < STORE_RETENTION_COUNT; r++) {
		const struct store_retention_rule *rule = store_retention_rule(r);
		for (enum store_retention other = 0; other < r; other++)
			assert_string_not_equal(rule->name, store_retention_rule(other)->name);
		assert_int_equal(store_retention_ms(NULL, r), rule->value * rule->unit_ms);
		if (rule->option == NULL)
			continue;
		const struct conf_option *o = conf_option_find(rule->option);
		if (o == NULL)
			fail_msg("%s: there is no option %s", rule->name, rule->option);
		assert_int_equal(o->offset, rule->offset);
		assert_int_equal(o->size, sizeof(uint32_t));
		assert_int_equal(strtoul(o->preset, NULL, 10), rule->value);
		/* nothing that is kept by time is kept for longer than a year */
		assert_true(o->max * rule->unit_ms <= 365 * CLOCK_DAY_MS);
	}
}

static void
the_configuration_counts(void **state)
{
	struct conf conf = { .history_days = 90, .session_idle_s = 600 };
	struct store_settings settings = { .conf = &conf };
	(void)state;
	assert_int_equal(store_retention_ms(&settings, STORE_RETENTION_HISTORY), 90 * CLOCK_DAY_MS);
	assert_int_equal(store_retention_ms(&settings, STORE_RETENTION_SESSION_IDLE), 600000);
	assert_int_equal(store_retention_day_end_ms(&settings, STORE_RETENTION_HISTORY, 20000), 20090 * CLOCK_DAY_MS);
	assert_int_equal(store_retention_ms(&settings, STORE_RETENTION_NONCE), 600000);
	assert_int_equal(store_retention_ms(&settings, STORE_RETENTION_ACCOUNT), 0);
}

/* "365 days", as a person writes it. */
static void
spell(const struct store_retention_rule *r, char out[64])
{
	const char *unit = r->unit_ms == CLOCK_DAY_MS ? "day" : r->unit_ms == 3600000 ? "hour" : r->unit_ms == 60000 ? "minute" : "second";
	(void)snprintf(out, 64, "%u %s%s", (unsigned)r->value, unit, r->value == 1 ? "" : "s");
}

static void
the_man_page_says_so(void **state)
{
	struct buf page;
	(void)state;
	buf_init(&page, 1 << 20);
	assert_int_equal(file_read(AT_FDCWD, MAN_PAGE, &page), 0);
	char *text = strndup((const char *)page.data, page.len);
	for (enum store_retention r = 0; r < STORE_RETENTION_COUNT; r++) {
		const struct store_retention_rule *rule = store_retention_rule(r);
		char wanted[1024], time[64], first;
		spell(rule, time);
		first = (char)toupper((unsigned char)rule->erases[0]);
		(void)snprintf(wanted, sizeof(wanted), ".It %s\n%c%s.\n", rule->name, first, rule->erases + 1);
		if (strstr(text, wanted) == NULL)
			fail_msg("the man page does not have\n%s", wanted);
		if (rule->unit_ms == 0)
			(void)snprintf(wanted, sizeof(wanted), "Until %s.\n", rule->from);
		else if (rule->option == NULL)
			(void)snprintf(wanted, sizeof(wanted), "%s from: %s.\n", time, rule->from);
		else
			(void)snprintf(wanted, sizeof(wanted), ".Va %s ,\n%s, from: %s.\n", rule->option, time, rule->from);
		if (strstr(text, wanted) == NULL)
			fail_msg("the man page does not have\n%s", wanted);
	}
	free(text);
	buf_deinit(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table_has_a_rule),
		cmocka_unit_test(every_erasing_job_has_a_rule),
		cmocka_unit_test(options_are_the_configuration_s),
		cmocka_unit_test(the_configuration_counts),
		cmocka_unit_test(the_man_page_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
