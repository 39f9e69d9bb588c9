/* SPDX-License-Identifier: MIT */
/*
 * provisiond before anything runs: command line, configuration, files, addresses, the store's refusal to start;
 * and its words with the service manager.
 */
#include "config.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "provisiond/world.h"

static int
setup(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	world_make(w, "web_processes = 1\n");
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

/* Starts with this argument; it must end with this code and have said this. */
static void
expect_end(struct world *w, const char *argument, int code, const char *text)
{
	world_start(w, argument, false);
	int got = world_end(w);
	if (got != code || strstr(w->said, text) == NULL)
		fail_msg("%s: ended with %d instead of %d, and said: %s", argument == NULL ? "" : argument, got, code, w->said);
}

static void
test_command_line(void **state)
{
	struct world *w = *state;
	expect_end(w, "--version", EX_OK, "provisiond " PACKAGE_VERSION);
	expect_end(w, "--help", EX_OK, "--check-config");
	expect_end(w, "--print-default-config", EX_OK, "certificate_file = ");
	expect_end(w, "--nonsense", EX_USAGE, "unknown option: --nonsense");
	expect_end(w, "-x", EX_USAGE, "unknown option: -x\n");
	expect_end(w, "-xyz", EX_USAGE, "unknown option: -x\n");
	expect_end(w, "--no-jail=no", EX_USAGE, "this option takes no value: --no-jail=no");
	expect_end(w, "--a\033[2Jb", EX_USAGE, "unknown option: --a\\x1b[2Jb");
	expect_end(w, "-c", EX_USAGE, "an argument is missing: -c");
	expect_end(w, "--make-master-key", EX_USAGE, "an argument is missing");
	expect_end(w, "word", EX_USAGE, "unexpected argument: word");
	expect_end(w, "--check-config", EX_OK, "the configuration is good");
#ifndef WITH_SANITIZERS
	expect_end(w, "--check-jail", EX_OK, "the jail holds");
#endif
}

static void
test_make_master_key(void **state)
{
	struct world *w = *state;
	char argument[160], path[128];
	struct stat st;
	(void)snprintf(path, sizeof(path), "%s/master.key", w->folder);
	(void)snprintf(argument, sizeof(argument), "--make-master-key=%s", path);
	expect_end(w, argument, EX_CANTCREAT, "File exists");
	assert_int_equal(unlink(path), 0);
	expect_end(w, argument, EX_OK, "a new master key");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 32);
	assert_int_equal(st.st_mode & 0777, 0600);
	uint8_t key[2][32];
	for (int i = 0; i < 2; i++) {
		int fd = open(path, O_RDONLY);
		assert_int_equal(file_read_full(fd, key[i], 32), 0);
		file_close(&fd);
		if (i == 0) {
			assert_int_equal(unlink(path), 0);
			expect_end(w, argument, EX_OK, "a new master key");
		}
	}
	assert_memory_not_equal(key[0], key[1], 32);
	expect_end(w, "--make-master-key=/nowhere/key", EX_NOINPUT, "/nowhere/key");
	expect_end(w, "--make-master-key=/no\033[2Jwhere/key", EX_NOINPUT, "/no\\x1b[2Jwhere/key");
}

