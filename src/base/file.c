/* SPDX-License-Identifier: MIT */
/*
 * Small files and whole reads and writes, with durability as a choice. Owns the atomic replacement and
 * its temporary names. Must not know what the files mean. Called at start-up, by the store and the tools.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/text.h"

#define READ_STEP ((size_t)64 * 1024)
#define TMP_RANDOM_BYTES 16
#define TMP_NAME_SIZE (sizeof(FILE_TMP_PREFIX) + TEXT_BASE32_LEN(TMP_RANDOM_BYTES))

static int
fail(void)
{
	return err_from_errno(errno);
}

void
file_close(int *fd)
{
	int saved_errno = errno;
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
	errno = saved_errno;
}

int
file_open_dir(int at, const char *path, int *fd_r)
{
	*fd_r = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd_r == -1 ? fail() : 0;
}

/* Opens the folder in which name stands; *base_r is the name in it. */
static int
open_parent(int at, const char *name, int *fd_r, const char **base_r)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(name, '/');
	if (slash == NULL) {
		*base_r = name;
		return file_open_dir(at, ".", fd_r);
	}
	size_t len = slash == name ? 1 : (size_t)(slash - name);
	*fd_r = -1;
	*base_r = slash + 1;
	if (len >= sizeof(folder)) {
		errno = ENAMETOOLONG;
		return fail();
	}
	memcpy(folder, name, len);
	folder[len] = '\0';
	return file_open_dir(at, folder, fd_r);
}

int
file_sync_dir(int at, const char *name)
{
	int fd;
	int err = file_open_dir(at, name, &fd);
	if (err == 0 && fsync(fd) != 0)
		err = fail();
	file_close(&fd);
	return err;
}

int
file_sync_parent(int at, const char *name)
{
	const char *base;
	int fd;
	int err = open_parent(at, name, &fd, &base);
	if (err == 0 && fsync(fd) != 0)
		err = fail();
	file_close(&fd);
	return err;
}

int
file_make_dir(int at, const char *name, mode_t mode, enum file_durability d)
{
	int fd = -1, err = 0;
	bool is_new = mkdirat(at, name, mode) == 0;
	if (!is_new && errno != EEXIST)
		return fail();
	err = file_open_dir(at, name, &fd);
	if (err != 0 && errno == ENOTDIR)
		err = ERR_EXISTS;
	/* The mode as asked for, whatever the umask. */
	if (err == 0 && is_new && fchmod(fd, mode) != 0)
		err = fail();
	/* Also when it was there: an earlier run may have died before it synced. */
	if (err == 0 && d == FILE_DURABLE)
		err = file_sync_parent(at, name);
	file_close(&fd);
	return err;
}

/* One read() of at most n bytes; 0 at the end of the file. */
static int
read_some(int fd, void *p, size_t n, size_t *got_r)
{
	ssize_t rc;
	do
		rc = read(fd, p, n);
	while (rc == -1 && errno == EINTR);
	*got_r = rc < 0 ? 0 : (size_t)rc;
	return rc < 0 ? fail() : 0;
}

static int
read_all(int fd, struct buf *out)
{
	for (;;) {
		size_t room = out->max - out->len, got;
		uint8_t beyond, *space = &beyond;
		size_t n = room < READ_STEP ? room : READ_STEP;
		int err = n == 0 ? 0 : buf_reserve(out, n, &space);
		if (err == 0)
			err = read_some(fd, space, n == 0 ? 1 : n, &got);
		if (err != 0 || got == 0)
			return err;
		if (n == 0)
			return ERR_LIMIT;
		buf_commit(out, got);
	}
}

int
file_read(int at, const char *name, struct buf *out)
{
	size_t len_before = out->len;
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return fail();
	int err = read_all(fd, out);
	if (err != 0)
		out->len = len_before;
	file_close(&fd);
	return err;
}

static void
make_tmp_name(char *out)
{
	uint8_t random[TMP_RANDOM_BYTES];
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		panic("getrandom");
	memcpy(out, FILE_TMP_PREFIX, sizeof(FILE_TMP_PREFIX));
	text_base32(view_of(random, sizeof(random)), out + strlen(FILE_TMP_PREFIX));
}

/* Fills a new file of this name in the folder. */
static int
write_new(int folder, const char *name, struct view content, mode_t mode, enum file_durability d)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return fail();
	int err = file_write_full(fd, content.data, content.len);
	if (err == 0 && fchmod(fd, mode) != 0)
		err = fail();
	if (err == 0 && d == FILE_DURABLE && fsync(fd) != 0)
		err = fail();
	/* NFS and quotas report some write errors only here. */
	if (close(fd) != 0 && err == 0)
		err = fail();
	return err;
}

