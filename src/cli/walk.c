/* SPDX-License-Identifier: MIT */
/*
 * A walk by descriptors: every step opens one name in one folder without following links, so that nothing can lead it
 * elsewhere. Knows no package but the shape of an entry. cli/send.c calls it.
 */
#include "cli/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "package/encrypt.h"
#include "package/name.h"

#define PATHS_MAX ((size_t)1024 * 1024 * 1024)
#define OPEN_FILE (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

/* Where an entry came from. */
struct origin {
	const char *parent;      /* folder of the word on the command line */
	dev_t device;
	struct cli_walk_origin state;
};

struct cli_walk {
	struct arena *paths;
	struct package_entry *entries;
	struct origin *origins;  /* as many */
	size_t count;
};

/* A walk on its way. */
struct step {
	struct tool_call *call;
	struct cli_walk *walk;
	const char *parent;
	const char *prefix;      /* of names that are told: parent and "/", or "" */
};

void
cli_walk_free(struct cli_walk **w)
{
	if (*w == NULL)
		return;
	arena_free(&(*w)->paths);
	mem_free(&(*w)->entries);
	mem_free(&(*w)->origins);
	mem_free(w);
}

const struct package_entry *
cli_walk_entries(const struct cli_walk *w, size_t *n_r)
{
	*n_r = w->count;
	return w->entries;
}

static int
fail(struct step *s, int err, struct view path, const char *reason)
{
	return tool_verb_fail(s->call, err, "%s%s: %s", tool_verb_safe(s->call, view_str(s->prefix)), tool_verb_safe(s->call, path), reason);
}

static int
fail_errno(struct step *s, struct view path)
{
	int saved = errno;
	return fail(s, err_from_errno(saved), path, strerror(saved));
}

static int64_t
nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* A folder's size and times change with what lies beside what is sent. */
static struct cli_walk_origin
state_of(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return (struct cli_walk_origin){ .inode = st->st_ino };
	return (struct cli_walk_origin){ .inode = st->st_ino, .size = (uint64_t)st->st_size, .mtime_ns = nanoseconds(&st->st_mtim),
		.ctime_ns = nanoseconds(&st->st_ctim) };
}

static int
add(struct step *s, struct view path, const struct stat *st)
{
	struct cli_walk *w = s->walk;
	if (w->count == PACKAGE_ENTRIES_MAX)
		return fail(s, ERR_LIMIT, path, "a package can hold 262144 files and folders at most");
	if (package_name_check(path) != 0)
		return fail(s, ERR_SYNTAX, path, "this name is too long or lies too deep");
	if ((w->count & (w->count + 1)) == 0) {
		w->entries = mem_resize(w->entries, w->count * 2 + 1, sizeof(w->entries[0]));
		w->origins = mem_resize(w->origins, w->count * 2 + 1, sizeof(w->origins[0]));
	}
	struct package_entry *entry = &w->entries[w->count];
	memset(entry, 0, sizeof(*entry));
	int err = package_encrypt_describe(st, entry);
	if (err != 0)
		return fail(s, err, path, "neither a file nor a folder: it cannot be sent");
	entry->path = arena_dup(w->paths, path);
	w->origins[w->count++] = (struct origin){ .parent = s->parent, .device = st->st_dev, .state = state_of(st) };
	return 0;
}

static int visit(struct step *s, int at, const char *name, struct buf *path, bool is_named);

