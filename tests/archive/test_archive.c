/* SPDX-License-Identifier: MIT */
/* archive/tar.h and archive/archive.h: what lies on the disk, by the words of POSIX; letters and lists are scenario/archive.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "archive/tar.h"
#include "base/file.h"

#define MADE_MS 1798761599123

static char folder[] = "/tmp/provision-test-archive-XXXXXX";
static char path[64], other[64];
static struct buf content;

static int
make(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/a.tar", folder);
	(void)snprintf(other, sizeof(other), "%s/b.tar", folder);
	buf_init(&content, (size_t)16 * 1024 * 1024);
	return 0;
}

static int
empty(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	buf_clear(&content);
	return 0;
}

static int
remove_all(void **state)
{
	(void)state;
	buf_deinit(&content);
	return rmdir(folder);
}

/* ---- headers, read byte by byte ---- */

static uint64_t
octal_at(size_t at, size_t n)
{
	char digits[16] = "";
	memcpy(digits, content.data + at, n);
	return strtoull(digits, NULL, 8);
}

static void
assert_header(size_t at, char type, const char *name, uint64_t size)
{
	unsigned sum = 0;
	assert_true(content.len >= at + 512);
	assert_memory_equal(content.data + at, name, strlen(name) < 100 ? strlen(name) + 1 : 100);
	assert_int_equal(content.data[at + 156], type);
	assert_memory_equal(content.data + at + 257, "ustar\00000", 8);
	assert_int_equal(octal_at(at + 100, 8), 0600);
	assert_int_equal(octal_at(at + 124, 12), size);
	assert_int_equal(octal_at(at + 136, 12), MADE_MS / 1000);
	for (size_t i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : content.data[at + i];
	assert_int_equal(octal_at(at + 148, 8), sum);
}

static int
open_file(void)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

static void
members_are_padded_to_blocks(void **state)
{
	(void)state;
	int fd = open_file();
	struct archive_tar t = archive_tar_to(fd);
	assert_int_equal(archive_tar_begin(&t, "a", 5, MADE_MS), 0);
	assert_int_equal(archive_tar_write(&t, VIEW_LIT("he")), 0);
	assert_int_equal(archive_tar_write(&t, VIEW_LIT("llo")), 0);
	assert_int_equal(archive_tar_end(&t), 0);
	assert_int_equal(archive_tar_begin(&t, "empty", 0, MADE_MS), 0);
	assert_int_equal(archive_tar_end(&t), 0);
	assert_int_equal(archive_tar_finish(&t), 0);
	assert_int_equal(file_read(AT_FDCWD, path, &content), 0);
	assert_int_equal(content.len, 5 * 512);
	assert_header(0, '0', "a", 5);
	assert_memory_equal(content.data + 512, "hello\0", 6);
	assert_header(1024, '0', "empty", 0);
	for (size_t i = 1536; i < content.len; i++)
		assert_int_equal(content.data[i], 0);
	file_close(&fd);
}

static void
long_names_and_sizes_have_an_extended_header(void **state)
{
	(void)state;
	char name[ARCHIVE_TAR_NAME_MAX + 1] = "", record[600];
	int fd = open_file();
	struct archive_tar t = archive_tar_to(fd);
	memset(name, 'n', sizeof(name) - 1);
	assert_int_equal(archive_tar_begin(&t, name, UINT64_C(1) << 33, MADE_MS), 0);
	assert_int_equal(file_read(AT_FDCWD, path, &content), 0);
	(void)snprintf(record, sizeof(record), "410 path=%s\n19 size=8589934592\n", name);
	assert_header(0, 'x', "pax", strlen(record));
	assert_memory_equal(content.data + 512, record, strlen(record) + 1);
	assert_header(1024, '0', name, 0);
	assert_int_equal(content.len, 1536);
	file_close(&fd);
}

static void
what_fits_an_ordinary_header_has_no_other(void **state)
{
	(void)state;
	char name[101] = "";
	int fd = open_file();
	struct archive_tar t = archive_tar_to(fd);
	memset(name, 'n', sizeof(name) - 1);
	assert_int_equal(archive_tar_begin(&t, name, (UINT64_C(1) << 33) - 1, MADE_MS), 0);
	assert_int_equal(file_read(AT_FDCWD, path, &content), 0);
	assert_int_equal(content.len, 512);
	assert_header(0, '0', name, (UINT64_C(1) << 33) - 1);
	file_close(&fd);
}

/* ---- whole archives ---- */

/* A document with so many items, and a member meanwhile. */
static void
fill(struct archive *a, unsigned items)
{
	struct archive_document *d;
	assert_int_equal(archive_document_begin(a, "d.json", &d), 0);
	http_json_write_array(archive_document_json(d), "items");
	for (unsigned i = 0; i < items; i++) {
		http_json_write_u64(archive_document_json(d), NULL, i);
		assert_int_equal(archive_document_item(d), 0);
	}
	assert_int_equal(archive_put(a, "m", VIEW_LIT("between"), MADE_MS), 0);
	http_json_write_close(archive_document_json(d));
	assert_int_equal(archive_document_end(&d, 0), 0);
}

static void
make_archive(const char *name, unsigned items)
{
	struct archive *a = NULL;
	assert_int_equal(archive_begin(name, "company", "h:1", MADE_MS, &a), 0);
	fill(a, items);
	archive_count(a)->letters = 7;
	assert_int_equal(access(name, F_OK), -1);
	assert_int_equal(archive_finish(&a), 0);
	assert_null(a);
}

static void
documents_grow_beside_other_members(void **state)
{
	(void)state;
	make_archive(path, 3);
	assert_int_equal(file_read(AT_FDCWD, path, &content), 0);
	assert_header(0, '0', "m", 7);
	assert_header(1024, '0', "d.json", strlen("{\"items\":[0\n,1\n,2\n]}\n"));
	assert_memory_equal(content.data + 1536, "{\"items\":[0\n,1\n,2\n]}\n", strlen("{\"items\":[0\n,1\n,2\n]}\n") + 1);
	static const char index[] = "{\"format\":\"provision-archive\",\"version\":1,\"kind\":\"company\",\"service\":\"h:1\","
	    "\"made\":\"2026-12-31T23:59:59.123Z\",\"documents\":[{\"name\":\"d.json\",\"items\":3}\n],\"conversations\":0,\"entries\":0,"
	    "\"letters\":7,\"packages\":0}\n";
	assert_header(2048, '0', "index.json", strlen(index));
	assert_memory_equal(content.data + 2560, index, sizeof(index));
	assert_int_equal(content.len, 2560 + 512 + 1024);
}

static void
the_same_contents_are_the_same_bytes(void **state)
{
	(void)state;
	struct buf again;
	/* more than is gathered before it is written */
	make_archive(path, 100000);
	make_archive(other, 100000);
	buf_init(&again, content.max);
	assert_int_equal(file_read(AT_FDCWD, path, &content), 0);
	assert_int_equal(file_read(AT_FDCWD, other, &again), 0);
	assert_true(view_equal(buf_view(&content), buf_view(&again)));
	buf_deinit(&again);
}

static void
what_is_not_finished_is_not_there(void **state)
{
	(void)state;
	struct archive_document *d;
	struct archive *a = NULL;
	assert_int_equal(archive_begin(path, "person", "h", MADE_MS, &a), 0);
	assert_int_equal(archive_document_begin(a, "d.json", &d), 0);
	http_json_write_array(archive_document_json(d), "items");
	assert_int_equal(archive_document_end(&d, ERR_CLOSED), ERR_CLOSED);
	archive_give_up(&a);
	assert_int_equal(rmdir(folder), 0);      /* nothing at all is left in it */
	assert_int_equal(mkdir(folder, 0700), 0);
	archive_give_up(&a);
	assert_int_equal(archive_begin("/nowhere/at/all", "person", "h", MADE_MS, &a), ERR_NOT_FOUND);
}

static void
what_is_there_is_not_replaced(void **state)
{
	(void)state;
	struct archive *a = NULL;
	assert_int_equal(archive_begin(path, "person", "h", MADE_MS, &a), 0);
	int fd = open_file();
	file_close(&fd);
	assert_int_equal(archive_finish(&a), ERR_EXISTS);
	assert_int_equal(archive_begin(path, "person", "h", MADE_MS, &a), ERR_EXISTS);
	assert_int_equal(file_read(AT_FDCWD, path, &content), 0);
	assert_int_equal(content.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(members_are_padded_to_blocks, empty),
		cmocka_unit_test_teardown(long_names_and_sizes_have_an_extended_header, empty),
		cmocka_unit_test_teardown(what_fits_an_ordinary_header_has_no_other, empty),
		cmocka_unit_test_teardown(documents_grow_beside_other_members, empty),
		cmocka_unit_test_teardown(the_same_contents_are_the_same_bytes, empty),
		cmocka_unit_test_teardown(what_is_not_finished_is_not_there, empty),
		cmocka_unit_test_teardown(what_is_there_is_not_replaced, empty),
	};
	return cmocka_run_group_tests(tests, make, remove_all);
}
