/* SPDX-License-Identifier: MIT */
/* What is kept of a sending: sealed to the account, found by the same request, held by one process; changed files are noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "cli/scene.h"
#include "cli/sending.h"
#include "crypt/random.h"
#include "package/header.h"

static struct scene scene;
static struct cli_session session;
static struct id package;
static const char *const paths[] = { "in" };
static const struct cli_sending_request request = { .to = "kanzlei", .comment = "Akte 7", .paths = paths, .path_count = 1 };

static void
make_login(struct cli_login *l)
{
	struct id account = id_random();
	struct buf statement;
	memset(l, 0, sizeof(*l));
	buf_init(&statement, TRUST_STATEMENT_MAX);
	require(trust_account_make(&account, 1, clock_wall_ms(), &l->keys, &statement) == 0);
	require(cli_login_set_statement(l, buf_view(&statement)) == 0);
	buf_deinit(&statement);
}

static int
setup(void **state)
{
	(void)state;
	scene_open(&scene);
	session = (struct cli_session){ .call = &scene.call, .profile = scene.profile };
	make_login(&session.login);
	package = id_random();
	scene_file("in/a.txt", "alpha");
	scene_file("in/sub/b.txt", "beta");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cli_login_deinit(&session.login);
	scene_close(&scene);
	return 0;
}

static void
walk_in(struct cli_walk **w, struct package_manifest **m)
{
	size_t n, bad;
	assert_int_equal(cli_walk_new(&scene.call, paths, 1, w), 0);
	const struct package_entry *entries = cli_walk_entries(*w, &n);
	assert_int_equal(package_manifest_new(entries, n, m, &bad), 0);
}

static void
begin(struct cli_sending **x)
{
	struct package_writer_args args = { .package = package, .subscription = id_random(), .recipient_key = session.login.account.seal };
	struct package_manifest *m = NULL;
	struct package_writer *w = NULL;
	struct cli_walk *walk = NULL;
	walk_in(&walk, &m);
	args.sender = (struct package_sender){ .kind = PACKAGE_PARTY_CUSTOMER, .account = session.login.account.account,
		.key = session.login.account.sign };
	args.recipient = (struct package_recipient){ .kind = PACKAGE_PARTY_COMPANY, .principal = id_random(), .key_number = 1 };
	assert_int_equal(package_writer_new(&args, &m, &w), 0);
	assert_int_equal(cli_sending_new(&session, &request, walk, w, &package, x), 0);
	package_writer_free(&w);
	cli_walk_free(&walk);
}

/* Begun and let go, as by a process that was killed. */
static void
leave_one(void)
{
	struct cli_sending *x = NULL;
	begin(&x);
	cli_sending_close(&x);
}

static bool
is_same(struct cli_sending *x)
{
	struct package_manifest *m = NULL;
	struct package_writer *w = NULL;
	struct cli_walk *walk = NULL;
	int64_t bad;
	walk_in(&walk, &m);
	assert_int_equal(cli_sending_writer(x, &w), 0);
	bool same = cli_sending_is_same(x, walk, m, w, &bad);
	package_writer_free(&w);
	package_manifest_free(&m);
	cli_walk_free(&walk);
	return same;
}

static void
the_same_request_finds_it(void **state)
{
	static const char *const more[] = { "in", "in" };
	struct cli_sending_request other[] = { request, request, request, request };
	struct cli_sending *x = NULL;
	(void)state;
	leave_one();
	assert_int_equal(cli_sending_find(&session, NULL, &request, &x), 0);
	assert_true(id_equal(cli_sending_package(x), &package));
	assert_string_equal(cli_sending_request(x)->to, "kanzlei");
	assert_string_equal(cli_sending_request(x)->comment, "Akte 7");
	assert_null(cli_sending_request(x)->company);
	assert_true(is_same(x));
	cli_sending_close(&x);
	other[0].to = "notar";
	other[1].comment = NULL;
	other[2].company = "notar";
	other[3].paths = more;
	other[3].path_count = 2;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(cli_sending_find(&session, NULL, &other[i], &x), ERR_NOT_FOUND);
	assert_int_equal(cli_sending_find(&session, NULL, NULL, &x), 0);
	cli_sending_end(&x);
	assert_int_equal(cli_sending_find(&session, NULL, NULL, &x), ERR_NOT_FOUND);
	assert_int_equal(cli_sending_find(&session, &package, NULL, &x), ERR_NOT_FOUND);
}

