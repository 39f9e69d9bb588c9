/* SPDX-License-Identifier: MIT */
/*
 * The directory as such: what lies where, whose it is, who may read it. The layout is a table of places; a name that no row
 * knows is wrong. Looks into no file.
 */
#include "store/verify.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/id.h"
#include "state/format.h"
#include "state/slot_header.h"

#define LOG_DIGITS 10

static bool
is_table(const char *name)
{
	for (int t = 0; t < STORE_TABLE_COUNT; t++)
		if (strcmp(store_table_row((enum store_table)t)->name, name) == 0)
			return true;
	return false;
}

static bool
is_log(const char *name)
{
	return strncmp(name, "log.", 4) == 0 && strlen(name) == 4 + LOG_DIGITS && strspn(name + 4, "0123456789") == LOG_DIGITS;
}

static bool
is_id(const char *name)
{
	struct id id;
	return id_parse(view_str(name), &id) == 0;
}

static bool
is_subfolder(const char *name)
{
	return strlen(name) == 2 && strspn(name, "abcdefghijklmnopqrstuvwxyz234567") == 2;
}

/* One kind of entry in one kind of folder. */
struct place {
	const char *name;                     /* NULL: whatever is() says */
	bool (*is)(const char *name);
	const struct place *below;            /* a folder with these; NULL: a file */
};

#define END { NULL, NULL, NULL }
static const struct place streams[] = { { NULL, is_id, NULL }, END };
static const struct place hashed[] = { { NULL, is_subfolder, streams }, END };
static const struct place packages[] = { { "tmp", NULL, hashed }, { "new", NULL, hashed }, { "cur", NULL, hashed }, END };
static const struct place index_files[] = { { NULL, is_table, NULL }, { NULL, is_log, NULL }, END };
static const struct place keys[] = { { STATE_SLOT_FILE_NAME, NULL, NULL }, END };
static const struct place top[] = {
	{ STATE_LOCK_NAME, NULL, NULL },
	{ STATE_BALLAST_NAME, NULL, NULL },
	{ STATE_INDEX_NAME, NULL, index_files },
	{ STATE_KEYS_NAME, NULL, keys },
	{ STATE_PACKAGES_NAME, NULL, packages },
	END
};

static const struct place *
find(const struct place *places, const char *name)
{
	for (const struct place *p = places; p->name != NULL || p->is != NULL; p++)
		if (p->name != NULL ? strcmp(p->name, name) == 0 : p->is(name))
			return p;
	return NULL;
}

static const char *
judge(const struct place *p, const struct stat *st)
{
	if (p == NULL)
		return "nothing of that name belongs here";
	if (p->below != NULL ? !S_ISDIR(st->st_mode) : !S_ISREG(st->st_mode))
		return p->below != NULL ? "it is no folder" : "it is no file";
	if (st->st_uid != geteuid())
		return "it belongs to another user";
	return (st->st_mode & 07777) == (p->below != NULL ? 0700 : 0600) ? NULL : "its mode is not as it should be";
}

static void walk(int folder, const char *path, const struct place *places, struct store_verify_report *report);

static void
look(int folder, const char *path, const char *name, const struct place *places, struct store_verify_report *report)
{
	char full[STORE_VERIFY_TEXT_MAX];
	struct stat st;
	const struct place *p = find(places, name);
	(void)snprintf(full, sizeof(full), "%s%s%s", path, path[0] == '\0' ? "" : "/", name);
	/* gone meanwhile: a log that was removed */
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	const char *what = judge(p, &st);
	store_verify_note(report, STORE_VERIFY_DIRECTORY, what, full);
	int fd;
	if (what == NULL && p->below != NULL && file_open_dir(folder, name, &fd) == 0)
		walk(fd, full, p->below, report);
}

/* Takes folder. */
static void
walk(int folder, const char *path, const struct place *places, struct store_verify_report *report)
{
	DIR *d = fdopendir(folder);
	require(d != NULL);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			look(folder, path, e->d_name, places, report);
	(void)closedir(d);
}

void
store_verify_files(const char *state_path, struct store_verify_report *report)
{
	int fd;
	if (file_open_dir(AT_FDCWD, state_path, &fd) == 0)
		walk(fd, "", top, report);
	else
		store_verify_note(report, STORE_VERIFY_DIRECTORY, "it cannot be opened", state_path);
}
