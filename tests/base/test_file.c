/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder_name[64];
static int folder = -1;

static int
make_folder(void **state)
{
	(void)state;
	strncpy(folder_name, "/tmp/provision-test-file-XXXXXX", sizeof(folder_name) - 1);
	assert_non_null(mkdtemp(folder_name));
	return file_open_dir(AT_FDCWD, folder_name, &folder);
}

static size_t
count_entries(bool is_removing)
{
	size_t n = 0;
	struct dirent *e;
	DIR *d = opendir(folder_name);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n++;
		if (is_removing && unlinkat(folder, e->d_name, 0) != 0)
			assert_int_equal(unlinkat(folder, e->d_name, AT_REMOVEDIR), 0);
	}
	assert_int_equal(closedir(d), 0);
	return n;
}

static int
empty_folder(void **state)
{
	(void)state;
	(void)count_entries(true);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	file_close(&folder);
	return rmdir(folder_name);
}

static void
assert_content(const char *name, const char *expected)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(folder, name, &b), 0);
	assert_true(view_equal_str(buf_view(&b), expected));
	buf_deinit(&b);
}

static void
replace_makes_and_overwrites(void **state)
{
	(void)state;
	struct stat st;
	mode_t old = umask(077);
	assert_int_equal(file_replace(folder, "a", VIEW_LIT("one"), 0644, FILE_DURABLE), 0);
	umask(old);
	assert_int_equal(fstatat(folder, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_content("a", "one");
	assert_int_equal(file_replace(folder, "a", VIEW_LIT("two"), 0600, FILE_SCRATCH), 0);
	assert_content("a", "two");
	assert_int_equal(file_replace(folder, "a", view_of(NULL, 0), 0600, FILE_SCRATCH), 0);
	assert_content("a", "");
	assert_int_equal(count_entries(false), 1);
}

static void
replace_takes_the_place_of_a_link_not_of_its_target(void **state)
{
	(void)state;
	assert_int_equal(file_replace(folder, "target", VIEW_LIT("keep"), 0600, FILE_SCRATCH), 0);
	assert_int_equal(symlinkat("target", folder, "link"), 0);
	assert_int_equal(file_replace(folder, "link", VIEW_LIT("new"), 0600, FILE_SCRATCH), 0);
	assert_content("target", "keep");
	assert_content("link", "new");
}

static void
replace_works_below_folders(void **state)
{
	(void)state;
	char path[128];
	assert_int_equal(file_make_dir(folder, "sub", 0700, FILE_DURABLE), 0);
	assert_int_equal(file_replace(folder, "sub/x", VIEW_LIT("1"), 0600, FILE_DURABLE), 0);
	assert_content("sub/x", "1");
	(void)snprintf(path, sizeof(path), "%s/sub/x", folder_name);
	assert_int_equal(file_replace(AT_FDCWD, path, VIEW_LIT("2"), 0600, FILE_DURABLE), 0);
	assert_content("sub/x", "2");
	assert_int_equal(file_unlink(folder, "sub/x", FILE_DURABLE), 0);
	assert_int_equal(file_unlink(folder, "sub/x", FILE_DURABLE), ERR_NOT_FOUND);
	assert_int_equal(file_replace(folder, "missing/x", VIEW_LIT("1"), 0600, FILE_DURABLE), ERR_NOT_FOUND);
}

static void
failed_replace_leaves_the_old_content_and_nothing_else(void **state)
{
	(void)state;
	struct rlimit was;
	uint8_t large[8192] = { 0 };
	assert_int_equal(file_replace(folder, "a", VIEW_LIT("old"), 0600, FILE_SCRATCH), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, was.rlim_max }), 0);
	int err = file_replace(folder, "a", view_of(large, sizeof(large)), 0600, FILE_DURABLE);
	int saved_errno = errno;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(err, ERR_IO);
	assert_int_equal(saved_errno, EFBIG);
	assert_content("a", "old");
	assert_int_equal(mkdirat(folder, "dir", 0700), 0);
	assert_int_not_equal(file_replace(folder, "dir", VIEW_LIT("x"), 0600, FILE_SCRATCH), 0);
	assert_int_equal(count_entries(false), 2);
}

static atomic_bool is_over;

