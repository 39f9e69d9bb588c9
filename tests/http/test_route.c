/* SPDX-License-Identifier: MIT */
/* http/route.h: typed holes, who wins, 404 and 405. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/route.h"

static void
handle(struct http_request *r, void *arg)
{
	(void)r;
	(void)arg;
}

static const struct http_route ROUTES[] = {
	{ HTTP_GET, "/", 0, HTTP_BODY_NONE, 0, handle, "root" },
	{ HTTP_GET, "/a/{slug}", 0, HTTP_BODY_NONE, 0, handle, "slug" },
	{ HTTP_GET, "/a/list", 0, HTTP_BODY_NONE, 0, handle, "list" },
	{ HTTP_POST, "/a/{slug}", 0, HTTP_BODY_JSON, 10, handle, "post-slug" },
	{ HTTP_GET, "/p/{id}/e/{number}", 0, HTTP_BODY_NONE, 0, handle, "entry" },
	{ HTTP_HEAD, "/p/{id}", 0, HTTP_BODY_NONE, 0, handle, "head" },
	{ HTTP_GET, "/p/{id}", 0, HTTP_BODY_NONE, 0, handle, "get" },
	{ HTTP_GET, "/t/{token}", 0, HTTP_BODY_NONE, 0, handle, "token" },
};
#define N (sizeof(ROUTES) / sizeof(ROUTES[0]))

#define ID "bbbbbbbbbbbbbbbbbbbbbbbbba"

static void
test_find(void **state)
{
	(void)state;
	static const struct { enum http_method method; const char *path; const char *operation; } ROWS[] = {
		{ HTTP_GET, "/", "root" }, { HTTP_HEAD, "/", "root" }, { HTTP_GET, "/a/kanzlei-1", "slug" }, { HTTP_GET, "/a/list", "list" },
		{ HTTP_POST, "/a/list", "post-slug" }, { HTTP_GET, "/p/" ID "/e/17", "entry" }, { HTTP_HEAD, "/p/" ID, "head" },
		{ HTTP_GET, "/p/" ID, "get" }, { HTTP_GET, "/t/Ab_-9", "token" },
		{ HTTP_GET, "", NULL }, { HTTP_GET, "/a", NULL }, { HTTP_GET, "/a/", NULL }, { HTTP_GET, "/a/x/", NULL }, { HTTP_GET, "//a/x", NULL },
		{ HTTP_GET, "/A/x", NULL }, { HTTP_GET, "/a/X", NULL }, { HTTP_GET, "/a/-x", NULL }, { HTTP_GET, "/a/x y", NULL }, { HTTP_GET, "/a/list/more", NULL },
		{ HTTP_GET, "/p/" ID "/e/017", NULL }, { HTTP_GET, "/p/" ID "/e/-1", NULL }, { HTTP_GET, "/p/" ID "/e/9223372036854775808", NULL },
		{ HTTP_GET, "/p/BBBBBBBBBBBBBBBBBBBBBBBBBA", NULL }, { HTTP_GET, "/p/short", NULL }, { HTTP_GET, "/t/", NULL }, { HTTP_GET, "/t/a.b", NULL },
	};
	struct http_route_match m;
	http_route_check(ROUTES, N);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		int err = http_route_find(ROUTES, N, ROWS[i].method, view_str(ROWS[i].path), &m);
		if (ROWS[i].operation == NULL ? err != ERR_NOT_FOUND : err != 0 || strcmp(m.route->operation, ROWS[i].operation) != 0)
			fail_msg("%s: %d", ROWS[i].path, err);
	}
}

static void
test_params(void **state)
{
	(void)state;
	struct http_route_match m;
	struct id id;
	assert_int_equal(id_parse(VIEW_LIT(ID), &id), 0);
	assert_int_equal(http_route_find(ROUTES, N, HTTP_GET, VIEW_LIT("/p/" ID "/e/9223372036854775807"), &m), 0);
	assert_int_equal(m.n_params, 2);
	assert_true(id_equal(&m.params[0].id, &id));
	assert_true(m.params[1].number == INT64_MAX);
	assert_true(view_equal_str(m.params[1].text, "9223372036854775807"));
	char slug[70] = "/a/";
	memset(slug + 3, 'x', 64);
	assert_int_equal(http_route_find(ROUTES, N, HTTP_GET, view_of(slug, 66), &m), 0);
	assert_int_equal(http_route_find(ROUTES, N, HTTP_GET, view_of(slug, 67), &m), ERR_NOT_FOUND);
}

static void
test_method_not_allowed(void **state)
{
	(void)state;
	struct http_route_match m;
	assert_int_equal(http_route_find(ROUTES, N, HTTP_DELETE, VIEW_LIT("/a/x"), &m), ERR_UNSUPPORTED);
	assert_int_equal(m.allowed, 1u << HTTP_GET | 1u << HTTP_HEAD | 1u << HTTP_POST);
	assert_null(m.route);
}

/* A table that is wrong stops the program at its start. */
static int
check_stops(const struct http_route *routes, size_t n)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		close(2);
		http_route_check(routes, n);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
test_check(void **state)
{
	(void)state;
	static const struct http_route BAD[][2] = {
		{ { HTTP_GET, "a", 0, HTTP_BODY_NONE, 0, handle, "x" }, { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, handle, "y" } },
		{ { HTTP_GET, "/{what}", 0, HTTP_BODY_NONE, 0, handle, "x" }, { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, handle, "y" } },
		{ { HTTP_GET, "/a//b", 0, HTTP_BODY_NONE, 0, handle, "x" }, { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, handle, "y" } },
		{ { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, NULL, "x" }, { HTTP_GET, "/c", 0, HTTP_BODY_NONE, 0, handle, "y" } },
		{ { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, handle, "x" }, { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, handle, "y" } },
		{ { HTTP_POST, "/a", 0, HTTP_BODY_JSON, 0, handle, "x" }, { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, handle, "y" } },
		{ { HTTP_GET, "/{id}/{id}/{id}/{id}/{id}", 0, HTTP_BODY_NONE, 0, handle, "x" }, { HTTP_GET, "/b", 0, HTTP_BODY_NONE, 0, handle, "y" } },
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (!check_stops(BAD[i], 2))
			fail_msg("%zu", i);
	assert_false(check_stops(ROUTES, N));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_params), cmocka_unit_test(test_method_not_allowed), cmocka_unit_test(test_check),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
