/* SPDX-License-Identifier: MIT */
/*
 * The hidden folder ".provision-PACKAGE" in the target, and what becomes of it. Moving into place is cli/install.c's. Knows
 * no server and no key. cli/receive.c calls it.
 */
#include "cli/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/install.h"
#include "package/name.h"

#define NAMES_MAX ((size_t)1024 * 1024 * 1024)
#define LOCAL_MAX 4096
#define KINDS_MEET "a folder and a file of this name meet"

struct cli_target {
	struct tool_call *call;
	const char *folder_name;    /* as given */
	bool force;
	int folder;
	int stage;                  /* the hidden folder, -1: none */
	char stage_name[16 + ID_TEXT_LEN], whole_name[24 + ID_TEXT_LEN];
	bool is_whole;              /* the stage has its second name */
	bool is_kept;
	const struct package_manifest *manifest;
	struct arena *names;
	const char **local;         /* of each entry */
	uint32_t open_entry;        /* the file at fd */
	int fd;                     /* -1: none */
	uint64_t written;
};

static int
fail(struct cli_target *t, int err, const char *name, const char *reason)
{
	return tool_verb_fail(t->call, err, "%s%s%s: %s", tool_verb_safe(t->call, view_str(t->folder_name)), *name == '\0' ? "" : "/",
	    tool_verb_safe(t->call, view_str(name)), reason);
}

static int
fail_errno(struct cli_target *t, const char *name)
{
	int saved = errno;
	return fail(t, err_from_errno(saved), name, strerror(saved));
}

int
cli_target_open(struct tool_call *c, const char *folder, bool force, struct cli_target **t_r)
{
	struct cli_target *t = mem_alloc(sizeof(*t));
	*t = (struct cli_target){ .call = c, .folder_name = folder, .force = force, .folder = -1, .stage = -1, .fd = -1 };
	t->names = arena_new(NAMES_MAX);
	int err = file_open_dir(AT_FDCWD, folder, &t->folder);
	if (err == ERR_NOT_FOUND) {
		err = file_make_dir(AT_FDCWD, folder, 0777, FILE_DURABLE);
		if (err == 0)
			err = file_open_dir(AT_FDCWD, folder, &t->folder);
	}
	if (err != 0) {
		err = fail(t, err, "", errno == ENOTDIR ? "this is not a folder" : strerror(errno));
		cli_target_free(&t);
	}
	*t_r = t;
	return err;
}

void
cli_target_free(struct cli_target **target)
{
	struct cli_target *t = *target;
	if (t == NULL)
		return;
	file_close(&t->fd);
	if (t->stage >= 0 && !t->is_kept)
		cli_install_remove(t->folder, t->is_whole ? t->whole_name : t->stage_name);
	file_close(&t->stage);
	file_close(&t->folder);
	arena_free(&t->names);
	mem_free(&t->local);
	mem_free(target);
}

/* --- plan */