static void *
replace_again_and_again(void *arg)
{
	static uint8_t content[2][60000];
	memset(content[0], 'a', sizeof(content[0]));
	memset(content[1], 'b', sizeof(content[1]));
	for (size_t i = 0; i < 300; i++)
		if (file_replace(folder, "a", view_of(content[i % 2], sizeof(content[0]) - i % 2), 0600, FILE_SCRATCH) != 0)
			*(int *)arg = 1;
	atomic_store(&is_over, true);
	return NULL;
}

static void
readers_never_see_a_part(void **state)
{
	(void)state;
	pthread_t writer;
	int failed = 0;
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(file_replace(folder, "a", view_of(NULL, 0), 0600, FILE_SCRATCH), 0);
	assert_int_equal(pthread_create(&writer, NULL, replace_again_and_again, &failed), 0);
	while (!atomic_load(&is_over)) {
		buf_clear(&b);
		assert_int_equal(file_read(folder, "a", &b), 0);
		if (b.len == 0)
			continue;
		assert_int_equal(b.len, b.data[0] == 'a' ? 60000 : 59999);
		assert_int_equal(b.data[0], b.data[b.len - 1]);
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(failed, 0);
	buf_deinit(&b);
}

static void
read_appends_and_honours_the_maximum(void **state)
{
	(void)state;
	struct buf b;
	assert_int_equal(file_replace(folder, "a", VIEW_LIT("12345"), 0600, FILE_SCRATCH), 0);
	buf_init(&b, 7);
	assert_int_equal(buf_append_str(&b, "xy"), 0);
	assert_int_equal(file_read(folder, "a", &b), 0);
	assert_true(view_equal_str(buf_view(&b), "xy12345"));
	buf_deinit(&b);
	buf_init(&b, 6);
	assert_int_equal(buf_append_str(&b, "xy"), 0);
	assert_int_equal(file_read(folder, "a", &b), ERR_LIMIT);
	assert_true(view_equal_str(buf_view(&b), "xy"));
	assert_int_equal(file_read(folder, "missing", &b), ERR_NOT_FOUND);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_read(folder, ".", &b), ERR_IO);
	assert_true(view_equal_str(buf_view(&b), "xy"));
	buf_deinit(&b);
}

