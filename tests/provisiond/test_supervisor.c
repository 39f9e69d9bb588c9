/* SPDX-License-Identifier: MIT */
/*
 * The supervisor with dummy roles: start, links, deaths and back-off, hung processes, disposable ones, reload,
 * ticket keys, stop, and its own death.
 */
#include "config.h"

#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "ipc/message.h"
#include "provisiond/backoff.h"
#include "provisiond/world.h"

#define TWO_WEBS "web_processes = 2\n"

static int
setup(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	world_make(w, TWO_WEBS);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	world_remove(w);
	mem_free(&w);
	return 0;
}

/* A line of /proc/PID/status. */
static bool
has_status(pid_t pid, const char *line)
{
	char path[64];
	struct buf text;
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	buf_init(&text, 65536);
	assert_int_equal(file_read(AT_FDCWD, path, &text), 0);
	assert_int_equal(buf_append_u8(&text, 0), 0);
	bool has = strstr((const char *)text.data, line) != NULL;
	buf_deinit(&text);
	return has;
}

/* The supervisor gives up what it can, its children the rest. */
static void
test_restrictions(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
#ifndef WITH_SANITIZERS
	static const char *const names[] = { "store", "web-0", "courier" };
	assert_true(has_status(w->pid, "NoNewPrivs:\t1\n"));
	assert_true(has_status(w->pid, "Seccomp:\t2\n"));
	for (size_t i = 0; i < 3; i++) {
		assert_true(has_status(world_child(w, names[i]), "NoNewPrivs:\t1\n"));
		assert_true(has_status(world_child(w, names[i]), "Seccomp_filters:\t2\n"));
		assert_true(has_status(world_child(w, names[i]), "CapEff:\t0000000000000000\n"));
	}
#endif
	assert_true(has_status(w->pid, "Umask:\t0077\n"));
	assert_int_equal(world_stop(w), EX_OK);
}

static void
test_start_and_stop(void **state)
{
	struct world *w = *state;
	char more[128];
	(void)snprintf(more, sizeof(more), TWO_WEBS "metrics_listen = {\"127.0.0.1:%u\"}\n", w->port == 65535 ? 1025 : w->port + 1);
	world_configure(w, more);
	world_start_ready(w);
	/* exactly what the table grants */
	world_expect(w, "dummy-start program=web-0", 1);
	world_expect(w, "index=0 count=2 https=1 metrics=1 master=0 key=1", 1);
	world_expect(w, "index=1 count=2 https=1 metrics=0 master=0 key=1", 1);
	world_expect(w, "index=0 count=1 https=0 metrics=0 master=0 key=0", 1);
	world_expect(w, "dummy-asked", 2);
	assert_int_equal(world_counter(w, "master_key"), 1);
	assert_int_equal(world_counter(w, "certificate_key"), 0);
	assert_int_equal(world_counter(w, "asked"), 2);
	assert_int_equal(world_counter(w, "pid"), world_child(w, "store"));
#ifndef WITH_SANITIZERS
	assert_int_equal(world_counter(w, "jailed"), 1);
#endif
	if (geteuid() == 0)
		assert_int_not_equal(world_counter(w, "uid"), 0);
	else
		world_expect(w, "shared-user", 1);
	assert_int_equal(world_stop(w), EX_OK);
	/* the store ends after everybody else has finished */
	assert_int_equal(world_count(w, "dummy-finished"), 3);
	const char *last = strstr(w->said, "dummy-finished");
	for (const char *at = last; at != NULL; at = strstr(at + 1, "dummy-finished"))
		last = at;
	assert_non_null(strstr(last, "dummy-stop program=store"));
	assert_int_equal(world_count(w, "process-kill"), 0);
	struct stat st;
	assert_int_not_equal(stat(w->socket_path, &st), 0);
}