/* Whether something of this name is in the way; by force files replace files and folders join folders. */
static int
check_free(struct cli_target *t, const char *local, enum package_entry_kind kind)
{
	struct stat st;
	if (fstatat(t->folder, local, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : fail_errno(t, local);
	if (!t->force)
		return fail(t, ERR_EXISTS, local, "exists already (--force replaces it)");
	return S_ISDIR(st.st_mode) == (kind == PACKAGE_ENTRY_FOLDER) ? 0 : fail(t, ERR_EXISTS, local, KINDS_MEET);
}

/* The first components are what is moved into place; the others only matter where folders join. */
static int
check_all_free(struct cli_target *t)
{
	int err = 0;
	for (size_t i = 0; i < package_manifest_count(t->manifest) && err == 0; i++)
		if (t->force || strchr(t->local[i], '/') == NULL)
			err = check_free(t, t->local[i], package_manifest_at(t->manifest, i)->kind);
	return err;
}

static int
check_space(struct cli_target *t, const struct package_manifest *m)
{
	struct statvfs st;
	if (fstatvfs(t->folder, &st) != 0 || (uint64_t)st.f_bavail * st.f_frsize >= package_manifest_plain_bytes(m))
		return 0;
	return fail(t, ERR_FULL, "", "the disk has not enough room for this package");
}

static int
plan_entry(struct cli_target *t, struct package_names *names, size_t i)
{
	struct buf local;
	buf_init(&local, LOCAL_MAX);
	int err = package_names_local(names, package_manifest_at(t->manifest, i)->path, &local);
	if (err != 0)
		err = fail(t, err, "", "a name of this package is too long for this machine");
	else
		t->local[i] = arena_str(t->names, buf_view(&local));
	if (err == 0 && package_names_is_changed(names))
		tool_verb_say(t->call, "%s is written as %s", tool_verb_safe(t->call, package_manifest_at(t->manifest, i)->path), t->local[i]);
	buf_deinit(&local);
	return err;
}

int
cli_target_plan(struct cli_target *t, const struct package_manifest *m)
{
	struct package_names *names = package_names_new();
	size_t n = package_manifest_count(m);
	t->manifest = m;
	t->local = mem_array(n, sizeof(t->local[0]));
	int err = 0;
	for (size_t i = 0; i < n && err == 0; i++)
		err = plan_entry(t, names, i);
	package_names_free(&names);
	return err;
}

const char *
cli_target_name(const struct cli_target *t, uint32_t entry)
{
	return t->local[entry];
}

const char *
cli_target_path(struct cli_target *t, uint32_t entry)
{
	size_t n = strlen(t->folder_name);
	return arena_printf(t->call->arena, "%s%s%s", t->folder_name, n > 0 && t->folder_name[n - 1] == '/' ? "" : "/", t->local[entry]);
}

/* --- making */

/* A manifest need not name the folders that its files lie in. */
static int
make_parents(struct cli_target *t, const char *local)
{
	char path[LOCAL_MAX + 1];
	size_t len = strlen(local);
	memcpy(path, local, len + 1);
	for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(t->stage, path, 0777) != 0 && errno != EEXIST)
			return err_from_errno(errno);
		*slash = '/';
	}
	return 0;
}

static int
make_file(struct cli_target *t, uint32_t entry, int *fd_r)
{
	const struct package_entry *e = package_manifest_at(t->manifest, entry);
	*fd_r = openat(t->stage, t->local[entry], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, e->is_executable ? 0777 : 0666);
	return *fd_r < 0 ? err_from_errno(errno) : 0;
}

/* Content complete: its time, as the sender's file had it. */
static int
finish_file(struct cli_target *t, uint32_t entry, int *fd)
{
	int64_t ms = package_manifest_at(t->manifest, entry)->mtime_ms;
	int err = cli_install_set_time(*fd, ms);
	file_close(fd);
	return err;
}

/* What an earlier process made of it is taken as it is, but for empty files: those are made anew. */
static int
make_entry(struct cli_target *t, uint32_t entry)
{
	const struct package_entry *e = package_manifest_at(t->manifest, entry);
	int fd = -1;
	int err = make_parents(t, t->local[entry]);
	if (err == 0 && e->kind == PACKAGE_ENTRY_FOLDER)
		return mkdirat(t->stage, t->local[entry], 0777) == 0 || errno == EEXIST ? 0 : err_from_errno(errno);
	if (err != 0 || e->size > 0)
		return err;
	unlinkat(t->stage, t->local[entry], 0);
	err = make_file(t, entry, &fd);
	return err == 0 ? finish_file(t, entry, &fd) : err;
}

/* --- the hidden folder */

