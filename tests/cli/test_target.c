/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "cli/scene.h"
#include "cli/target.h"

static struct scene scene;
static struct package_manifest *manifest;
static const struct id package = { { 7 } };

static const struct {
	const char *path, *content;   /* no content: a folder */
	bool is_executable;
} files[] = {
	{ "one.txt", "one", false },
	{ "tree", NULL, false },
	{ "tree/a.sh", "#!/bin/sh\n", true },
	{ "tree/empty", "", false },
	{ "tree/none", NULL, false },
	{ "implied/by/its/path.txt", "deep", false },
};
#define COUNT (sizeof(files) / sizeof(files[0]))
#define MTIME_MS 1000000000123

static int
setup(void **state)
{
	struct package_entry entries[COUNT];
	(void)state;
	scene_open(&scene);
	memset(entries, 0, sizeof(entries));
	for (size_t i = 0; i < COUNT; i++) {
		entries[i].kind = files[i].content == NULL ? PACKAGE_ENTRY_FOLDER : PACKAGE_ENTRY_FILE;
		entries[i].size = files[i].content == NULL ? 0 : strlen(files[i].content);
		entries[i].is_executable = files[i].is_executable;
		entries[i].mtime_ms = MTIME_MS;
		entries[i].path = view_str(files[i].path);
	}
	require(package_manifest_new(entries, COUNT, &manifest, NULL) == 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	package_manifest_free(&manifest);
	scene_close(&scene);
	return 0;
}

/* Writes every file, in two pieces, from entry 0 up to end. */
static int
write_files(struct cli_target *t, size_t end)
{
	const uint32_t *order = package_manifest_order(manifest);
	enum cli_target_state left;
	int err = cli_target_begin(t, &package, &left);
	for (uint32_t i = 0; i < end && err == 0; i++) {
		const char *content = files[order[i]].content;
		if (content == NULL || *content == '\0')
			continue;
		err = cli_target_write(t, i, view_of(content, 1), false);
		if (err == 0)
			err = cli_target_write(t, i, view_str(content + 1), true);
	}
	return err;
}

/* The whole way into folder "out". */
static int
receive(bool force)
{
	struct cli_target *t = NULL;
	scene_again(&scene);
	int err = cli_target_open(&scene.call, "out", force, &t);
	if (err == 0)
		err = cli_target_plan(t, manifest);
	if (err == 0)
		err = write_files(t, COUNT);
	if (err == 0)
		err = cli_target_install(t);
	cli_target_free(&t);
	return err;
}

/* Names in a folder but "." and "..". */
static size_t
count(const char *path)
{
	DIR *folder = opendir(path);
	size_t n = 0;
	if (folder == NULL)
		return 0;
	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n - 2;
}

static void
expect_all(void)
{
	struct stat st;
	char path[256];
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(path, sizeof(path), "out/%s", files[i].path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mtim.tv_sec, MTIME_MS / 1000);
		assert_int_equal(st.st_mtim.tv_nsec, MTIME_MS % 1000 * 1000000);
		assert_int_equal(S_ISDIR(st.st_mode), files[i].content == NULL);
		if (files[i].content == NULL)
			continue;
		assert_string_equal(scene_read(path), files[i].content);
		assert_int_equal((st.st_mode & 0100) != 0, files[i].is_executable);
	}
}

static void
everything_arrives_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(receive(false), 0);
	expect_all();
	assert_int_equal(count("out"), 3);
}

static void
nothing_is_overwritten(void **state)
{
	static const char *const in_the_way[] = { "out/one.txt", "out/tree/other", "out/implied" };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		scene_file(in_the_way[i], "mine");
		/* a folder that is only implied is found at the last moment; then everything goes back */
		assert_int_equal(receive(false), ERR_EXISTS);
		assert_string_equal(scene_read(in_the_way[i]), "mine");
		assert_int_equal(count("out"), 1);
		rename("out", i == 0 ? "out0" : i == 1 ? "out1" : "out2");
	}
}