/* Deaths of one process: at once twice, then waits that double up to the maximum; the others go on. */
static void
test_kill_loop(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	pid_t store = world_child(w, "store"), other = world_child(w, "web-1");
	world_expect(w, "dummy-asked", 2);
	for (unsigned i = 1; i <= 6; i++) {
		assert_int_equal(kill(world_child(w, "web-0"), SIGKILL), 0);
		world_expect(w, "process-ready program=provisiond", 4 + i);
		world_expect(w, "dummy-detached program=store", i);
		world_expect(w, "dummy-asked", 2 + i);
	}
	assert_int_equal(world_count(w, "process-waits"), 4);
	assert_int_equal(world_count(w, "process=web-0 wait_ms=100\n"), 1);
	assert_int_equal(world_count(w, "process=web-0 wait_ms=200\n"), 1);
	assert_int_equal(world_count(w, "process=web-0 wait_ms=400\n"), 2);
	assert_int_equal(world_child(w, "store"), store);
	assert_int_equal(world_child(w, "web-1"), other);
	assert_int_equal(world_stop(w), EX_OK);
}

static void
test_backoff_forgets(void **state)
{
	(void)state;
	const struct role_timing *t = table_timing();
	struct backoff b = { 0 };
	assert_int_equal(backoff_after(&b, t, 0), 0);
	assert_int_equal(backoff_after(&b, t, t->early_ms - 1), 0);
	assert_int_equal(backoff_after(&b, t, 0), t->backoff_first_ms);
	assert_int_equal(backoff_after(&b, t, 0), 2 * t->backoff_first_ms);
	/* not early, not healthy: at once, but nothing is forgotten */
	assert_int_equal(backoff_after(&b, t, t->early_ms), 0);
	assert_int_equal(backoff_after(&b, t, 0), 4 * t->backoff_first_ms);
	for (int i = 0; i < 100; i++)
		assert_int_equal(backoff_after(&b, t, 0), t->backoff_max_ms);
	assert_int_equal(backoff_after(&b, t, t->healthy_ms), 0);
	assert_int_equal(backoff_after(&b, t, 0), 0);
}

/* The store dies: the others stay and get new links. */
static void
test_store_dies(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	pid_t web = world_child(w, "web-0"), courier = world_child(w, "courier");
	world_expect(w, "dummy-asked", 2);
	(void)world_order(w, "crash");
	world_expect(w, "process-ready program=provisiond", 5);
	world_expect(w, "dummy-asked", 4);
	world_expect(w, "dummy-detached program=web-0", 1);
	assert_int_equal(world_counter(w, "asked"), 2);
	assert_int_equal(world_child(w, "web-0"), web);
	assert_int_equal(world_child(w, "courier"), courier);
	assert_int_equal(world_count(w, "process-kill"), 0);
	assert_int_equal(world_stop(w), EX_OK);
}

static void
test_hung_process_is_killed(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	world_expect(w, "dummy-asked", 2);
	(void)world_order_type(w, IPC_CLOCK_ACCEPT);
	world_expect(w, "why=hangs", 1);
	world_expect(w, "process-ready program=provisiond", 5);
	world_expect(w, "dummy-asked", 4);
	/* one that leaves its channel and lives on */
	assert_int_equal(world_order(w, "leave"), ERR_STATE);
	world_expect(w, "why=\"left its control channel\"", 1);
	world_expect(w, "process-ready program=provisiond", 6);
	assert_int_equal(world_stop(w), EX_OK);
}

static void
test_disposable_is_replaced(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	for (unsigned i = 1; i <= 6; i++) {
		/* the courier's request may still be on its way */
		for (int k = 0; k < 100 && world_count(w, "process=courier") < 3 * i; k++) {
			(void)world_order(w, "done");
			world_listen(w, 20);
		}
		world_expect(w, "process-ready program=provisiond", 4 + i);
	}
	assert_int_equal(world_count(w, "process-waits"), 0);
	assert_int_equal(world_count(w, "error process-end"), 0);
	/* the store has told that the link is gone, unless it heard it first: nothing to warn of */
	world_expect(w, "role=4", 1);
	assert_int_equal(world_count(w, "warning "), world_count(w, "warning unjailed"));
	/* but a crash of it is a death like any other */
	assert_int_equal(kill(world_child(w, "courier"), SIGSEGV), 0);
	world_expect(w, "process-ready program=provisiond", 11);
	assert_int_equal(world_count(w, "error process-end"), 1);
	assert_int_equal(world_stop(w), EX_OK);
}