/* One that an earlier process of ours left, or a link or folder that somebody else has put there: that is refused. */
static int
open_stage(struct cli_target *t, const char *name)
{
	struct stat st;
	t->stage = openat(t->folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (t->stage < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : fail_errno(t, name);
	t->is_kept = true;   /* until it is known to be ours */
	if (fstat(t->stage, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return fail(t, ERR_DENIED, name, "is not yours alone: remove it");
	if (flock(t->stage, LOCK_EX | LOCK_NB) != 0)
		return fail(t, ERR_BUSY, name, "another command is receiving this package");
	t->is_kept = false;
	return 0;
}

static int
make_stage(struct cli_target *t)
{
	int err = check_space(t, t->manifest);
	if (err == 0)
		err = check_all_free(t);
	if (err == 0 && mkdirat(t->folder, t->stage_name, 0700) != 0)
		err = fail_errno(t, "");
	return err == 0 ? open_stage(t, t->stage_name) : err;
}

int
cli_target_begin(struct cli_target *t, const struct id *package, enum cli_target_state *state_r)
{
	snprintf(t->stage_name, sizeof(t->stage_name), ".provision-%s", id_text(package).s);
	snprintf(t->whole_name, sizeof(t->whole_name), "%s.whole", t->stage_name);
	int err = open_stage(t, t->whole_name);
	*state_r = CLI_TARGET_WHOLE;
	if (err == 0) {
		t->is_whole = true;
		return 0;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	err = open_stage(t, t->stage_name);
	*state_r = err == 0 ? CLI_TARGET_PART : CLI_TARGET_NEW;
	if (err == ERR_NOT_FOUND)
		err = make_stage(t);
	for (size_t i = 0; err == 0 && i < package_manifest_count(t->manifest); i++)
		if ((err = make_entry(t, (uint32_t)i)) != 0)
			return fail(t, err, t->local[i], strerror(errno));
	return err;
}

void
cli_target_keep(struct cli_target *t)
{
	t->is_kept = true;
}

/* --- what an earlier process left */

int
cli_target_read(struct cli_target *t, uint32_t entry, uint64_t offset, void *out, size_t n)
{
	if (t->fd < 0 || t->open_entry != entry) {
		file_close(&t->fd);
		t->fd = openat(t->stage, t->local[entry], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (t->fd < 0 && errno == ENOENT && t->is_whole)
			t->fd = openat(t->folder, t->local[entry], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		t->open_entry = entry;
	}
	return t->fd < 0 ? err_from_errno(errno) : file_pread_full(t->fd, out, n, offset);
}

/* A file that is there already: whole, or to be cut and written on. */
static int
open_again(struct cli_target *t, uint32_t entry, uint64_t offset, int *fd_r)
{
	*fd_r = openat(t->stage, t->local[entry], O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (*fd_r < 0)
		return err_from_errno(errno);
	if (ftruncate(*fd_r, (off_t)offset) == 0 && lseek(*fd_r, (off_t)offset, SEEK_SET) >= 0)
		return 0;
	int err = err_from_errno(errno);
	file_close(fd_r);
	return err;
}

int
cli_target_continue(struct cli_target *t, uint32_t entry, uint64_t offset)
{
	int err = 0, fd = -1;
	file_close(&t->fd);
	for (uint32_t i = 0; err == 0 && i < package_manifest_count(t->manifest); i++) {
		const struct package_entry *e = package_manifest_at(t->manifest, i);
		if (e->kind == PACKAGE_ENTRY_FOLDER || e->size == 0)
			continue;
		if (i > entry || (i == entry && offset == 0)) {
			if (unlinkat(t->stage, t->local[i], 0) != 0 && errno != ENOENT)
				err = err_from_errno(errno);
		} else if (i < entry) {
			err = open_again(t, i, e->size, &fd);
			if (err == 0)
				err = finish_file(t, i, &fd);
		}
	}
	if (err != 0 || offset == 0 || entry >= package_manifest_count(t->manifest))
		return err;
	t->open_entry = entry;
	t->written = offset;
	return open_again(t, entry, offset, &t->fd);
}

/* --- writing */

int
cli_target_write(struct cli_target *t, uint32_t entry, struct view bytes, bool is_last)
{
	int err = 0;
	if (t->fd < 0) {
		err = make_file(t, entry, &t->fd);
		t->open_entry = entry;
		t->written = 0;
	}
	require(err != 0 || t->open_entry == entry);
	if (err == 0)
		err = file_write_full(t->fd, bytes.data, bytes.len);
	t->written += bytes.len;
	if (err != 0 || !is_last)
		return err;
	require(t->written == package_manifest_at(t->manifest, entry)->size);
	return finish_file(t, entry, &t->fd);
}

/* From now on another process need not fetch anything. */
static int
become_whole(struct cli_target *t, const struct cli_install *install)
{
	int err = cli_install_sync(install);
	if (err != 0)
		return fail(t, err, "", "the files cannot be written to disk");
	if (renameat(t->folder, t->stage_name, t->folder, t->whole_name) != 0)
		return fail_errno(t, t->stage_name);
	t->is_whole = true;
	return fsync(t->folder) == 0 ? 0 : fail_errno(t, "");
}

int
cli_target_install(struct cli_target *t)
{
	struct cli_install install = { .folder = t->folder, .stage = t->stage, .manifest = t->manifest, .local = t->local,
		.force = t->force, .is_again = t->is_whole };
	file_close(&t->fd);
	int err = t->is_whole ? 0 : become_whole(t, &install);
	if (err != 0)
		return err;
	err = cli_install_move(&install);
	if (err == ERR_EXISTS)
		return fail(t, err, install.bad == NULL ? "" : install.bad, t->force ? KINDS_MEET :
		    "exists already (--force replaces it)");
	if (err != 0)
		return fail(t, err, install.bad == NULL ? "" : install.bad, "cannot be moved into place");
	return 0;
}