int
file_replace(int at, const char *name, struct view content, mode_t mode, enum file_durability d)
{
	char tmp[TMP_NAME_SIZE];
	const char *base;
	int folder;
	int err = open_parent(at, name, &folder, &base);
	if (err != 0)
		return err;
	make_tmp_name(tmp);
	err = write_new(folder, tmp, content, mode, d);
	if (err == 0 && renameat(folder, tmp, folder, base) != 0)
		err = fail();
	if (err != 0) {
		int saved_errno = errno;
		(void)unlinkat(folder, tmp, 0);
		errno = saved_errno;
	} else if (d == FILE_DURABLE && fsync(folder) != 0) {
		err = fail();
	}
	file_close(&folder);
	return err;
}

/* ---- drafts ---- */

static int
open_new(int folder, char *tmp, int *fd_r)
{
	make_tmp_name(tmp);
	*fd_r = openat(folder, tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *fd_r == -1 ? fail() : 0;
}

int
file_draft_begin(int at, const char *name, struct file_draft *d_r)
{
	struct stat st;
	_Static_assert(sizeof(d_r->tmp) >= TMP_NAME_SIZE, "room for a temporary name");
	d_r->fd = -1;
	int err = open_parent(at, name, &d_r->folder, &d_r->base);
	if (err != 0)
		return err;
	if (*d_r->base == '\0' || fstatat(d_r->folder, d_r->base, &st, AT_SYMLINK_NOFOLLOW) == 0)
		err = ERR_EXISTS;
	if (err == 0)
		err = open_new(d_r->folder, d_r->tmp, &d_r->fd);
	if (err != 0)
		file_close(&d_r->folder);
	return err;
}

int
file_draft_scratch(const struct file_draft *d, int *fd_r)
{
	char tmp[TMP_NAME_SIZE];
	int err = open_new(d->folder, tmp, fd_r);
	if (err == 0 && unlinkat(d->folder, tmp, 0) != 0) {
		err = fail();
		file_close(fd_r);
	}
	return err;
}

int
file_draft_finish(struct file_draft *d)
{
	int err = fsync(d->fd) == 0 ? 0 : fail();
	if (err == 0)
		err = file_move_free(d->folder, d->tmp, d->folder, d->base);
	if (err != 0) {
		file_draft_give_up(d);
		return err;
	}
	err = fsync(d->folder) == 0 ? 0 : fail();
	file_close(&d->fd);
	file_close(&d->folder);
	return err;
}

void
file_draft_give_up(struct file_draft *d)
{
	int saved_errno = errno;
	(void)unlinkat(d->folder, d->tmp, 0);
	errno = saved_errno;
	file_close(&d->fd);
	file_close(&d->folder);
}

int
file_move_free(int from, const char *name, int to, const char *new_name)
{
	struct stat st;
	if (renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return fail();
	/* a file system that cannot do both at once */
	if (fstatat(to, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR_EXISTS;
	return renameat(from, name, to, new_name) == 0 ? 0 : fail();
}

int
file_unlink(int at, const char *name, enum file_durability d)
{
	if (unlinkat(at, name, 0) != 0)
		return fail();
	return d == FILE_DURABLE ? file_sync_parent(at, name) : 0;
}

int
file_read_full(int fd, void *p, size_t n)
{
	uint8_t *at = p;
	while (n != 0) {
		size_t got;
		int err = read_some(fd, at, n, &got);
		if (err != 0)
			return err;
		if (got == 0)
			return ERR_CLOSED;
		at += got;
		n -= got;
	}
	return 0;
}

int
file_write_full(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;
	while (n != 0) {
		ssize_t rc = write(fd, at, n);
		if (rc == -1 && errno != EINTR)
			return fail();
		if (rc > 0) {
			at += rc;
			n -= (size_t)rc;
		}
	}
	return 0;
}

/* Offsets beyond what the kernel can name are refused as it would. */
static int
check_range(size_t n, uint64_t offset)
{
	if (offset <= INT64_MAX && n <= INT64_MAX - offset)
		return 0;
	errno = EOVERFLOW;
	return fail();
}

int
file_pread_full(int fd, void *p, size_t n, uint64_t offset)
{
	uint8_t *at = p;
	int err = check_range(n, offset);
	while (err == 0 && n != 0) {
		ssize_t rc = pread(fd, at, n, (off_t)offset);
		if (rc == -1 && errno != EINTR)
			err = fail();
		else if (rc == 0)
			err = ERR_CLOSED;
		else if (rc > 0) {
			at += rc;
			n -= (size_t)rc;
			offset += (uint64_t)rc;
		}
	}
	return err;
}

int
file_pwrite_full(int fd, const void *p, size_t n, uint64_t offset)
{
	const uint8_t *at = p;
	int err = check_range(n, offset);
	while (err == 0 && n != 0) {
		ssize_t rc = pwrite(fd, at, n, (off_t)offset);
		if (rc == -1 && errno != EINTR)
			err = fail();
		else if (rc > 0) {
			at += rc;
			n -= (size_t)rc;
			offset += (uint64_t)rc;
		}
	}
	return err;
}
