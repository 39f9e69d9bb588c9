/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "conf/load.h"

struct seen {
	char restart[256];
	char reload[256];
};

static void
note(void *arg, const char *option, bool needs_restart)
{
	struct seen *seen = arg;
	char *to = needs_restart ? seen->restart : seen->reload;
	(void)snprintf(to + strlen(to), sizeof(seen->restart) - strlen(to), "%s ", option);
}

static void
equal_configurations_differ_in_nothing(void **state)
{
	(void)state;
	struct conf *a = load_good("service_name = A\n"), *b = load_good("service_name = \"A\"\n");
	struct seen seen = { "", "" };
	assert_int_equal(conf_diff_reloadable(a, b, note, &seen), 0);
	assert_string_equal(seen.restart, "");
	assert_string_equal(seen.reload, "");
	conf_free(&a);
	conf_free(&b);
}

static void
changes_are_told_by_what_they_need(void **state)
{
	(void)state;
	struct conf *a = load_good("key_mirror_dir = /m\nlisten = {127.0.0.1:1, 127.0.0.1:2}\n");
	struct conf *b = load_good("listen = {127.0.0.1:1, 127.0.0.1:3}\nlog_level = debug\nrelay_port = 26\nadmin_group = g\n"
	    "store_cache_bytes = 32MiB\nmail_from = a@b\n");
	struct seen seen = { "", "" };
	assert_int_equal(conf_diff_reloadable(a, b, note, &seen), 4);
	assert_string_equal(seen.restart, "listen key_mirror_dir store_cache_bytes admin_group ");
	assert_string_equal(seen.reload, "mail_from log_level relay_port ");
	assert_int_equal(conf_diff_reloadable(a, b, NULL, NULL), 4);
	conf_free(&a);
	conf_free(&b);
}

static void
fixed_options_keep_their_running_values(void **state)
{
	(void)state;
	struct conf *running = load_good("key_mirror_dir = /m\nlisten = 127.0.0.1:1\nstate_dir = /old\n");
	struct conf *wanted = load_good("listen = 127.0.0.1:2\nstate_dir = /new\nlog_level = debug\nadmin_group = g\n");
	conf_keep_fixed(wanted, running);
	assert_int_equal(conf_diff_reloadable(running, wanted, NULL, NULL), 0);
	conf_free(&running);
	/* Nothing is borrowed from it. */
	assert_string_equal(wanted->key_mirror_dir, "/m");
	assert_string_equal(wanted->state_dir, "/old");
	assert_null(wanted->admin_group);
	assert_int_equal(wanted->listen.at[0].port, 1);
	assert_int_equal(wanted->log_level, LOG_DEBUG);
	conf_free(&wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_configurations_differ_in_nothing),
		cmocka_unit_test(changes_are_told_by_what_they_need),
		cmocka_unit_test(fixed_options_keep_their_running_values),
	};
	return cmocka_run_group_tests_name("conf/reload", tests, NULL, NULL);
}
