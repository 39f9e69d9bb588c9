/* SPDX-License-Identifier: MIT */
/* What an idle TLS connection costs: many of them, each after one request, opened by another process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fatal.h"
#include "http/talk.h"

#define CONNECTIONS 400
#define WARM 40                      /* the first ones pay for what all share */
#define MOST_BYTES (14 * 1024)

struct idle {
	struct talk t;
	int to_parent[2], to_child[2];
	struct event_watch *watch;
	size_t rss[3];
	int n;
};

static size_t
resident_bytes(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	require(f != NULL && fscanf(f, "%*u %lu", &pages) == 1);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* The client's process: opens, asks, keeps open; says so after the warm ones and at the end. */
static void
child(struct idle *i)
{
	static struct event_stream *streams[CONNECTIONS];
	char byte;
	for (int n = 0; n < CONNECTIONS; n++) {
		talk_open(&i->t);
		require(talk_ask(&i->t, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
		streams[n] = i->t.s;
		i->t.s = NULL;
		if (n + 1 == WARM || n + 1 == CONNECTIONS) {
			require(write(i->to_parent[1], "x", 1) == 1);
			require(read(i->to_child[0], &byte, 1) == 1);
		}
	}
	_exit(streams[0] == NULL);
}

static void
on_told(void *arg, unsigned ready)
{
	struct idle *i = arg;
	char byte;
	(void)ready;
	require(read(i->to_parent[0], &byte, 1) == 1);
	i->rss[i->n++] = resident_bytes();
	if (i->n == 2) {
		assert_int_equal(http_server_counts(i->t.site.server).connections, CONNECTIONS);
		event_loop_stop(i->t.loop);
	}
	require(write(i->to_child[1], "x", 1) == 1);
}

static void
test_idle_connection(void **state)
{
	struct idle i = { .n = 0 };
	int status = 1;
	(void)state;
#ifdef WITH_SANITIZERS
	skip();                      /* they pad every allocation */
#endif
	require(pipe(i.to_parent) == 0 && pipe(i.to_child) == 0);
	talk_init(&i.t, true, http_server_defaults());
	pid_t pid = fork();
	if (pid == 0)
		child(&i);
	i.watch = event_watch_start(i.t.loop, i.to_parent[0], EVENT_READ, on_told, &i);
	event_loop_run(i.t.loop);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	size_t each = (i.rss[1] - i.rss[0]) / (CONNECTIONS - WARM);
	print_message("an idle TLS connection holds %zu bytes\n", each);
	assert_in_range(each, 1024, MOST_BYTES);
	event_watch_cancel(&i.watch);
	talk_deinit(&i.t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_idle_connection) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