static void
test_bad_files(void **state)
{
	struct world *w = *state;
	struct view good = VIEW_LIT("01234567890123456789012345678901");
	world_write(w, "master.key", view_slice(good, 0, 31), 0600);
	expect_end(w, NULL, EX_CONFIG, "master.key has 31 bytes, not 32");
	world_write(w, "master.key", good, 0640);
	expect_end(w, NULL, EX_CONFIG, "has mode 0640 and is open to others: chmod 0600");
	world_write(w, "master.key", good, 0600);
	expect_end(w, "--check-config", EX_OK, "good");
	world_configure(w, "master_key_file = /nowhere/master.key\n");
	expect_end(w, "--check-config", EX_CONFIG, "master_key_file");
	world_configure(w, "relay_user = u\nrelay_password_file = /nowhere/password\n");
	expect_end(w, "--check-config", EX_NOINPUT, "relay_password_file: cannot read /nowhere/password");
	char more[256];
	(void)snprintf(more, sizeof(more), "relay_user = u\nrelay_password_file = %s/password\n", w->folder);
	world_configure(w, more);
	world_write(w, "password", VIEW_LIT("two\nlines\n"), 0600);
	expect_end(w, "--check-config", EX_CONFIG, "does not hold one line");
	world_write(w, "password", VIEW_LIT("secret\r\n"), 0600);
	expect_end(w, "--check-config", EX_OK, "good");
	world_write(w, "password", VIEW_LIT("secret\n"), 0644);
	expect_end(w, "--check-config", EX_CONFIG, "open to others: chmod 0640");
	world_configure(w, "");
	world_write(w, "cert.pem", VIEW_LIT("no certificate"), 0644);
	expect_end(w, NULL, EX_CONFIG, "are not a PEM certificate chain and key");
	world_make_certificate(w, false);
	char key_path[128], other_path[128];
	(void)snprintf(key_path, sizeof(key_path), "%s/key.pem", w->folder);
	(void)snprintf(other_path, sizeof(other_path), "%s/password", w->folder);
	assert_int_equal(rename(key_path, other_path), 0);
	expect_end(w, NULL, EX_NOINPUT, "private_key_file: cannot read");
	world_make_certificate(w, false);
	assert_int_equal(rename(other_path, key_path), 0);
	expect_end(w, NULL, EX_CONFIG, "is not the key of the certificate in");
	assert_int_equal(chmod(key_path, 0644), 0);
	expect_end(w, NULL, EX_CONFIG, "private_key_file: ");
}

static void
test_bad_configuration(void **state)
{
	struct world *w = *state;
	world_configure(w, "no_such_option = 1\n");
	expect_end(w, "--check-config", EX_CONFIG, "no_such_option");
	expect_end(w, NULL, EX_CONFIG, "provision.conf:");
	world_configure(w, "admin_group = no-such-group\n");
	expect_end(w, NULL, EX_CONFIG, "admin_group: there is no group no-such-group");
	assert_int_equal(unlink(w->conf_path), 0);
	expect_end(w, NULL, EX_NOINPUT, "provision.conf");
	world_configure(w, "");
	char path[128], other[128];
	(void)snprintf(path, sizeof(path), "%s/roles/provision-courier", w->folder);
	(void)snprintf(other, sizeof(other), "%s/password", w->folder);
	assert_int_equal(rename(path, other), 0);
	expect_end(w, "--check-config", EX_UNAVAILABLE, "roles_dir: cannot execute");
	assert_int_equal(rename(other, path), 0);
}

static void
test_users(void **state)
{
	struct world *w = *state;
	if (geteuid() != 0)
		return;
	char text[2048];
	static const struct {
		const char *users;
		const char *said;
	} cases[] = {
		{ "user_store = no-such-user\n", "user_store: there is no user no-such-user" },
		{ "user_store = root\n", "user_store: root is root" },
		{ "user_store = bin\n", "user_web: bin is the user of another kind of process" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "url = \"https://localhost:%u\"\nmail_domain = localhost.example\noperator_mail = \"operator@example.org\"\n"
		    "certificate_file = %s/cert.pem\nprivate_key_file = %s/key.pem\nmaster_key_file = %s/master.key\n"
		    "roles_dir = %s/roles\nlisten = {\"127.0.0.1:%u\"}\n%suser_web = bin\nuser_courier = games\n",
		    w->port, w->folder, w->folder, w->folder, w->folder, w->port, cases[i].users);
		world_write(w, "provision.conf", view_str(text), 0644);
		expect_end(w, "--check-config", EX_CONFIG, cases[i].said);
	}
}

