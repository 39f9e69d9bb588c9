/* SPDX-License-Identifier: MIT */
/* What stays on this machine: profile, session, keyring. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "cli/keyring.h"
#include "cli/login.h"
#include "cli/scene.h"
#include "crypt/random.h"

static struct scene scene;
static struct cli_login login;

static int
setup(void **state)
{
	struct id account;
	struct buf statement;
	(void)state;
	scene_open(&scene);
	account = id_random();
	memset(&login, 0, sizeof(login));
	buf_init(&statement, TRUST_STATEMENT_MAX);
	require(trust_account_make(&account, 1, clock_wall_ms(), &login.keys, &statement) == 0);
	require(cli_login_set_statement(&login, buf_view(&statement)) == 0);
	buf_deinit(&statement);
	login.token = secret_random(API_SESSION_BYTES);
	login.registration = id_random();
	login.end_ms = clock_wall_ms() + 60000;
	login.cost = crypt_password_floor();
	strcpy(login.host, "localhost:8443");
	strcpy(login.email, "anna@kunde.example");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cli_login_erase(scene.profile, CLI_LOGIN_SESSION);
	cli_login_deinit(&login);
	unsetenv("PROVISION_KEYRING");
	scene_close(&scene);
	return 0;
}

static void
expect_same(void)
{
	struct cli_login l;
	assert_int_equal(cli_login_load(scene.profile, CLI_LOGIN_SESSION, &l), 0);
	assert_string_equal(l.host, login.host);
	assert_string_equal(l.email, login.email);
	assert_true(id_equal(&l.registration, &login.registration));
	assert_int_equal(l.end_ms, login.end_ms);
	assert_int_equal(l.cost.memory_kib, login.cost.memory_kib);
	assert_true(view_equal(secret_view(l.token), secret_view(login.token)));
	assert_true(view_equal(secret_view(l.keys.seal), secret_view(login.keys.seal)));
	assert_true(view_equal(secret_view(l.keys.sign), secret_view(login.keys.sign)));
	assert_true(crypt_hash_equal(&l.account.fingerprint, &login.account.fingerprint));
	cli_login_deinit(&l);
}

static int
load_error(void)
{
	struct cli_login l;
	int err = cli_login_load(scene.profile, CLI_LOGIN_SESSION, &l);
	assert_null(l.token);
	assert_null(l.keys.seal);
	return err;
}

/* A secret's 32 bytes somewhere in a file of the folder. */
static bool
is_in(const char *file, struct view secret)
{
	struct buf content;
	bool found = false;
	buf_init(&content, 65536);
	assert_int_equal(file_read(scene.profile->folder, file, &content), 0);
	for (size_t i = 0; i + secret.len <= content.len; i++)
		found = found || memcmp(content.data + i, secret.data, secret.len) == 0;
	buf_deinit(&content);
	return found;
}

