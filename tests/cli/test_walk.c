/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "cli/scene.h"
#include "cli/walk.h"

static struct scene scene;

static int
setup(void **state)
{
	(void)state;
	scene_open(&scene);
	scene_file("in/a.txt", "alpha");
	scene_file("in/sub/b.sh", "beta");
	scene_file("in/sub/\xff\n.bin", "");
	scene_file("other/a.txt", "other");
	require(mkdir("in/empty", 0755) == 0 && chmod("in/sub/b.sh", 0755) == 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	scene_close(&scene);
	return 0;
}

static int
walk(const char *path, struct cli_walk **w)
{
	scene_again(&scene);
	return cli_walk_new(&scene.call, &path, 1, w);
}

static const struct package_entry *
find(const struct cli_walk *w, const char *path, size_t *i_r)
{
	size_t n;
	const struct package_entry *e = cli_walk_entries(w, &n);
	for (size_t i = 0; i < n; i++)
		if (view_equal_str(e[i].path, path)) {
			*i_r = i;
			return &e[i];
		}
	return NULL;
}

static void
expect_content(const struct cli_walk *w, size_t i, const char *content)
{
	char bytes[64] = "";
	int fd = -1;
	assert_int_equal(cli_walk_open(w, i, &fd), 0);
	assert_int_equal(read(fd, bytes, sizeof(bytes) - 1), strlen(content));
	assert_string_equal(bytes, content);
	file_close(&fd);
}

static void
a_folder_is_walked_whole(void **state)
{
	static const char *const spellings[] = { "in", "in/", "./in", "other/../in///" };
	(void)state;
	for (size_t k = 0; k < sizeof(spellings) / sizeof(spellings[0]); k++) {
		struct cli_walk *w = NULL;
		size_t n, i;
		assert_int_equal(walk(spellings[k], &w), 0);
		cli_walk_entries(w, &n);
		assert_int_equal(n, 6);
		assert_int_equal(find(w, "in", &i)->kind, PACKAGE_ENTRY_FOLDER);
		assert_int_equal(find(w, "in/empty", &i)->kind, PACKAGE_ENTRY_FOLDER);
		assert_int_equal(find(w, "in/sub/\xff\n.bin", &i)->size, 0);
		assert_true(find(w, "in/sub/b.sh", &i)->is_executable);
		expect_content(w, i, "beta");
		assert_false(find(w, "in/a.txt", &i)->is_executable);
		expect_content(w, i, "alpha");
		cli_walk_free(&w);
	}
}

static void
a_point_is_the_folder_it_means(void **state)
{
	struct cli_walk *w = NULL;
	size_t i = 0;
	(void)state;
	assert_int_equal(chdir("in/sub"), 0);
	assert_int_equal(walk(".", &w), 0);
	assert_non_null(find(w, "sub/b.sh", &i));
	expect_content(w, i, "beta");
	cli_walk_free(&w);
	assert_int_equal(walk("..", &w), 0);
	assert_non_null(find(w, "in/sub/b.sh", &i));
	cli_walk_free(&w);
	assert_int_equal(walk("/", &w), ERR_USAGE);
}

static void
links_and_special_files_are_not_sent(void **state)
{
	struct cli_walk *w = NULL;
	size_t i = 0;
	(void)state;
	assert_int_equal(symlink("/etc/passwd", "in/link"), 0);
	assert_int_equal(symlink("in", "named"), 0);
	assert_int_equal(walk("in", &w), 0);
	assert_null(find(w, "in/link", &i));
	cli_walk_free(&w);
	assert_int_equal(walk("named", &w), ERR_UNSUPPORTED);
	assert_int_equal(walk("named/a.txt", &w), 0);
	cli_walk_free(&w);
	assert_int_equal(mkfifo("in/pipe", 0600), 0);
	assert_int_equal(walk("in", &w), ERR_UNSUPPORTED);
	assert_int_equal(walk("in/pipe", &w), ERR_UNSUPPORTED);
	assert_int_equal(walk("/dev/null", &w), ERR_UNSUPPORTED);
	assert_int_equal(walk("absent", &w), ERR_NOT_FOUND);
	assert_int_equal(walk("absent/too", &w), ERR_NOT_FOUND);
	assert_null(w);
}

static void
another_file_in_the_place_is_noticed(void **state)
{
	struct cli_walk *w = NULL;
	size_t i = 0;
	int fd = -1;
	(void)state;
	assert_int_equal(walk("in", &w), 0);
	assert_non_null(find(w, "in/a.txt", &i));
	assert_int_equal(rename("in/a.txt", "in/was.txt"), 0);
	assert_int_equal(cli_walk_open(w, i, &fd), ERR_CHANGED);
	scene_file("in/a.txt", "alpha");
	assert_int_equal(cli_walk_open(w, i, &fd), ERR_CHANGED);
	assert_int_equal(unlink("in/a.txt"), 0);
	assert_int_equal(symlink("was.txt", "in/a.txt"), 0);
	assert_int_equal(cli_walk_open(w, i, &fd), ERR_CHANGED);
	assert_int_equal(unlink("in/a.txt"), 0);
	assert_int_equal(rename("in/was.txt", "in/a.txt"), 0);
	expect_content(w, i, "alpha");
	/* a folder on the way became a link to a copy */
	assert_non_null(find(w, "in/sub/b.sh", &i));
	assert_int_equal(rename("in/sub", "moved"), 0);
	assert_int_equal(symlink("../moved", "in/sub"), 0);
	assert_int_equal(cli_walk_open(w, i, &fd), ERR_CHANGED);
	assert_int_equal(fd, -1);
	cli_walk_free(&w);
}

static void
too_deep_is_refused(void **state)
{
	struct cli_walk *w = NULL;
	char path[400] = "deep";
	(void)state;
	for (size_t i = 0; i < 64; i++)
		strcat(path, "/d");
	strcat(path, "/file");
	scene_file(path, "x");
	assert_int_equal(walk("deep", &w), ERR_SYNTAX);
	assert_int_equal(walk("deep/d/d", &w), 0);
	cli_walk_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_folder_is_walked_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(a_point_is_the_folder_it_means, setup, teardown),
		cmocka_unit_test_setup_teardown(links_and_special_files_are_not_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(another_file_in_the_place_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(too_deep_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
