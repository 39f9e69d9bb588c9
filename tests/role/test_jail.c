/* SPDX-License-Identifier: MIT */
/*
 * The jail: every forbidden act works outside and is refused inside, for the permits of every role; what a
 * role needs works inside. A refused call is named by number in the log.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "event/loop.h"
#include "role/jail.h"
#include "role/jail_calls.h"
#include "role/jail_probe.h"

#define WEB_PERMITS ROLE_PERMIT_ACCEPT
#define STORE_PERMITS (ROLE_PERMIT_ACCEPT | ROLE_PERMIT_FILES_WRITE | ROLE_PERMIT_THREADS | ROLE_PERMIT_SHARED_MEMORY)
#define COURIER_PERMITS (ROLE_PERMIT_CONNECT | ROLE_PERMIT_FILES_READ)

static struct role_probe_place place;

static int
setup(void **state)
{
	(void)state;
	return role_probe_place_make(&place) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	role_probe_place_remove(&place);
	return 0;
}

static void
test_acts_work_outside(void **state)
{
	(void)state;
	size_t n;
	const struct role_probe *probes = role_probes(&n);
	for (size_t i = 0; i < n; i++)
		if (!role_probe_works(&probes[i], &place, false, 0))
			fail_msg("%s: does not work outside either", probes[i].name);
}

static void
check_refused(unsigned permits)
{
	size_t n;
	const struct role_probe *probes = role_probes(&n);
	for (size_t i = 0; i < n; i++) {
		bool is_permitted = (permits & ROLE_PERMIT_CONNECT) != 0 && strcmp(probes[i].name, "connect by TCP") == 0;
		if (role_probe_works(&probes[i], &place, true, permits) != is_permitted)
			fail_msg("%s: %s in the jail (permits %x)", probes[i].name, is_permitted ? "refused" : "works", permits);
	}
}

static void
test_acts_fail_inside(void **state)
{
	(void)state;
	check_refused(0);
	check_refused(WEB_PERMITS);
	check_refused(STORE_PERMITS);
	check_refused(COURIER_PERMITS);
}

/* Runs fn in a jailed child, whose standard error goes to *said_r (256 bytes) if given; its exit code. */
static int
run_jailed(unsigned permits, const struct role_path *paths, int (*fn)(void), char *said_r)
{
	int out[2], status;
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (said_r != NULL)
			(void)dup2(out[1], STDERR_FILENO);
		(void)close(out[0]);
		(void)alarm(10);
		role_jail_harden();
		if (role_jail_enter(permits, NULL, paths) != ERR_OK)
			_exit(99);
		_exit(fn());
	}
	(void)close(out[1]);
	if (said_r != NULL) {
		memset(said_r, 0, 256);
		for (size_t n = 0; n < 255;) {
			ssize_t k = read(out[0], said_r + n, 255 - n);
			if (k <= 0)
				break;
			n += (size_t)k;
		}
	}
	(void)close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

#define STEP(x) do { if (!(x)) return __LINE__ % 90 + 1; } while (0)

static void
count_up(void *arg)
{
	++*(int *)arg;
}

