/* SPDX-License-Identifier: MIT */
/*
 * The file work of backup and restore. Knows no manifest and no store.
 */
#include "config.h"

#include "ctl/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "tool/stop.h"

#define PORTION_BYTES ((size_t)256 * 1024)
#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define DEPTH_MAX 8

static int
give(int fd, const struct ctl_owner *owner)
{
	return fchown(fd, owner->uid, owner->gid) == 0 ? 0 : err_from_errno(errno);
}

int
ctl_tree_folder(int at, const char *path, const struct ctl_owner *owner)
{
	int fd, err = file_make_dir(at, path, FOLDER_MODE, FILE_SCRATCH);
	if (err == 0)
		err = file_open_dir(at, path, &fd);
	if (err != 0)
		return err;
	err = give(fd, owner);
	file_close(&fd);
	return err;
}

/* Through digest, and to to when it is not -1. */
static int
pump(int from, uint64_t bytes, int to, struct digest *digest)
{
	uint8_t *portion = mem_array(PORTION_BYTES, 1);
	int err = 0;
	while (err == 0 && bytes > 0) {
		size_t n = bytes < PORTION_BYTES ? (size_t)bytes : PORTION_BYTES;
		err = tool_stop_is_wanted() ? ERR_UNAVAILABLE : file_read_full(from, portion, n);
		if (err != 0)
			break;
		crypt_digest_update(digest, view_of(portion, n));
		if (to != -1)
			err = file_write_full(to, portion, n);
		bytes -= n;
	}
	mem_free(&portion);
	return err;
}

int
ctl_tree_copy(int from, uint64_t bytes, int at, const char *path, const struct ctl_owner *owner,
    uint8_t hash[CRYPT_DIGEST_BYTES])
{
	struct digest *digest = crypt_digest_new();
	int to = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	int err = to == -1 ? err_from_errno(errno) : give(to, owner);
	if (err == 0)
		err = pump(from, bytes, to, digest);
	crypt_digest_final(digest, hash);
	crypt_digest_free(&digest);
	if (to != -1 && close(to) != 0 && err == 0)
		err = err_from_errno(errno);
	return err;
}

int
ctl_tree_hash(int from, uint64_t bytes, uint8_t hash[CRYPT_DIGEST_BYTES])
{
	struct digest *digest = crypt_digest_new();
	int err = pump(from, bytes, -1, digest);
	crypt_digest_final(digest, hash);
	crypt_digest_free(&digest);
	return err;
}

static bool
is_same(int fd, int at, const char *path)
{
	struct stat a, b;
	return fstat(fd, &a) == 0 && fstatat(at, path, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* By name and not through the descriptor: that one may come from another mount namespace, out of which nothing can be linked. */
int
ctl_tree_link(int fd, int from, int at, const char *path)
{
	static const int unable[] = { EXDEV, EPERM, EACCES, ENOENT, EMLINK, EOPNOTSUPP };
	if (from == -1 || !is_same(fd, from, path))
		return ERR_UNSUPPORTED;
	if (linkat(from, path, at, path, 0) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(unable) / sizeof(unable[0]); i++)
		if (errno == unable[i])
			return ERR_UNSUPPORTED;
	return err_from_errno(errno);
}

int
ctl_tree_sync(int folder)
{
	return syncfs(folder) == 0 ? 0 : err_from_errno(errno);
}

/* ---- removing ---- */

static int remove_below(int folder, dev_t device, int depth);

static int
remove_entry(int folder, const char *name, dev_t device, int depth)
{
	struct stat st;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : err_from_errno(errno);
	if (!S_ISDIR(st.st_mode))
		return unlinkat(folder, name, 0) == 0 ? 0 : err_from_errno(errno);
	if (st.st_dev != device || depth == DEPTH_MAX)
		return ERR_STATE;
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_from_errno(errno);
	int err = remove_below(fd, device, depth + 1);
	if (err == 0 && unlinkat(folder, name, AT_REMOVEDIR) != 0)
		err = err_from_errno(errno);
	return err;
}

/* Takes folder. */
static int
remove_below(int folder, dev_t device, int depth)
{
	DIR *d = fdopendir(folder);
	int err = 0;
	require(d != NULL);
	for (struct dirent *e; err == 0 && (e = readdir(d)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			err = remove_entry(folder, e->d_name, device, depth);
	(void)closedir(d);
	return err;
}

int
ctl_tree_remove(int at, const char *name, bool is_all)
{
	struct stat st;
	int fd, err = file_open_dir(at, name, &fd);
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (fstat(fd, &st) != 0) {
		file_close(&fd);
		return ERR_IO;
	}
	err = remove_below(fd, st.st_dev, 0);
	if (err == 0 && is_all && unlinkat(at, name, AT_REMOVEDIR) != 0)
		err = err_from_errno(errno);
	return err;
}