static void
folders_are_made_once_with_their_mode(void **state)
{
	(void)state;
	struct stat st;
	mode_t old = umask(077);
	assert_int_equal(file_make_dir(folder, "d", 0751, FILE_DURABLE), 0);
	umask(old);
	assert_int_equal(fstatat(folder, "d", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	/* What is there keeps the mode somebody gave it. */
	assert_int_equal(file_make_dir(folder, "d", 0700, FILE_DURABLE), 0);
	assert_int_equal(fstatat(folder, "d", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	assert_int_equal(file_replace(folder, "f", VIEW_LIT("x"), 0600, FILE_SCRATCH), 0);
	assert_int_equal(file_make_dir(folder, "f", 0700, FILE_SCRATCH), ERR_EXISTS);
	assert_int_equal(file_make_dir(folder, "no/d", 0700, FILE_SCRATCH), ERR_NOT_FOUND);
	assert_int_equal(file_sync_dir(folder, "d"), 0);
	assert_int_equal(file_sync_dir(folder, "missing"), ERR_NOT_FOUND);
	int fd = 5;
	assert_int_not_equal(file_open_dir(folder, "f", &fd), 0);
	assert_int_equal(fd, -1);
}

static void
full_reads_and_writes(void **state)
{
	(void)state;
	char out[8] = "";
	int fd = openat(folder, "rw", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(file_write_full(fd, "12345678", 8), 0);
	assert_int_equal(file_pwrite_full(fd, "xy", 2, 3), 0);
	assert_int_equal(file_pread_full(fd, out, 8, 0), 0);
	assert_memory_equal(out, "123xy678", 8);
	assert_int_equal(file_pread_full(fd, out, 8, 1), ERR_CLOSED);
	assert_int_equal(file_pread_full(fd, out, 8, (uint64_t)INT64_MAX - 3), ERR_IO);
	assert_int_equal(file_pwrite_full(fd, out, 8, UINT64_MAX), ERR_IO);
	assert_int_equal(file_read_full(fd, out, 1), ERR_CLOSED);
	assert_int_equal(file_read_full(fd, out, 0), 0);
	file_close(&fd);
	assert_int_equal(fd, -1);
	file_close(&fd);
	assert_int_equal(file_write_full(fd, "x", 1), ERR_IO);
}

static void *
write_in_pieces(void *arg)
{
	int fd = *(int *)arg;
	for (size_t i = 0; i < 10; i++) {
		(void)!write(fd, "0123456789", 10);
		usleep(500);
	}
	(void)close(fd);
	return NULL;
}

static void
short_reads_are_continued(void **state)
{
	(void)state;
	int ends[2];
	pthread_t writer;
	char out[100], more;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_in_pieces, &ends[1]), 0);
	assert_int_equal(file_read_full(ends[0], out, 100), 0);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(out[i], '0' + (int)(i % 10));
	assert_int_equal(file_read_full(ends[0], &more, 1), ERR_CLOSED);
	assert_int_equal(pthread_join(writer, NULL), 0);
	file_close(&ends[0]);
}

static void
drafts_have_their_name_only_when_they_are_whole(void **state)
{
	(void)state;
	struct file_draft d;
	struct stat st;
	int scratch = -1;
	assert_int_equal(file_draft_begin(folder, "a", &d), 0);
	assert_int_equal(file_write_full(d.fd, "whole", 5), 0);
	assert_int_equal(fstatat(folder, "a", &st, 0), -1);
	/* what has no name is gone with its descriptor */
	assert_int_equal(file_draft_scratch(&d, &scratch), 0);
	assert_int_equal(file_write_full(scratch, "x", 1), 0);
	assert_int_equal(count_entries(false), 1);
	file_close(&scratch);
	assert_int_equal(file_draft_finish(&d), 0);
	assert_content("a", "whole");
	assert_int_equal(count_entries(false), 1);
	assert_int_equal(fstatat(folder, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
drafts_replace_nothing_and_leave_nothing(void **state)
{
	(void)state;
	struct file_draft d, late;
	assert_int_equal(file_draft_begin(folder, "a", &d), 0);
	file_draft_give_up(&d);
	assert_int_equal(count_entries(false), 0);
	assert_int_equal(file_draft_begin(folder, "a", &d), 0);
	assert_int_equal(file_draft_begin(folder, "a", &late), 0);
	assert_int_equal(file_write_full(d.fd, "first", 5), 0);
	assert_int_equal(file_draft_finish(&d), 0);
	assert_int_equal(file_draft_finish(&late), ERR_EXISTS);
	assert_int_equal(file_draft_begin(folder, "a", &d), ERR_EXISTS);
	assert_int_equal(file_draft_begin(folder, "", &d), ERR_EXISTS);
	assert_int_equal(file_draft_begin(folder, "none/a", &d), ERR_NOT_FOUND);
	assert_content("a", "first");
	assert_int_equal(count_entries(false), 1);
}

int
main(void)
{
	/* A write beyond RLIMIT_FSIZE shall fail, not kill. */
	(void)signal(SIGXFSZ, SIG_IGN);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(replace_makes_and_overwrites, empty_folder),
		cmocka_unit_test_teardown(replace_takes_the_place_of_a_link_not_of_its_target, empty_folder),
		cmocka_unit_test_teardown(replace_works_below_folders, empty_folder),
		cmocka_unit_test_teardown(failed_replace_leaves_the_old_content_and_nothing_else, empty_folder),
		cmocka_unit_test_teardown(readers_never_see_a_part, empty_folder),
		cmocka_unit_test_teardown(read_appends_and_honours_the_maximum, empty_folder),
		cmocka_unit_test_teardown(folders_are_made_once_with_their_mode, empty_folder),
		cmocka_unit_test_teardown(drafts_have_their_name_only_when_they_are_whole, empty_folder),
		cmocka_unit_test_teardown(drafts_replace_nothing_and_leave_nothing, empty_folder),
		cmocka_unit_test_teardown(full_reads_and_writes, empty_folder),
		cmocka_unit_test(short_reads_are_continued),
	};
	return cmocka_run_group_tests_name("base/file", tests, make_folder, remove_folder);
}
