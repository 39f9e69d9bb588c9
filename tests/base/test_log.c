/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

#define THREADS 8
#define LINES 500

/* What is logged while fn runs; NUL-terminated, owned by the caller. */
static char *
capture(void (*fn)(void))
{
	int saved = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_true(saved >= 0);
	/* Every line is one write(2): only with O_APPEND do they not overwrite each other. */
	assert_int_equal(fcntl(fileno(file), F_SETFL, O_APPEND), 0);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	fn();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	long size = lseek(fileno(file), 0, SEEK_END);
	char *out = calloc(1, (size_t)size + 1);
	assert_non_null(out);
	assert_int_equal(pread(fileno(file), out, (size_t)size, 0), size);
	(void)fclose(file);
	return out;
}

static void
assert_logged(void (*fn)(void), const char *expected)
{
	char *out = capture(fn);
	assert_string_equal(out, expected);
	free(out);
}

static int
use_systemd_form(void **state)
{
	(void)state;
	log_init("web", LOG_INFO, true);
	return 0;
}

static void
log_kinds(void)
{
	struct id id = { { 0 } };
	log_event(LOG_NOTICE, "all-kinds", LOG_S("s", "plain"), LOG_I("i", INT64_MIN), LOG_U("u", UINT64_MAX), LOG_ID("id", &id),
	    LOG_ERR(ERR_NOT_FOUND), LOG_S("none", NULL), LOG_ID("no", NULL));
	log_event(LOG_ERROR, "no-fields");
}

static void
every_kind_is_written(void **state)
{
	(void)state;
	assert_logged(log_kinds, "<5>all-kinds program=web s=plain i=-9223372036854775808 u=18446744073709551615 "
	    "id=aaaaaaaaaaaaaaaaaaaaaaaaaa err=not-found none=- no=-\n<3>no-fields program=web\n");
}

static void
log_hostile(void)
{
	log_event(LOG_INFO, "hostile", LOG_S("a", "x\n<3>panic program=store"), LOG_S("b", "say \"hi\" \\ there"), LOG_S("c", ""),
	    LOG_S("d", "a=b"), LOG_S("e", "\x1b[2J\x7f\xff"), LOG_S("f", "M\xc3\xbcller"), LOG_S("g", "\xe2\x80\xae" "evil"));
}

static void
values_cannot_forge_lines_or_fields(void **state)
{
	(void)state;
	assert_logged(log_hostile, "<6>hostile program=web a=\"x\\x0a<3>panic program=store\" b=\"say \\\"hi\\\" \\\\ there\" c=\"\" "
	    "d=\"a=b\" e=\"\\x1b[2J\\x7f\\xff\" f=\"M\xc3\xbcller\" g=\"\\u{202e}evil\"\n");
}

static void
log_levels(void)
{
	log_event(LOG_DEBUG, "hidden");
	log_set_level(LOG_DEBUG);
	log_event(LOG_DEBUG, "shown");
	log_set_level(LOG_ERROR);
	log_event(LOG_WARNING, "hidden");
}

static void
level_decides(void **state)
{
	(void)state;
	assert_logged(log_levels, "<7>shown program=web\n");
}

static void
log_by_hand(void)
{
	log_init("store", LOG_INFO, false);
	log_event(LOG_WARNING, "queue-full", LOG_U("n", 3));
}

static void
by_hand_with_time_level_and_pid(void **state)
{
	(void)state;
	char expected[128];
	char *out = capture(log_by_hand);
	(void)snprintf(expected, sizeof(expected), "Z warning queue-full program=store pid=%d n=3\n", (int)getpid());
	assert_true(strlen(out) > 23);
	assert_int_equal(out[10], 'T');
	assert_string_equal(out + 23, expected);
	free(out);
}

static void
log_long(void)
{
	static char value[100000];
	memset(value, 'x', sizeof(value) - 1);
	log_event(LOG_INFO, "long", LOG_S("a", value), LOG_S("b", "after"));
	memset(value, '\n', sizeof(value) - 1);
	log_event(LOG_INFO, "many", LOG_S("a", value), LOG_S("b", value), LOG_S("c", value), LOG_S("d", value), LOG_S("e", value));
}

static void
long_values_are_cut_and_it_says_so(void **state)
{
	(void)state;
	char *out = capture(log_long);
	char *second = strchr(out, '\n') + 1;
	assert_non_null(strstr(out, "xxx... b=after\n"));
	assert_in_range(second - out, 1000, 1200);
	assert_in_range(strlen(second), 2000, 4096);
	assert_string_equal(second + strlen(second) - strlen("\\x0a...\" cut=true\n"), "\\x0a...\" cut=true\n");
	free(out);
}

static void *
log_many(void *arg)
{
	static char filler[600];
	memset(filler, 'f', sizeof(filler) - 1);
	for (int i = 0; i < LINES; i++)
		log_event(LOG_INFO, "line", LOG_I("thread", *(int *)arg), LOG_I("i", i), LOG_S("filler", filler), LOG_S("end", "yes"));
	return NULL;
}

static void
log_from_threads(void)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, log_many, &numbers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void
lines_of_threads_do_not_mix(void **state)
{
	(void)state;
	int next[THREADS] = { 0 };
	size_t n = 0;
	char *out = capture(log_from_threads), *rest = out, *line;
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		int thread, i, used = 0;
		assert_int_equal(sscanf(line, "<6>line program=web thread=%d i=%d filler=%n", &thread, &i, &used), 2);
		assert_true(thread >= 0 && thread < THREADS);
		assert_int_equal(i, next[thread]++);
		assert_int_equal(strspn(line + used, "f"), 599);
		assert_string_equal(line + used + 599, " end=yes");
		n++;
	}
	assert_int_equal(n, THREADS * LINES);
	free(out);
}

static void
log_to_closed(void)
{
	(void)close(STDERR_FILENO);
	errno = 42;
	log_event(LOG_INFO, "lost");
	assert_int_equal(errno, 42);
}

static void
a_lost_log_is_no_failure_and_errno_is_kept(void **state)
{
	(void)state;
	assert_logged(log_to_closed, "");
}

#ifndef WITH_SANITIZERS /* which need address space of their own */
static void
log_without_memory(void)
{
	struct rlimit was;
	assert_int_equal(getrlimit(RLIMIT_AS, &was), 0);
	assert_int_equal(setrlimit(RLIMIT_AS, &(struct rlimit){ 4096, was.rlim_max }), 0);
	log_event(LOG_INFO, "no-memory", LOG_S("a", "x y"), LOG_I("n", 1));
	assert_int_equal(setrlimit(RLIMIT_AS, &was), 0);
}

static void
needs_no_memory(void **state)
{
	(void)state;
	assert_logged(log_without_memory, "<6>no-memory program=web a=\"x y\" n=1\n");
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_kind_is_written, use_systemd_form),
		cmocka_unit_test_setup(values_cannot_forge_lines_or_fields, use_systemd_form),
		cmocka_unit_test_setup(level_decides, use_systemd_form),
		cmocka_unit_test_setup(by_hand_with_time_level_and_pid, use_systemd_form),
		cmocka_unit_test_setup(long_values_are_cut_and_it_says_so, use_systemd_form),
		cmocka_unit_test_setup(lines_of_threads_do_not_mix, use_systemd_form),
		cmocka_unit_test_setup(a_lost_log_is_no_failure_and_errno_is_kept, use_systemd_form),
#ifndef WITH_SANITIZERS
		cmocka_unit_test_setup(needs_no_memory, use_systemd_form),
#endif
	};
	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