static void
a_session_is_kept_and_erased(void **state)
{
	struct stat st;
	(void)state;
	assert_int_equal(load_error(), ERR_NOT_FOUND);
	assert_int_equal(cli_login_save(scene.profile, CLI_LOGIN_SESSION, &login), 0);
	expect_same();
	assert_int_equal(fstatat(scene.profile->folder, "session", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(is_in("session", secret_view(login.token)));
	assert_false(is_in("session", secret_view(login.keys.seal)));
	assert_false(is_in("session", crypt_sign_seed(login.keys.sign)));
	cli_login_erase(scene.profile, CLI_LOGIN_SESSION);
	assert_int_equal(load_error(), ERR_NOT_FOUND);
	assert_null(scene_read("session"));
	assert_null(scene_read("session.key"));
}

static void
without_a_keyring_the_key_is_in_a_file(void **state)
{
	struct stat st;
	(void)state;
	assert_int_equal(setenv("PROVISION_KEYRING", "none", 1), 0);
	assert_int_equal(cli_login_save(scene.profile, CLI_LOGIN_SESSION, &login), 0);
	expect_same();
	assert_int_equal(fstatat(scene.profile->folder, "session.key", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, CRYPT_KEY_BYTES);
	/* the key alone is lost: as after a restart of the machine */
	assert_int_equal(unlinkat(scene.profile->folder, "session.key", 0), 0);
	assert_int_equal(load_error(), ERR_LOGIN);
	assert_int_equal(cli_login_save(scene.profile, CLI_LOGIN_SESSION, &login), 0);
	cli_login_erase(scene.profile, CLI_LOGIN_SESSION);
	assert_null(scene_read("session.key"));
}

static void
every_changed_byte_is_noticed(void **state)
{
	struct buf content;
	(void)state;
	assert_int_equal(cli_login_save(scene.profile, CLI_LOGIN_SESSION, &login), 0);
	buf_init(&content, 65536);
	assert_int_equal(file_read(scene.profile->folder, "session", &content), 0);
	for (size_t i = 0; i < content.len; i++) {
		content.data[i] ^= 1;
		assert_int_equal(file_replace(scene.profile->folder, "session", buf_view(&content), 0600, FILE_SCRATCH), 0);
		assert_int_not_equal(load_error(), 0);
		content.data[i] ^= 1;
	}
	assert_int_equal(file_replace(scene.profile->folder, "session", buf_view(&content), 0600, FILE_SCRATCH), 0);
	expect_same();
	buf_deinit(&content);
}

static void
kinds_are_apart(void **state)
{
	struct cli_login l;
	(void)state;
	assert_int_equal(cli_login_save(scene.profile, CLI_LOGIN_PENDING, &login), 0);
	assert_int_equal(load_error(), ERR_NOT_FOUND);
	assert_int_equal(cli_login_load(scene.profile, CLI_LOGIN_PENDING, &l), 0);
	cli_login_deinit(&l);
	cli_login_erase(scene.profile, CLI_LOGIN_PENDING);
}

/* --- the profile */

static int
add_to_cost(struct cli_profile *p, void *arg)
{
	(void)arg;
	p->cost.passes++;
	return 0;
}

static void
a_profile_is_kept(void **state)
{
	struct cli_profile *again = NULL;
	(void)state;
	cli_profile_set(&scene.profile->url, "https://localhost:8443");
	assert_int_equal(cli_profile_change(scene.profile, add_to_cost, NULL), 0);
	/* read again before the change: what was not in the file is gone */
	assert_int_equal(cli_profile_note_pins(scene.profile, 7), 0);
	assert_int_equal(cli_profile_note_pins(scene.profile, 3), 0);
	assert_int_equal(cli_profile_open(&scene.call, &again), 0);
	assert_int_equal(again->pins_version, 7);
	assert_int_equal(again->cost.passes, 1);
	cli_profile_free(&again);
}

static void
changes_at_once_are_not_lost(void **state)
{
	struct cli_profile *again = NULL;
	pid_t children[8];
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		children[i] = fork();
		require(children[i] >= 0);
		if (children[i] == 0) {
			for (unsigned k = 0; k < 10; k++)
				if (cli_profile_change(scene.profile, add_to_cost, NULL) != 0)
					_exit(1);
			_exit(0);
		}
	}
	for (size_t i = 0; i < 8; i++) {
		int status;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(cli_profile_open(&scene.call, &again), 0);
	assert_int_equal(again->cost.passes, 80);
	cli_profile_free(&again);
}

static void
an_open_folder_or_a_damaged_file_is_refused(void **state)
{
	struct cli_profile *again = NULL;
	(void)state;
	assert_int_equal(chmod(scene.path, 0750), 0);
	assert_int_equal(cli_profile_open(&scene.call, &again), ERR_DENIED);
	assert_int_equal(chmod(scene.path, 0700), 0);
	scene_again(&scene);
	scene_file("profile", "{\"version\":2}");
	assert_int_not_equal(cli_profile_open(&scene.call, &again), 0);
	scene_again(&scene);
	scene_file("profile", "{\"version\":2,\"pins_version\":1,\"memory_kib\":0,\"passes\":0}");
	assert_int_equal(cli_profile_open(&scene.call, &again), ERR_VERSION);
	assert_null(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_session_is_kept_and_erased, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_keyring_the_key_is_in_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(every_changed_byte_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(kinds_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(a_profile_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_at_once_are_not_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(an_open_folder_or_a_damaged_file_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