/* What every role does: loop, timer, wake-up, memory, random, clock, memfd. */
static int
live(void)
{
	int fired = 0;
	struct event_loop *loop = event_loop_new();
	struct event_timer *timer = event_timer_start(loop, 5, count_up, &fired);
	struct event_wakeup *wakeup = event_wakeup_start(loop, count_up, &fired);
	event_wakeup_send(wakeup);
	while (fired < 2)
		event_loop_step(loop, true);
	event_timer_cancel(&timer);
	event_wakeup_cancel(&wakeup);
	event_loop_free(&loop);
	void *volatile p = malloc(64 << 20);
	STEP(p != NULL);
	memset(p, 1, 64 << 20);
	free(p);
	uint8_t random[16];
	STEP(syscall(SYS_getrandom, random, sizeof(random), 0) == (long)sizeof(random));
	STEP(clock_wall_ms() > 0 && clock_boot_ms() > 0);
	(void)clock_is_synchronised();
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	STEP(fd >= 0 && ftruncate(fd, 0) != 5 && write(fd, "x", 1) == 1 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	struct stat st;
	STEP(fstat(fd, &st) == 0 && st.st_size == 1);
	return 0;
}

static int
live_without_files(void)
{
	/* a library that looks for a file is refused, not killed */
	STEP(open("/etc/passwd", O_RDONLY) < 0);
	struct stat st;
	STEP(stat("/etc/passwd", &st) != 0);
	return 0;
}

static void
test_base_works(void **state)
{
	(void)state;
	assert_int_equal(run_jailed(ROLE_PERMIT_FILES_WRITE, NULL, live, NULL), 0);
	assert_int_equal(run_jailed(WEB_PERMITS, NULL, live_without_files, NULL), 0);
}

static char folder[64], path_a[128], path_b[128];

static int
use_files(void)
{
	int dir, fd;
	STEP(file_open_dir(AT_FDCWD, folder, &dir) == ERR_OK);
	STEP(file_replace(dir, "a", VIEW_LIT("text"), 0600, FILE_DURABLE) == ERR_OK);
	STEP(mkdirat(dir, "sub", 0700) == 0);
	STEP(renameat(dir, "a", dir, "sub/b") == 0);
	STEP((fd = open(path_b, O_RDWR)) >= 0);
	STEP(ftruncate(fd, 2) == 0 && fdatasync(fd) == 0);
	STEP(unlink(path_b) == 0 && unlinkat(dir, "sub", AT_REMOVEDIR) == 0);
	STEP(open("/etc/passwd", O_RDONLY) < 0);
	return 0;
}

static int
use_files_to_read(void)
{
	STEP(open(path_a, O_RDONLY) >= 0);
	STEP(open(path_a, O_WRONLY) < 0);
	STEP(open(path_b, O_WRONLY | O_CREAT, 0600) < 0);
	return 0;
}

static void
test_allowed_paths(void **state)
{
	(void)state;
	memcpy(folder, "/tmp/provision-jail-XXXXXX", 27);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path_a, sizeof(path_a), "%s/a", folder);
	(void)snprintf(path_b, sizeof(path_b), "%s/sub/b", folder);
	const struct role_path writable[] = { { folder, ROLE_RIGHT_READ | ROLE_RIGHT_WRITE }, { NULL, 0 } };
	assert_int_equal(run_jailed(STORE_PERMITS, writable, use_files, NULL), 0);
	assert_int_equal(file_replace(AT_FDCWD, path_a, VIEW_LIT("x"), 0600, FILE_SCRATCH), ERR_OK);
	(void)snprintf(path_b, sizeof(path_b), "%s/new", folder);
	const struct role_path readable[] = { { folder, ROLE_RIGHT_READ }, { NULL, 0 } };
	assert_int_equal(run_jailed(STORE_PERMITS, readable, use_files_to_read, NULL), 0);
	const struct role_path one_file[] = { { path_a, ROLE_RIGHT_READ }, { NULL, 0 } };
	assert_int_equal(run_jailed(COURIER_PERMITS, one_file, use_files_to_read, NULL), 0);
	assert_int_equal(unlink(path_a), 0);
	assert_int_equal(rmdir(folder), 0);
	/* a required path that is missing is an error of entering */
	assert_int_equal(run_jailed(STORE_PERMITS, readable, live, NULL), 99);
}

static void *
thread_main(void *arg)
{
	*(volatile int *)arg = open("/etc/passwd", O_RDONLY) < 0 && errno != 0 ? 7 : 1;
	return arg;
}

static int
use_threads(void)
{
	pthread_t thread;
	volatile int value = 0;
	STEP(pthread_create(&thread, NULL, thread_main, (void *)(uintptr_t)&value) == 0);
	STEP(pthread_join(thread, NULL) == 0 && value == 7);
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	STEP(p != MAP_FAILED);
	return 0;
}