/* The store cuts a link: the front process is ended for good measure and comes back with a new one. */
static void
test_cut_link(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	pid_t store = world_child(w, "store");
	world_expect(w, "dummy-asked", 2);
	assert_int_equal(world_order(w, "cut"), ERR_STATE);
	world_expect(w, "why=\"its link was cut\"", 2);
	assert_int_equal(world_count(w, "warning link-cut"), 2);
	world_expect(w, "process-ready program=provisiond", 6);
	world_expect(w, "dummy-asked", 4);
	assert_int_equal(world_child(w, "store"), store);
	assert_int_equal(world_stop(w), EX_OK);
}

static void
test_reload(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	assert_int_equal(world_counter(w, "reserve"), 1u << 30);
	world_configure(w, TWO_WEBS "disk_reserve_bytes = 2GiB\n");
	assert_int_equal(kill(w->pid, SIGHUP), 0);
	world_expect(w, " reloaded program=provisiond", 1);
	assert_int_equal(world_count(w, "dummy-reloaded"), 4);
	assert_int_equal(world_counter(w, "reserve"), 2ull << 30);
	assert_int_equal(world_count(w, "option-changed"), 1);
	/* an option that needs a restart is named and keeps its value; a new certificate is taken */
	world_make_certificate(w, true);
	world_configure(w, "web_processes = 3\ndisk_reserve_bytes = 3GiB\n");
	assert_int_equal(kill(w->pid, SIGHUP), 0);
	world_expect(w, " reloaded program=provisiond", 2);
	world_expect(w, "option-needs-restart", 1);
	assert_int_equal(world_counter(w, "reserve"), 3ull << 30);
	/* a file that is wrong changes nothing */
	world_configure(w, TWO_WEBS "disk_reserve_bytes = much\n");
	assert_int_equal(kill(w->pid, SIGHUP), 0);
	world_expect(w, "reload-refused", 1);
	world_configure(w, TWO_WEBS "disk_reserve_bytes = 4GiB\n");
	world_write(w, "cert.pem", VIEW_LIT("not a certificate"), 0644);
	assert_int_equal(kill(w->pid, SIGHUP), 0);
	world_expect(w, "reload-refused", 2);
	assert_int_equal(world_counter(w, "reserve"), 3ull << 30);
	assert_int_equal(world_counter(w, "reloaded"), 2);
	/* a role that refuses is named, and stays as it was */
	world_make_certificate(w, false);
	world_configure(w, TWO_WEBS "disk_reserve_bytes = 77MiB\n");
	assert_int_equal(kill(w->pid, SIGHUP), 0);
	world_expect(w, "process-reload-failed", 1);
	assert_int_equal(world_counter(w, "reserve"), 3ull << 30);
	assert_int_equal(world_count(w, "process-end"), 0);
	assert_int_equal(world_stop(w), EX_OK);
}

/* What is started after a reload has the new settings, and a process that was starting gets them too. */
static void
test_reload_and_restart(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	world_configure(w, TWO_WEBS "disk_reserve_bytes = 2GiB\n");
	assert_int_equal(kill(world_child(w, "store"), SIGKILL), 0);
	assert_int_equal(kill(w->pid, SIGHUP), 0);
	world_expect(w, " reloaded program=provisiond", 1);
	world_expect(w, "process-ready program=provisiond", 5);
	world_listen(w, 100);
	assert_int_equal(world_counter(w, "reserve"), 2ull << 30);
	assert_int_equal(world_stop(w), EX_OK);
}

static void
test_ticket_keys_change(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	world_expect(w, "dummy-ticket program=web-0", 1);
	world_expect(w, "dummy-ticket program=web-1", 2);
	assert_int_equal(world_count(w, "dummy-ticket program=store"), 0);
	assert_int_equal(world_stop(w), EX_OK);
}