static void
test_addresses_in_use(void **state)
{
	struct world *w = *state;
	char expected[128];
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)w->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 1), 0);
	(void)snprintf(expected, sizeof(expected), "listen: cannot listen on 127.0.0.1:%u: Address already in use", w->port);
	expect_end(w, NULL, EX_UNAVAILABLE, expected);
	file_close(&fd);
	/* an address that is not ours */
	world_configure(w, "metrics_listen = {\"127.0.0.1:1\"}\n");
	world_write(w, "control.sock", VIEW_LIT("a file"), 0600);
	world_configure(w, "");
	expect_end(w, NULL, EX_CANTCREAT, "exists and is not a socket");
	assert_int_equal(unlink(w->socket_path), 0);
	/* a second one beside a running one */
	world_start_ready(w);
	struct world second = *w;
	second.said = mem_alloc(1 << 20);
	expect_end(&second, NULL, EX_UNAVAILABLE, "Address already in use");
	struct stat st;
	assert_int_equal(stat(w->socket_path, &st), 0);
	mem_free(&second.said);
	assert_int_equal(world_stop(w), EX_OK);
}

/* What can never work is not tried again and again. */
static void
test_role_that_cannot_start(void **state)
{
	struct world *w = *state;
	static const uint8_t zeros[32];
	world_write(w, "master.key", view_of(zeros, 32), 0600);
	expect_end(w, NULL, EX_DATAERR, "start-failed");
	assert_int_equal(world_count(w, "process-start"), 1);
}

/* The notice that holds text; all before it are thrown away. */
static void
expect_notice(struct world *w, const char *text)
{
	char notice[512];
	for (int i = 0; i < 50; i++) {
		world_notice(w, notice);
		if (strstr(notice, text) != NULL)
			return;
	}
	fail_msg("no notice with %s", text);
}

static void
test_service_manager(void **state)
{
#ifdef WITH_SYSTEMD
	struct world *w = *state;
	world_listen_for_notices(w);
	world_start(w, NULL, true);
	char notice[512];
	bool is_ready = false;
	/* READY comes once, and only when everything is; the watchdog is fed meanwhile */
	for (int i = 0; i < 50 && !is_ready; i++) {
		world_notice(w, notice);
		is_ready = strstr(notice, "READY=1") != NULL;
		assert_true(is_ready || strcmp(notice, "WATCHDOG=1") == 0);
	}
	assert_non_null(strstr(notice, "STATUS=3 of 3 processes ready"));
	assert_int_equal(world_count(w, "process-ready"), 3);
	expect_notice(w, "WATCHDOG=1");
	expect_notice(w, "WATCHDOG=1");
	/* the socket that was given is used instead of the address, which nobody listens on */
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)w->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_not_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	file_close(&fd);
	world_expect(w, "https=1", 1);
	uint64_t before_us = clock_mono_ms() * 1000;
	assert_int_equal(kill(w->pid, SIGHUP), 0);
	for (int i = 0; i < 50; i++) {
		world_notice(w, notice);
		if (strstr(notice, "RELOADING=1") != NULL)
			break;
	}
	const char *at = strstr(notice, "MONOTONIC_USEC=");
	assert_non_null(at);
	assert_true(strtoull(at + 15, NULL, 10) >= before_us);
	expect_notice(w, "READY=1");
	assert_int_equal(kill(world_child(w, "web"), SIGKILL), 0);
	expect_notice(w, "STATUS=2 of 3 processes ready; not ready: web");
	expect_notice(w, "STATUS=3 of 3 processes ready");
	assert_int_equal(kill(w->pid, SIGTERM), 0);
	expect_notice(w, "STOPPING=1");
	assert_int_equal(world_end(w), EX_OK);
#else
	(void)state;
	(void)expect_notice;
	skip();
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_command_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_make_master_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_configuration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_users, setup, teardown),
		cmocka_unit_test_setup_teardown(test_addresses_in_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_role_that_cannot_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_service_manager, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