static void
force_replaces_files_and_joins_folders(void **state)
{
	(void)state;
	scene_file("out/one.txt", "old");
	scene_file("out/tree/a.sh", "old");
	scene_file("out/tree/other", "mine");
	assert_int_equal(receive(true), 0);
	assert_string_equal(scene_read("out/one.txt"), "one");
	assert_string_equal(scene_read("out/tree/a.sh"), "#!/bin/sh\n");
	assert_string_equal(scene_read("out/tree/other"), "mine");
	assert_int_equal(count("out"), 3);
}

static void
force_follows_no_link(void **state)
{
	struct stat st;
	(void)state;
	scene_file("elsewhere/file", "untouched");
	assert_int_equal(mkdir("out", 0755), 0);
	assert_int_equal(symlink("../elsewhere/file", "out/one.txt"), 0);
	assert_int_equal(receive(true), 0);
	assert_string_equal(scene_read("elsewhere/file"), "untouched");
	assert_int_equal(lstat("out/one.txt", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	/* nor does it go into a folder behind one */
	assert_int_equal(rename("out/tree", "elsewhere/tree"), 0);
	assert_int_equal(symlink("../elsewhere/tree", "out/tree"), 0);
	assert_int_equal(unlink("elsewhere/tree/a.sh"), 0);
	scene_file("out/one.txt", "old");
	assert_int_equal(receive(true), ERR_EXISTS);
	assert_null(scene_read("elsewhere/tree/a.sh"));
	assert_string_equal(scene_read("out/one.txt"), "old");
}

static void
what_was_not_installed_leaves_nothing(void **state)
{
	struct cli_target *t = NULL;
	(void)state;
	assert_int_equal(cli_target_open(&scene.call, "out", false, &t), 0);
	assert_int_equal(cli_target_plan(t, manifest), 0);
	assert_int_equal(count("out"), 0);
	assert_int_equal(write_files(t, COUNT - 1), 0);
	assert_int_equal(count("out"), 1);
	cli_target_free(&t);
	assert_int_equal(count("out"), 0);
}

static struct cli_target *
open_again(enum cli_target_state expected)
{
	enum cli_target_state left;
	struct cli_target *t = NULL;
	scene_again(&scene);
	assert_int_equal(cli_target_open(&scene.call, "out", false, &t), 0);
	assert_int_equal(cli_target_plan(t, manifest), 0);
	assert_int_equal(cli_target_begin(t, &package, &left), 0);
	assert_int_equal(left, expected);
	return t;
}

/* Entry whose path is this. */
static uint32_t
entry_of(const char *path)
{
	uint32_t i = 0;
	while (!view_equal_str(package_manifest_at(manifest, i)->path, path))
		i++;
	return i;
}

static void
another_process_goes_on(void **state)
{
	enum cli_target_state left;
	struct cli_target *t = NULL, *other = NULL;
	char bytes[8] = "";
	(void)state;
	assert_int_equal(cli_target_open(&scene.call, "out", false, &t), 0);
	assert_int_equal(cli_target_plan(t, manifest), 0);
	assert_int_equal(write_files(t, entry_of("tree/a.sh")), 0);
	assert_int_equal(cli_target_write(t, entry_of("tree/a.sh"), VIEW_LIT("#!/bin/XX"), false), 0);
	/* one at a time */
	assert_int_equal(cli_target_open(&scene.call, "out", false, &other), 0);
	assert_int_equal(cli_target_plan(other, manifest), 0);
	assert_int_equal(cli_target_begin(other, &package, &left), ERR_BUSY);
	cli_target_free(&other);
	cli_target_keep(t);
	cli_target_free(&t);
	assert_int_equal(count("out"), 1);
	/* what is right is kept, what is beyond is cut off */
	t = open_again(CLI_TARGET_PART);
	assert_int_equal(cli_target_read(t, entry_of("one.txt"), 0, bytes, 3), 0);
	assert_string_equal(bytes, "one");
	assert_int_equal(cli_target_read(t, entry_of("tree/a.sh"), 8, bytes, 8), ERR_CLOSED);
	assert_int_equal(cli_target_continue(t, entry_of("tree/a.sh"), 7), 0);
	assert_int_equal(cli_target_write(t, entry_of("tree/a.sh"), VIEW_LIT("sh\n"), true), 0);
	assert_int_equal(cli_target_install(t), 0);
	/* everything is in place, but the receipt was not taken */
	cli_target_keep(t);
	cli_target_free(&t);
	expect_all();
	t = open_again(CLI_TARGET_WHOLE);
	assert_int_equal(cli_target_read(t, entry_of("one.txt"), 0, bytes, 3), 0);
	assert_int_equal(cli_target_install(t), 0);
	cli_target_free(&t);
	expect_all();
	assert_int_equal(count("out"), 3);
}

static void
a_hidden_folder_of_others_is_refused(void **state)
{
	enum cli_target_state left;
	struct cli_target *t = NULL;
	char path[64];
	(void)state;
	require(mkdir("out", 0755) == 0 && mkdir("trap", 0700) == 0);
	snprintf(path, sizeof(path), "out/.provision-%s", id_text(&package).s);
	for (int i = 0; i < 2; i++) {
		require(i == 0 ? symlink("../trap", path) == 0 : mkdir(path, 0755) == 0 && chmod(path, 0777) == 0);
		scene_again(&scene);
		assert_int_equal(cli_target_open(&scene.call, "out", false, &t), 0);
		assert_int_equal(cli_target_plan(t, manifest), 0);
		assert_int_not_equal(cli_target_begin(t, &package, &left), 0);
		cli_target_free(&t);
		require(i == 0 ? unlink(path) == 0 : rmdir(path) == 0);
	}
}

static void
names_stay_inside_and_are_safe(void **state)
{
	struct package_entry entries[3];
	struct package_manifest *m = NULL;
	struct cli_target *t = NULL;
	(void)state;
	memset(entries, 0, sizeof(entries));
	for (size_t i = 0; i < 3; i++)
		entries[i].kind = PACKAGE_ENTRY_FILE;
	entries[0].path = VIEW_LIT("NUL\x1b[31m");
	entries[1].path = VIEW_LIT("akte.txt");
	entries[2].path = VIEW_LIT("AKTE.txt");
	assert_int_equal(package_manifest_new(entries, 3, &m, NULL), 0);
	assert_int_equal(cli_target_open(&scene.call, "out", false, &t), 0);
	assert_int_equal(cli_target_plan(t, m), 0);
	for (uint32_t i = 0; i < 3; i++)
		for (const char *c = cli_target_name(t, i); *c != '\0'; c++)
			assert_true(*c >= ' ');
	enum cli_target_state left;
	assert_int_equal(cli_target_begin(t, &package, &left), 0);
	assert_int_equal(cli_target_install(t), 0);
	cli_target_free(&t);
	assert_int_equal(count("out"), 3);
	package_manifest_free(&m);
}

static void
a_target_must_be_a_folder(void **state)
{
	struct cli_target *t = NULL;
	(void)state;
	scene_file("file", "x");
	assert_int_not_equal(cli_target_open(&scene.call, "file", false, &t), 0);
	scene_again(&scene);
	assert_int_equal(cli_target_open(&scene.call, "no/such/folder", false, &t), ERR_NOT_FOUND);
	assert_null(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything_arrives_as_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten, setup, teardown),
		cmocka_unit_test_setup_teardown(force_replaces_files_and_joins_folders, setup, teardown),
		cmocka_unit_test_setup_teardown(force_follows_no_link, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_not_installed_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(another_process_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hidden_folder_of_others_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(names_stay_inside_and_are_safe, setup, teardown),
		cmocka_unit_test_setup_teardown(a_target_must_be_a_folder, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
