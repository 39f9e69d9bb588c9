/* SPDX-License-Identifier: MIT */
/*
 * provisionctl backup: writes what the running store hands out. The folder has another name until it is whole and on disk, and
 * the manifest is its last file. No slot and no key comes this way.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/link.h"
#include "base/file.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "ctl/tree.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"
#include "state/manifest.h"
#include "state/stream.h"
#include "tool/progress.h"

#define UNFINISHED ".unfinished"
#define FOLDER_TMP 1
#define ARENA_BYTES 65536
#define SUBFOLDER_CHARS 2

struct backup {
	struct tool_call *call;
	const char *shown;               /* the folder, for messages */
	char *name, *unfinished;         /* within parent */
	int parent, folder;
	int state;                       /* the state directory, to link from; -1: cannot be seen */
	struct state_manifest_head head;
	struct state_manifest_writer *manifest;
	struct tool_progress progress;
	uint64_t files, linked, bytes;
};

static const struct ctl_owner ours = { (uid_t)-1, (gid_t)-1 };

static int
failed(struct backup *b, int err, const char *what)
{
	return tool_verb_fail(b->call, err, "%s%s: %s: %s", b->shown, UNFINISHED, what, err_text(err));
}

/* ---- the folder ---- */

/* "a/b/" is the folder b in a. */
static int
name_folder(struct backup *b, const char *path)
{
	char *copy = mem_strdup(path);
	size_t n = strlen(copy);
	while (n > 1 && copy[n - 1] == '/')
		copy[--n] = '\0';
	char *slash = strrchr(copy, '/');
	b->name = mem_strdup(slash == NULL ? copy : slash + 1);
	b->unfinished = mem_printf("%s%s", b->name, UNFINISHED);
	if (slash != NULL)
		slash[slash == copy ? 1 : 0] = '\0';
	int err = file_open_dir(AT_FDCWD, slash == NULL ? "." : copy, &b->parent);
	mem_free(&copy);
	if (err != 0 || b->name[0] == '\0' || strcmp(b->name, ".") == 0 || strcmp(b->name, "..") == 0)
		return tool_verb_fail(b->call, err != 0 ? err : ERR_USAGE, "%s: the folder it is to be made in cannot be opened", b->shown);
	return 0;
}

