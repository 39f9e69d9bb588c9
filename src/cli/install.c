/* SPDX-License-Identifier: MIT */
/*
 * Durable and all at once: first everything is synced where it was written, then names are moved, then the folders they came
 * to are synced. Called by cli/target.c alone.
 */
#include "cli/install.h"

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
#include "package/name.h"

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

int
cli_install_set_time(int fd, int64_t mtime_ms)
{
	int64_t s = mtime_ms / 1000, ms = mtime_ms % 1000;
	if (ms < 0) {
		s--;
		ms += 1000;
	}
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)s, .tv_nsec = (long)ms * 1000000 } };
	return futimens(fd, times) == 0 ? 0 : err_from_errno(errno);
}

static int
sync_entry(const struct cli_install *in, size_t i)
{
	const struct package_entry *e = package_manifest_at(in->manifest, i);
	bool is_folder = e->kind == PACKAGE_ENTRY_FOLDER;
	int fd = openat(in->stage, in->local[i], is_folder ? OPEN_FOLDER : O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_from_errno(errno);
	/* a folder's time last: what was written in it has changed it */
	int err = is_folder ? cli_install_set_time(fd, e->mtime_ms) : 0;
	if (err == 0 && fsync(fd) != 0)
		err = err_from_errno(errno);
	file_close(&fd);
	return err;
}

int
cli_install_sync(const struct cli_install *in)
{
	int err = 0;
	/* one flush for all: then the single ones find nothing left to do */
	if (syncfs(in->stage) != 0)
		return err_from_errno(errno);
	for (size_t i = package_manifest_count(in->manifest); i > 0 && err == 0; i--)
		err = sync_entry(in, i - 1);
	if (err == 0 && fsync(in->stage) != 0)
		err = err_from_errno(errno);
	return err;
}

/* --- moving */

static bool
is_folder(int at, const char *name)
{
	struct stat st;
	return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int merge(int from, int to);

/* Moves a name and what is in the way gives way: files are replaced, folders joined. */
static int
move_forced(int from, int to, const char *name)
{
	int err = file_move_free(from, name, to, name);
	if (err != ERR_EXISTS)
		return err;
	bool is_new = is_folder(from, name), is_old = is_folder(to, name);
	if (is_new != is_old)
		return ERR_EXISTS;
	if (!is_new)
		return renameat(from, name, to, name) == 0 ? 0 : err_from_errno(errno);
	int inner_from = openat(from, name, OPEN_FOLDER), inner_to = openat(to, name, OPEN_FOLDER);
	err = inner_from < 0 || inner_to < 0 ? ERR_IO : merge(inner_from, inner_to);
	file_close(&inner_from);
	file_close(&inner_to);
	return err;
}

/* Everything in one folder into the other. */
static int
merge(int from, int to)
{
	int copy = openat(from, ".", OPEN_FOLDER);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;
	int err = 0;
	if (folder == NULL) {
		file_close(&copy);
		return ERR_IO;
	}
	while (err == 0 && (d = readdir(folder)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			err = move_forced(from, to, d->d_name);
	closedir(folder);
	if (err == 0 && fsync(to) != 0)
		err = err_from_errno(errno);
	return err;
}

/* The first component of an entry's path, NUL-terminated in out, if the entry before has another one. */
static bool
next_top(const struct cli_install *in, size_t i, char *out)
{
	size_t len = strcspn(in->local[i], "/");
	if (i > 0 && strncmp(in->local[i - 1], in->local[i], len) == 0 && (in->local[i - 1][len] == '/' || in->local[i - 1][len] == '\0'))
		return false;
	require(len <= PACKAGE_NAME_MAX);
	memcpy(out, in->local[i], len);
	out[len] = '\0';
	return true;
}

/* Puts back what was moved before entry end. */
static void
move_back(const struct cli_install *in, size_t end)
{
	char name[PACKAGE_NAME_MAX + 1];
	for (size_t i = 0; i < end; i++)
		if (next_top(in, i, name) && renameat2(in->folder, name, in->stage, name, RENAME_NOREPLACE) != 0)
			return;
}

static bool
is_absent(int at, const char *name)
{
	struct stat st;
	return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

int
cli_install_move(struct cli_install *in)
{
	char name[PACKAGE_NAME_MAX + 1];
	size_t n = package_manifest_count(in->manifest);
	for (size_t i = 0; i < n; i++) {
		if (!next_top(in, i, name) || (in->is_again && is_absent(in->stage, name)))
			continue;
		int err = in->force ? move_forced(in->stage, in->folder, name) : file_move_free(in->stage, name, in->folder, name);
		if (err != 0) {
			in->bad = in->local[i];
			if (!in->force)
				move_back(in, i);
			return err;
		}
	}
	return fsync(in->folder) == 0 ? 0 : err_from_errno(errno);
}

/* --- removing */

static void
empty_folder(int fd)
{
	DIR *folder = fdopendir(fd);
	struct dirent *d;
	if (folder == NULL) {
		file_close(&fd);
		return;
	}
	while ((d = readdir(folder)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(folder), d->d_name, 0) != 0)
			cli_install_remove(dirfd(folder), d->d_name);
	}
	closedir(folder);
}

void
cli_install_remove(int folder, const char *name)
{
	int fd = openat(folder, name, OPEN_FOLDER);
	if (fd >= 0)
		empty_folder(fd);
	unlinkat(folder, name, AT_REMOVEDIR);
}