static void
one_process_holds_it(void **state)
{
	struct cli_sending *x = NULL, *y = NULL;
	(void)state;
	begin(&x);
	assert_int_equal(cli_sending_find(&session, NULL, &request, &y), ERR_BUSY);
	assert_int_equal(cli_sending_find(&session, &package, NULL, &y), ERR_BUSY);
	cli_sending_close(&x);
	assert_int_equal(cli_sending_find(&session, &package, NULL, &y), 0);
	cli_sending_close(&y);
}

static void
nobody_else_opens_it(void **state)
{
	struct cli_login own = session.login;
	struct cli_sending *x = NULL;
	(void)state;
	leave_one();
	make_login(&session.login);
	assert_int_equal(cli_sending_find(&session, NULL, NULL, &x), ERR_NOT_FOUND);
	assert_int_equal(cli_sending_find(&session, &package, NULL, &x), ERR_CRYPTO);
	cli_login_deinit(&session.login);
	session.login = own;
	assert_int_equal(cli_sending_find(&session, &package, NULL, &x), 0);
	cli_sending_close(&x);
}

static void
a_changed_file_is_noticed(void **state)
{
	struct cli_sending *x = NULL;
	struct stat st;
	(void)state;
	leave_one();
	assert_int_equal(cli_sending_find(&session, &package, NULL, &x), 0);
	require(stat("in/a.txt", &st) == 0);
	usleep(20000);
	scene_file("in/a.txt", "alphA");
	struct timespec times[2] = { st.st_atim, st.st_mtim };
	require(utimensat(AT_FDCWD, "in/a.txt", times, 0) == 0);
	assert_false(is_same(x));
	cli_sending_close(&x);
}

static void
a_file_more_or_less_is_noticed(void **state)
{
	struct cli_sending *x = NULL;
	(void)state;
	leave_one();
	assert_int_equal(cli_sending_find(&session, &package, NULL, &x), 0);
	scene_file("in/c.txt", "gamma");
	assert_false(is_same(x));
	require(unlink("in/c.txt") == 0);
	assert_true(is_same(x));
	require(rename("in/a.txt", "in/z.txt") == 0);
	assert_false(is_same(x));
	cli_sending_close(&x);
}

static void
mark_and_seal_are_kept(void **state)
{
	struct cli_sending *x = NULL;
	struct buf seal;
	(void)state;
	buf_init(&seal, 100);
	begin(&x);
	struct api_mark *m = cli_sending_mark(x);
	assert_true(m->confirmed == 0 && m->sent == 0);
	m->confirmed = 5;
	m->sent = 70;
	assert_int_equal(m->note(m->arg, m->confirmed, m->sent), 0);
	assert_int_equal(cli_sending_get_seal(x, &seal), ERR_NOT_FOUND);
	assert_int_equal(cli_sending_put_seal(x, VIEW_LIT("sealed")), 0);
	cli_sending_close(&x);
	assert_int_equal(cli_sending_find(&session, &package, NULL, &x), 0);
	m = cli_sending_mark(x);
	assert_true(m->confirmed == 5 && m->sent == 70);
	assert_int_equal(cli_sending_get_seal(x, &seal), 0);
	assert_true(view_equal_str(buf_view(&seal), "sealed"));
	cli_sending_end(&x);
	buf_deinit(&seal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_request_finds_it, setup, teardown),
		cmocka_unit_test_setup_teardown(one_process_holds_it, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_else_opens_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_changed_file_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_more_or_less_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(mark_and_seal_are_kept, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