static int
make_folder(struct backup *b)
{
	static const char *const below[] = { "index", "packages", "packages/tmp", "packages/new", "packages/cur" };
	struct stat st;
	if (fstatat(b->parent, b->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return tool_verb_fail(b->call, ERR_EXISTS, "%s is there already", b->shown);
	/* of a backup that was killed */
	int err = ctl_tree_remove(b->parent, b->unfinished, true);
	if (err == 0)
		err = ctl_tree_folder(b->parent, b->unfinished, &ours);
	if (err == 0)
		err = file_open_dir(b->parent, b->unfinished, &b->folder);
	for (size_t i = 0; err == 0 && i < sizeof(below) / sizeof(below[0]); i++)
		err = ctl_tree_folder(b->folder, below[i], &ours);
	return err == 0 ? 0 : failed(b, err, "the folder cannot be made");
}

/* Whole and on disk under its name. */
static int
publish(struct backup *b)
{
	int err = state_manifest_close(&b->manifest, true);
	if (err == 0)
		err = ctl_tree_sync(b->folder);
	if (err == 0 && renameat2(b->parent, b->unfinished, b->parent, b->name, RENAME_NOREPLACE) != 0)
		err = err_from_errno(errno);
	if (err == 0 && fsync(b->parent) != 0)
		err = ERR_IO;
	return err == 0 ? 0 : failed(b, err, "it cannot be finished");
}

/* ---- files ---- */

static int
note(struct backup *b, const struct state_manifest_file *f)
{
	b->files++;
	b->bytes += f->bytes;
	tool_progress_move(&b->progress, b->bytes, b->bytes);
	int err = state_manifest_add(b->manifest, f);
	return err == 0 ? 0 : failed(b, err, "the manifest cannot be written");
}

static int
take_index_file(struct backup *b, int stream, const struct state_stream_head *head)
{
	struct state_manifest_file f = { .bytes = head->bytes };
	(void)snprintf(f.path, sizeof(f.path), "index/%s", head->name);
	/* a name that would lead elsewhere is none of ours */
	int err = strchr(head->name, '/') != NULL ? ERR_SYNTAX :
	    ctl_tree_copy(stream, head->bytes, b->folder, f.path, &ours, f.hash);
	return err == 0 ? note(b, &f) : failed(b, err, f.path);
}

static int
take_index(struct backup *b, int stream)
{
	uint8_t bytes[STATE_STREAM_HEAD_BYTES];
	struct state_stream_head head;
	for (;;) {
		int err = file_read_full(stream, bytes, sizeof(bytes));
		if (err == 0)
			err = state_stream_head_decode(bytes, &head);
		if (err != 0)
			return tool_verb_fail(b->call, ERR_UNAVAILABLE, "the daemon broke the backup off: its log says why");
		if (head.name[0] == '\0')
			return 0;
		err = take_index_file(b, stream, &head);
		if (err != 0)
			return err;
	}
}

static int
make_subfolder(struct backup *b, const char *path)
{
	char sub[STATE_MANIFEST_PATH_MAX];
	const char *slash = strrchr(path, '/');
	(void)snprintf(sub, sizeof(sub), "%.*s", (int)(slash - path), path);
	return ctl_tree_folder(b->folder, sub, &ours);
}

/* Only what cannot grow any more gets a second name instead of a copy. */
static int
take_package_file(struct backup *b, int fd, const struct id *id, uint32_t folder)
{
	static const char *const folders[] = { NULL, "tmp", "new", "cur" };
	struct state_manifest_file f = { .is_linked = folder != FOLDER_TMP };
	struct id_text text = id_text(id);
	struct stat st;
	(void)snprintf(f.path, sizeof(f.path), "packages/%s/%.*s/%s", folders[folder], SUBFOLDER_CHARS, text.s, text.s);
	int err = fstat(fd, &st) != 0 ? ERR_IO : make_subfolder(b, f.path);
	f.bytes = err == 0 ? (uint64_t)st.st_size : 0;
	if (err == 0 && f.is_linked) {
		err = ctl_tree_link(fd, b->state, b->folder, f.path);
		f.is_linked = err != ERR_UNSUPPORTED;
		err = f.is_linked ? err : 0;
	}
	if (err == 0 && !f.is_linked)
		err = ctl_tree_copy(fd, f.bytes, b->folder, f.path, &ours, f.hash);
	b->linked += f.is_linked;
	return err == 0 ? note(b, &f) : failed(b, err, f.path);
}

static int
take_packages(struct backup *b)
{
	Provision__BackupFile m = PROVISION__BACKUP_FILE__INIT;
	struct arena *arena = arena_new(ARENA_BYTES);
	struct id id;
	int err = 0;
	while (err == 0) {
		const ProtobufCMessage *reply;
		int fd = -1;
		arena_reset(arena);
		err = admin_link_ask_fd(b->call, IPC_BACKUP_FILE, &m.base, arena, &reply, &fd);
		if (err != 0)
			break;
		const Provision__BackupFileReply *r = (const void *)reply;
		err = id_from_view(view_of(r->file.data, r->file.len), &id);
		if (err == 0)
			err = take_package_file(b, fd, &id, r->folder);
		m.after = (ProtobufCBinaryData){ sizeof(id.bytes), id.bytes };
		file_close(&fd);
	}
	arena_free(&arena);
	return err == ERR_NOT_FOUND && !b->call->is_told ? 0 : err;
}

/* ---- the whole ---- */

/* Whoever may not look into the state directory makes copies. */
static void
find_state(struct backup *b)
{
	const char *file = tool_verb_value(b->call, "config");
	struct conf_problem problem;
	struct conf *conf = NULL;
	if (conf_parse_file(file == NULL ? DEFAULT_CONF : file, &conf, &problem) == 0 &&
	    file_open_dir(AT_FDCWD, conf->state_dir, &b->state) != 0)
		b->state = -1;
	conf_free(&conf);
}

static int
explain(struct backup *b, int err)
{
	if (err == ERR_STATE)
		return tool_verb_fail(b->call, ERR_CONFIG, "no key_mirror_dir is configured: a backup has no keys and could not be restored");
	if (err == ERR_BUSY)
		return tool_verb_fail(b->call, err, "another backup is under way, or the key mirror is just being brought in line");
	return err;
}

static int
begin(struct backup *b, int *stream_r)
{
	Provision__BackupBegin m = PROVISION__BACKUP_BEGIN__INIT;
	const ProtobufCMessage *reply;
	int err = admin_link_ask_fd(b->call, IPC_BACKUP_BEGIN, &m.base, b->call->arena, &reply, stream_r);
	if (err != 0)
		return explain(b, err);
	const Provision__BackupBeginReply *r = (const void *)reply;
	b->head = (struct state_manifest_head){ .format = r->format, .time_ms = r->time_ms, .generation = r->generation };
	err = id_from_view(view_of(r->store.data, r->store.len), &b->head.store);
	if (err == 0)
		err = state_manifest_create(b->folder, &b->head, &b->manifest);
	return err == 0 ? 0 : failed(b, err, "the manifest cannot be made");
}

static int
run(struct backup *b)
{
	int stream = -1, err = make_folder(b);
	if (err == 0)
		err = begin(b, &stream);
	if (err == 0) {
		tool_progress_begin(&b->progress, "backup");
		err = take_index(b, stream);
		file_close(&stream);
		if (err == 0)
			err = take_packages(b);
		tool_progress_end(&b->progress);
	}
	return err == 0 ? publish(b) : err;
}

static void
print(struct backup *b)
{
	struct tool_print *p = b->call->print;
	tool_print_object(p, NULL);
	tool_print_str(p, "directory", TOOL_SHOW, b->shown);
	tool_print_id(p, "store", TOOL_SHOW_JSON, &b->head.store);
	tool_print_time(p, "time", TOOL_SHOW, b->head.time_ms);
	tool_print_number(p, "generation", TOOL_SHOW, b->head.generation);
	tool_print_number(p, "files", TOOL_SHOW, b->files);
	tool_print_number(p, "linked", TOOL_SHOW, b->linked);
	tool_print_number(p, "bytes", TOOL_SHOW, b->bytes);
	tool_print_close(p);
}

int
ctl_backup(struct tool_call *c)
{
	struct backup b = { .call = c, .shown = tool_verb_safe(c, view_str(c->arguments[0])), .parent = -1, .folder = -1,
	    .state = -1 };
	int err = name_folder(&b, c->arguments[0]);
	find_state(&b);
	if (err == 0)
		err = run(&b);
	if (err == 0)
		print(&b);
	int close_err = state_manifest_close(&b.manifest, false);
	if (err == 0)
		err = close_err;
	if (err != 0 && b.folder != -1 && ctl_tree_remove(b.parent, b.unfinished, true) != 0)
		tool_verb_say(c, "%s%s is left over: remove it", b.shown, UNFINISHED);
	file_close(&b.folder);
	file_close(&b.parent);
	file_close(&b.state);
	mem_free(&b.name);
	mem_free(&b.unfinished);
	return err;
}