/* A process that does not finish is killed at the end of its time, a second signal ends all at once. */
static void
test_stop_of_the_stuck(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	assert_int_equal(kill(world_child(w, "web-0"), SIGSTOP), 0);
	uint64_t before = clock_mono_ms();
	assert_int_equal(world_stop(w), EX_OK);
	assert_true(clock_mono_ms() - before >= 300);
	assert_true(world_count(w, "why=\"did not finish in time\"") + world_count(w, "why=hangs") >= 1);
	world_start_ready(w);
	assert_int_equal(kill(world_child(w, "web-0"), SIGSTOP), 0);
	assert_int_equal(kill(w->pid, SIGTERM), 0);
	world_expect(w, " stopping program=provisiond", 1);
	assert_int_equal(world_stop(w), EX_SOFTWARE);
	assert_true(world_count(w, "why=\"told twice to stop\"") >= 1);
}

static bool
is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* Nobody outlives the supervisor, not even one that hangs. */
static void
test_supervisor_is_killed(void **state)
{
	struct world *w = *state;
	world_start_ready(w);
	static const char *const names[] = { "store", "web-0", "web-1", "courier" };
	pid_t children[4];
	for (size_t i = 0; i < 4; i++)
		children[i] = world_child(w, names[i]);
	assert_int_equal(kill(children[1], SIGSTOP), 0);
	assert_int_equal(kill(w->pid, SIGKILL), 0);
	assert_int_equal(world_end(w), 1000 + SIGKILL);
	uint64_t until = clock_mono_ms() + 3000;
	for (size_t i = 0; i < 4; i++)
		while (is_alive(children[i]) && clock_mono_ms() < until)
			(void)usleep(10000);
	for (size_t i = 0; i < 4; i++)
		assert_false(is_alive(children[i]));
	/* the control socket it left behind is no obstacle */
	world_start_ready(w);
	assert_int_equal(world_stop(w), EX_OK);
}

/* Connects as another user, who is in this group (-1: none); the store's answer, or why not. */
static int
connect_as(struct world *w, uid_t uid, gid_t group)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		gid_t groups[1] = { group };
		if (setgroups(group == (gid_t)-1 ? 0 : 1, groups) != 0 || setgid(65534) != 0 || setuid(uid) != 0)
			_exit(99);
		int err = world_order(w, "nothing");
		_exit(err == ERR_STATE ? 0 : -err);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
test_who_may_administer(void **state)
{
	struct world *w = *state;
	struct stat st;
	if (geteuid() != 0) {
		world_start_ready(w);
		assert_int_equal(stat(w->socket_path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(world_order(w, "nothing"), ERR_STATE);
		assert_int_equal(world_stop(w), EX_OK);
		return;
	}
	world_configure(w, TWO_WEBS "admin_group = man\n");
	assert_int_equal(chmod(w->folder, 0755), 0);
	world_start_ready(w);
	gid_t man = getgrnam("man")->gr_gid;
	assert_int_equal(stat(w->socket_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(st.st_gid, man);
	assert_int_equal(world_order(w, "nothing"), ERR_STATE);
	assert_int_equal(connect_as(w, 65534, man), 0);
	assert_int_not_equal(connect_as(w, 65534, (gid_t)-1), 0);
	/* the mode is not the only guard; and a role's user may not even as a member */
	assert_int_equal(chmod(w->socket_path, 0666), 0);
	assert_int_not_equal(connect_as(w, 65534, (gid_t)-1), 0);
	assert_int_not_equal(connect_as(w, 2 /* bin, who is web */, man), 0);
	world_expect(w, "control-refused", 2);
	assert_int_equal(world_stop(w), EX_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff_forgets),
		cmocka_unit_test_setup_teardown(test_start_and_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restrictions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kill_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_store_dies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hung_process_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disposable_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reload_and_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ticket_keys_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_of_the_stuck, setup, teardown),
		cmocka_unit_test_setup_teardown(test_supervisor_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_may_administer, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
