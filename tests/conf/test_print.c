/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "conf/load.h"

extern char **environ;

static char *
capture(void (*print)(FILE *to))
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	assert_non_null(to);
	print(to);
	assert_int_equal(fclose(to), 0);
	return out;
}

static void
committed_default_file_is_the_generated_one(void **state)
{
	(void)state;
	struct buf b;
	char *out = capture(conf_print_default);
	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(AT_FDCWD, TOP_SRCDIR "/conf/provision.conf", &b), 0);
	assert_true(view_equal_str(buf_view(&b), out));
	buf_deinit(&b);
	free(out);
}

static void
default_file_parses_as_it_stands(void **state)
{
	(void)state;
	struct conf *conf;
	struct conf_problem p;
	char *out = capture(conf_print_default);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1), 0);
	if (load_text(out, &conf, &p) != 0)
		fail_msg("line %u: %s: %s", p.line, p.option, p.sentence);
	conf_free(&conf);
	free(out);
}

/* The examples too: every commented-out option alone is accepted, but for the pairs that need each other. */
static void
every_line_of_the_default_file_is_good(void **state)
{
	(void)state;
	char *out = capture(conf_print_default), *rest = out, *line;
	size_t n = 0;
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1), 0);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] != '#' || line[1] == ' ')
			continue;
		bool is_pair = strncmp(line, "#relay_user", 11) == 0;
		bool is_pairs_second = strncmp(line, "#relay_password_file", 20) == 0;
		char text[512];
		struct conf *conf;
		struct conf_problem p;
		(void)snprintf(text, sizeof(text), "%s\n%s", line + 1, is_pair ? "relay_password_file = /x\n" : is_pairs_second ? "relay_user = x\n" : "");
		char *whole = NULL;
		size_t size;
		FILE *to = open_memstream(&whole, &size);
		conf_print_default(to);
		(void)fputs(text, to);
		assert_int_equal(fclose(to), 0);
		if (load_text(whole, &conf, &p) != 0)
			fail_msg("%s: %s", line, p.sentence);
		conf_free(&conf);
		free(whole);
		n++;
	}
	assert_true(n > 20);
	free(out);
}

static void
run_tool(const char *argument, struct buf *out)
{
	char *argv[] = { (char *)CONF_TOOL, (char *)argument, NULL };
	int ends[2], status;
	uint8_t *space;
	ssize_t n;
	pid_t pid;
	posix_spawn_file_actions_t actions;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), 0);
	assert_int_equal(posix_spawn_file_actions_addclose(&actions, ends[0]), 0);
	assert_int_equal(posix_spawn(&pid, CONF_TOOL, &actions, NULL, argv, environ), 0);
	assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
	file_close(&ends[1]);
	do {
		assert_int_equal(buf_reserve(out, 4096, &space), 0);
		n = read(ends[0], space, 4096);
		assert_true(n >= 0);
		buf_commit(out, (size_t)n);
	} while (n > 0);
	file_close(&ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
committed_man_page_is_the_generated_one(void **state)
{
	(void)state;
	struct buf committed, generated;
	buf_init(&committed, 1 << 20);
	buf_init(&generated, 1 << 20);
	assert_int_equal(file_read(AT_FDCWD, TOP_SRCDIR "/src/conf/provision.conf.5", &committed), 0);
	run_tool("man", &generated);
	assert_true(view_equal(buf_view(&committed), buf_view(&generated)));
	buf_deinit(&committed);
	buf_deinit(&generated);
}

static void
man_table_has_every_option_of_the_default_file(void **state)
{
	(void)state;
	char *file = capture(conf_print_default), *table = capture(conf_print_man_table), *rest = file, *line;
	size_t n = 0, items = 0;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char item[80];
		line += line[0] == '#';
		if (strchr("abcdefghijklmnopqrstuvwxyz", line[0]) == NULL || line[0] == '\0')
			continue;
		(void)snprintf(item, sizeof(item), ".It Ic %.*s\n", (int)strcspn(line, " "), line);
		assert_non_null(strstr(table, item));
		n++;
	}
	for (const char *at = table; (at = strstr(at, ".It Ic ")) != NULL; at++)
		items++;
	assert_int_equal(items, n);
	free(file);
	free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(committed_default_file_is_the_generated_one),
		cmocka_unit_test(default_file_parses_as_it_stands),
		cmocka_unit_test(every_line_of_the_default_file_is_good),
		cmocka_unit_test(committed_man_page_is_the_generated_one),
		cmocka_unit_test(man_table_has_every_option_of_the_default_file),
	};
	return cmocka_run_group_tests_name("conf/print", tests, NULL, NULL);
}