static int
fork_by_clone3(void)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	} args = { .exit_signal = SIGCHLD };
	return syscall(SYS_clone3, &args, sizeof(args)) < 0 ? 1 : 0;
}

static void
test_threads_but_no_processes(void **state)
{
	(void)state;
	assert_int_equal(run_jailed(STORE_PERMITS, NULL, use_threads, NULL), 0);
	/* the C library blocks all signals around clone(), so the kernel ends it without our word */
	assert_int_equal(run_jailed(WEB_PERMITS, NULL, use_threads, NULL), 1000 + SIGSYS);
	assert_int_equal(run_jailed(STORE_PERMITS, NULL, fork_by_clone3, NULL), 1);
	assert_int_equal(run_jailed(WEB_PERMITS, NULL, fork_by_clone3, NULL), ROLE_JAIL_EXIT);
}

/* The resolver works, and the name service cache's socket is refused without ending the process. */
static int
resolve(void)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	STEP(getaddrinfo("localhost", "25", &hints, &list) == 0 && list != NULL);
	freeaddrinfo(list);
	/* no resolv.conf here: it asks 127.0.0.1 by UDP, whether or not anybody answers */
	STEP(getaddrinfo("name.invalid", "25", &hints, &list) != 0);
	STEP(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
	return 0;
}

static int
open_netlink_audit(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 9 /* NETLINK_AUDIT */) < 0 ? 1 : 0;
}

static void
test_resolver(void **state)
{
	(void)state;
	static const struct role_path resolver[] = { { "/etc/hosts", ROLE_RIGHT_READ }, { "/etc/nsswitch.conf", ROLE_RIGHT_READ },
		{ "/etc/host.conf", ROLE_RIGHT_READ }, { NULL, 0 } };
	assert_int_equal(run_jailed(COURIER_PERMITS, resolver, resolve, NULL), 0);
	assert_int_equal(run_jailed(COURIER_PERMITS, resolver, open_netlink_audit, NULL), ROLE_JAIL_EXIT);
}

static int
call_getpriority(void)
{
	return (int)syscall(SYS_getpriority, 0, 0);
}

static void
test_refusal_is_named(void **state)
{
	(void)state;
	char said[256], expected[64];
	assert_int_equal(run_jailed(WEB_PERMITS, NULL, call_getpriority, said), ROLE_JAIL_EXIT);
	(void)snprintf(expected, sizeof(expected), "<3>error seccomp-refused call=%d\n", (int)SYS_getpriority);
	assert_string_equal(said, expected);
}

/* Rows that contradict each other would depend on their order. */
static void
test_table_is_sound(void **state)
{
	(void)state;
	size_t n;
	const struct jail_call *table = jail_calls(&n);
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (table[i].number == table[k].number && table[i].number >= 0 && table[i].permits == table[k].permits &&
			    memcmp(table[i].conditions, table[k].conditions, sizeof(table[i].conditions)) == 0)
				fail_msg("rows %zu and %zu are about the same call %d", k, i, table[i].number);
}

int
main(void)
{
#ifdef WITH_SANITIZERS
	/* they need what the jail forbids: skipped */
	return 77;
#endif
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_sound),
		cmocka_unit_test(test_acts_work_outside),
		cmocka_unit_test(test_acts_fail_inside),
		cmocka_unit_test(test_base_works),
		cmocka_unit_test(test_allowed_paths),
		cmocka_unit_test(test_threads_but_no_processes),
		cmocka_unit_test(test_resolver),
		cmocka_unit_test(test_refusal_is_named),
	};
#ifdef WITH_SANITIZERS
	if (tests[0].name != NULL) {
		(void)puts("skipped: sanitizers need what a jail forbids");
		return 77;
	}
#endif
	return cmocka_run_group_tests(tests, setup, teardown);
}
