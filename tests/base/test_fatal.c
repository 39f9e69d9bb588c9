/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fatal.h"
#include "base/mem.h"

/* Runs fn in a child; its standard error goes to out (NUL-terminated). Returns the wait status. */
static int
run(void (*fn)(void), char *out, size_t size)
{
	int ends[2], status;
	size_t len = 0;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit no_core = { 0, 0 };
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		(void)dup2(ends[1], STDERR_FILENO);
		fn();
		_exit(0);
	}
	(void)close(ends[1]);
	ssize_t n;
	while (len < size - 1 && (n = read(ends[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
fail_require(void)
{
	require(1 + 1 == 3);
}

static void
call_panic(void)
{
	panic("row %d of \"%s\"", 7, "table");
}

static void
call_fatal(void)
{
	fatal(78, "no\nnewline %s", "here");
}

static void
overflow_arena(void)
{
	struct arena *a = arena_new(100);
	(void)arena_alloc(a, 101);
}

static void
boundless_arena(void)
{
	struct arena *a = arena_new(SIZE_MAX);
	(void)arena_try(a, SIZE_MAX);
}

static void
nul_in_string(void)
{
	struct arena *a = arena_new(100);
	(void)arena_str(a, VIEW_LIT("a\0b"));
}

static void
commit_too_much(void)
{
	struct buf b;
	buf_init(&b, 100);
	buf_commit(&b, 1);
}

static void
consume_too_much(void)
{
	struct buf b;
	buf_init(&b, 100);
	buf_consume(&b, 1);
}

static void
overflow_product(void)
{
	size_t huge = SIZE_MAX / 2;
	void *p = mem_array(huge, 3);
	mem_free(&p);
}

static void
allocate_negative(void)
{
	void *p = mem_alloc((size_t)-5);
	mem_free(&p);
}

static void
bugs_abort_and_say_where(void **state)
{
	(void)state;
	void (*const BUGS[])(void) = { fail_require, call_panic, overflow_arena, boundless_arena, nul_in_string, commit_too_much,
		consume_too_much, overflow_product, allocate_negative };
	for (size_t i = 0; i < sizeof(BUGS) / sizeof(BUGS[0]); i++) {
		char out[1024];
		int status = run(BUGS[i], out, sizeof(out));
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
		assert_non_null(strstr(out, " error panic "));
		assert_non_null(strstr(out, ".c line="));
	}
}

static void
panic_carries_its_message(void **state)
{
	(void)state;
	char out[1024];
	(void)run(call_panic, out, sizeof(out));
	assert_non_null(strstr(out, "message=\"row 7 of \\\"table\\\"\""));
	(void)run(fail_require, out, sizeof(out));
	assert_non_null(strstr(out, "require failed: 1 + 1 == 3"));
}

static void
fatal_exits_with_its_code_and_one_line(void **state)
{
	(void)state;
	char out[1024];
	int status = run(call_fatal, out, sizeof(out));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 78);
	assert_non_null(strstr(out, " error fatal "));
	assert_non_null(strstr(out, "exit=78"));
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bugs_abort_and_say_where),
		cmocka_unit_test(panic_carries_its_message),
		cmocka_unit_test(fatal_exits_with_its_code_and_one_line),
	};
	return cmocka_run_group_tests_name("base/fatal", tests, NULL, NULL);
}