/* Everything in the folder at fd, which is taken. */
static int
walk_folder(struct step *s, int fd, struct buf *path)
{
	DIR *folder = fdopendir(fd);
	struct dirent *d;
	int err = 0;
	if (folder == NULL) {
		file_close(&fd);
		return fail_errno(s, buf_view(path));
	}
	while (err == 0 && (errno = 0, d = readdir(folder)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		size_t len = path->len;
		err = buf_append_u8(path, '/');
		if (err == 0)
			err = visit(s, dirfd(folder), d->d_name, path, false);
		path->len = len;
	}
	if (err == 0 && errno != 0)
		err = fail_errno(s, buf_view(path));
	closedir(folder);
	return err;
}

/* The entry name in the folder at; path ends where its name will stand. */
static int
visit(struct step *s, int at, const char *name, struct buf *path, bool is_named)
{
	struct stat st;
	int err = buf_append_str(path, name);
	if (err != 0)
		return fail(s, err, buf_view(path), "this name is too long or lies too deep");
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return fail_errno(s, buf_view(path));
	if (S_ISLNK(st.st_mode) && is_named)
		return fail(s, ERR_UNSUPPORTED, buf_view(path), "a symbolic link is not followed: name what it points to");
	if (S_ISLNK(st.st_mode)) {
		tool_verb_say(s->call, "%s%s: a symbolic link, left out", tool_verb_safe(s->call, view_str(s->prefix)),
		    tool_verb_safe(s->call, buf_view(path)));
		return 0;
	}
	err = add(s, buf_view(path), &st);
	if (err != 0)
		return err;
	if (!S_ISDIR(st.st_mode))
		return faccessat(at, name, R_OK, AT_EACCESS) == 0 ? 0 : fail_errno(s, buf_view(path));
	int fd = openat(at, name, OPEN_FOLDER);
	return fd < 0 ? fail_errno(s, buf_view(path)) : walk_folder(s, fd, path);
}

/* Splits into folder and last component, both in the walk's arena. "." and ".." are called as what they are. */
static int
split(struct step *s, const char *word, const char **name_r)
{
	struct view v = view_str(word);
	while (v.len > 1 && v.data[v.len - 1] == '/')
		v.len--;
	char *path = arena_str(s->walk->paths, v), *slash = strrchr(path, '/');
	const char *last = slash == NULL ? path : slash + 1;
	if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
		char *real = realpath(path, NULL);
		if (real == NULL)
			return fail_errno(s, v);
		path = arena_str(s->walk->paths, view_str(real));
		free(real);
		slash = strrchr(path, '/');
		last = slash + 1;
	}
	if (*last == '\0')
		return fail(s, ERR_USAGE, v, "the root folder has no name: name what is in it");
	*name_r = last;
	if (slash != NULL)
		*slash = '\0';
	s->parent = slash == NULL ? "." : slash == path ? "/" : path;
	return 0;
}

static int
walk_word(struct step *s, const char *word)
{
	const char *name = "";
	struct buf path;
	s->prefix = "";
	s->parent = ".";
	int err = split(s, word, &name);
	if (err != 0)
		return err;
	int at = open(s->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return fail_errno(s, view_str(word));
	if (strcmp(s->parent, ".") != 0)
		s->prefix = arena_printf(s->walk->paths, "%s%s", s->parent, strcmp(s->parent, "/") == 0 ? "" : "/");
	buf_init(&path, PACKAGE_PATH_MAX + PACKAGE_NAME_MAX);
	err = visit(s, at, name, &path, true);
	buf_deinit(&path);
	file_close(&at);
	return err;
}

int
cli_walk_new(struct tool_call *c, const char *const *paths, size_t n, struct cli_walk **w_r)
{
	struct cli_walk *w = mem_alloc(sizeof(*w));
	struct step step = { .call = c, .walk = w };
	int err = 0;
	w->paths = arena_new(PATHS_MAX);
	for (size_t i = 0; i < n && err == 0; i++)
		err = walk_word(&step, paths[i]);
	if (err != 0)
		cli_walk_free(&w);
	*w_r = w;
	return err;
}

struct cli_walk_origin
cli_walk_origin(const struct cli_walk *w, size_t i)
{
	return w->origins[i].state;
}

/* --- opening again */

/* What an error means for a name that was there before. */
static int
gone_or(int saved)
{
	return saved == ENOENT || saved == ENOTDIR || saved == ELOOP ? ERR_CHANGED : err_from_errno(saved);
}

/* One step down; takes at. */
static int
descend(int at, struct view name, int flags, int *fd_r)
{
	char text[PACKAGE_NAME_MAX + 1];
	require(name.len <= PACKAGE_NAME_MAX);
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	int fd = openat(at, text, flags);
	int err = fd < 0 ? gone_or(errno) : 0;
	file_close(&at);
	*fd_r = fd;
	return err;
}

int
cli_walk_open(const struct cli_walk *w, size_t i, int *fd_r)
{
	const struct origin *o = &w->origins[i];
	struct view rest = w->entries[i].path;
	struct stat st;
	int err = 0, fd = open(o->parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return gone_or(errno);
	for (size_t slash; err == 0 && (slash = view_find(rest, '/')) < rest.len; rest = view_slice(rest, slash + 1, rest.len))
		err = descend(fd, view_slice(rest, 0, slash), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, &fd);
	if (err == 0)
		err = descend(fd, rest, OPEN_FILE, &fd);
	if (err == 0 && (fstat(fd, &st) != 0 || st.st_dev != o->device || st.st_ino != o->state.inode)) {
		file_close(&fd);
		err = ERR_CHANGED;
	}
	*fd_r = fd;
	return err;
}
