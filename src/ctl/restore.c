/* SPDX-License-Identifier: MIT */
/*
 * provisionctl restore: data from a backup into an empty state directory, while no store runs on it. No key is copied: the next
 * start makes keys/slots from the mirror, and what has a dead slot there is erased. A marker in the directory keeps the store away until
 * everything is on disk; whoever finds it there begins anew.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/link.h"
#include "base/fatal.h"
#include "base/file.h"
#include "conf/conf.h"
#include "ctl/tree.h"
#include "ctl/verbs.h"
#include "state/format.h"
#include "state/manifest.h"
#include "state/slot_header.h"
#include "tool/progress.h"

#define FLAG_OPTION "accept-lost-erasures"
#define DAMAGED "%s: the backup is damaged: %s"

struct restore {
	struct tool_call *call;
	const char *from, *to;           /* the folders, for messages */
	struct conf *conf;
	int backup, state, lock;
	struct ctl_owner owner;          /* of the state directory */
	struct state_manifest_head head;
	struct state_manifest_reader *manifest;
	struct tool_progress progress;
	uint64_t files, linked, bytes;
};

/* ---- the backup ---- */

static int
open_backup(struct restore *r)
{
	int err = file_open_dir(AT_FDCWD, r->call->arguments[0], &r->backup);
	if (err != 0)
		return tool_verb_fail(r->call, err, "%s: %s", r->from, err_text(err));
	err = state_manifest_open(r->backup, &r->head, &r->manifest);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(r->call, err, "%s has no manifest: it is no backup, or not a whole one", r->from);
	if (err == ERR_VERSION || (err == 0 && r->head.format > STATE_FORMAT_VERSION))
		return tool_verb_fail(r->call, ERR_VERSION, "%s was written by a newer version of the program: install that one", r->from);
	return err == 0 ? 0 : tool_verb_fail(r->call, ERR_SYNTAX, DAMAGED, r->from, STATE_MANIFEST_NAME);
}

/* ---- the state directory ---- */

static int
open_state(struct restore *r)
{
	struct stat st;
	int err = file_open_dir(AT_FDCWD, r->conf->state_dir, &r->state);
	if (err != 0)
		return tool_verb_fail(r->call, err, "%s cannot be opened: make it, owned by the store's user, mode 0700", r->to);
	if (fstat(r->state, &st) != 0)
		return ERR_IO;
	r->owner = (struct ctl_owner){ st.st_uid, st.st_gid };
	r->lock = openat(r->state, STATE_LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->lock == -1 || fchown(r->lock, st.st_uid, st.st_gid) != 0)
		return tool_verb_fail(r->call, err_from_errno(errno), "%s cannot be written", r->to);
	if (flock(r->lock, LOCK_EX | LOCK_NB) != 0)
		return tool_verb_fail(r->call, ERR_BUSY, "%s is in use: stop provisiond first", r->to);
	return 0;
}

/* What may be there: the lock, slots that have survived, and whatever an unfinished restore has left. */
static bool
is_allowed(const char *name, bool is_unfinished)
{
	static const char *const always[] = { ".", "..", STATE_LOCK_NAME, STATE_KEYS_NAME };
	static const char *const ours[] = { STATE_RESTORING_NAME, STATE_INDEX_NAME, STATE_PACKAGES_NAME };
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcmp(name, always[i]) == 0)
			return true;
	for (size_t i = 0; is_unfinished && i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(name, ours[i]) == 0)
			return true;
	return false;
}

static int
check_empty(struct restore *r)
{
	bool is_unfinished = faccessat(r->state, STATE_RESTORING_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	const char *found = NULL;
	int fd, err = file_open_dir(r->state, ".", &fd);
	if (err != 0)
		return err;
	DIR *d = fdopendir(fd);
	require(d != NULL);
	for (struct dirent *e; found == NULL && (e = readdir(d)) != NULL;)
		if (!is_allowed(e->d_name, is_unfinished))
			found = tool_verb_safe(r->call, view_str(e->d_name));
	(void)closedir(d);
	return found == NULL ? 0 : tool_verb_fail(r->call, ERR_EXISTS, "%s is not empty: %s lies there. Nothing is overwritten: move it away "
	    "first, but for keys/", r->to, found);
}

/* ---- the slots ---- */

/* Of one copy. */
static int
read_slots(int at, const char *path, struct state_slot_header *h_r)
{
	int folder, err = path == NULL ? ERR_NOT_FOUND : file_open_dir(at, path, &folder);
	if (err != 0)
		return err;
	err = state_slot_header_read(folder, h_r);
	file_close(&folder);
	return err;
}

/* Slots that may have lost erasures: only if the operator says so. */
static int
accept_lost(struct restore *r, const char *why)
{
	if (tool_verb_is_set(r->call, FLAG_OPTION)) {
		tool_verb_say(r->call, "%s: what was erased meanwhile may come back", why);
		return 0;
	}
	return tool_verb_fail(r->call, ERR_STATE, "%s: what was erased meanwhile may come back. Find the right mirror, or say --" FLAG_OPTION, why);
}

static int
check_mirror(struct restore *r)
{
	struct state_slot_header mirror, kept;
	int err = read_slots(AT_FDCWD, r->conf->key_mirror_dir, &mirror);
	bool has_kept = read_slots(r->state, STATE_KEYS_NAME, &kept) == 0 && id_equal(&kept.store, &r->head.store);
	if (err == 0 && !id_equal(&mirror.store, &r->head.store))
		return tool_verb_fail(r->call, ERR_TRUST, "the key mirror and the backup are of different stores: check key_mirror_dir");
	if (err == 0 && mirror.generation < r->head.generation)
		return accept_lost(r, "the key mirror is older than the backup");
	if (err == 0)
		return 0;
	if (has_kept)
		return accept_lost(r, "the key mirror cannot be read, the slots left in the state directory would count alone");
	return tool_verb_fail(r->call, ERR_STATE, "the key mirror cannot be read (%s), and no slots are left in the state directory: without them "
	    "nothing in the backup can be opened", r->conf->key_mirror_dir == NULL ? "none is configured" : err_text(err));
}

/* ---- filling ---- */

static int
begin_filling(struct restore *r)
{
	static const char *const folders[] = { STATE_INDEX_NAME, STATE_PACKAGES_NAME, STATE_PACKAGES_NAME "/tmp",
		STATE_PACKAGES_NAME "/new", STATE_PACKAGES_NAME "/cur" };
	int err = file_replace(r->state, STATE_RESTORING_NAME, view_of(NULL, 0), 0600, FILE_DURABLE);
	if (err == 0)
		err = ctl_tree_remove(r->state, STATE_INDEX_NAME, true);
	if (err == 0)
		err = ctl_tree_remove(r->state, STATE_PACKAGES_NAME, true);
	for (size_t i = 0; err == 0 && i < sizeof(folders) / sizeof(folders[0]); i++)
		err = ctl_tree_folder(r->state, folders[i], &r->owner);
	return err == 0 ? 0 : tool_verb_fail(r->call, err, "%s cannot be filled: %s", r->to, err_text(err));
}

/* A second name only for what the store's user can then read, and never writes. */
static int
link_file(struct restore *r, int fd, const struct state_manifest_file *f)
{
	struct stat st;
	if (view_starts(view_str(f->path), VIEW_LIT(STATE_INDEX_NAME "/")) ||
	    view_starts(view_str(f->path), VIEW_LIT(STATE_PACKAGES_NAME "/tmp/")))
		return ERR_UNSUPPORTED;
	if (fstat(fd, &st) != 0 || st.st_uid != r->owner.uid || (st.st_mode & 07777) != 0600)
		return ERR_UNSUPPORTED;
	return ctl_tree_link(fd, r->backup, r->state, f->path);
}

static int
copy_file(struct restore *r, int fd, const struct state_manifest_file *f)
{
	uint8_t hash[CRYPT_DIGEST_BYTES];
	int err = ctl_tree_copy(fd, f->bytes, r->state, f->path, &r->owner, hash);
	if (err == ERR_CLOSED || (err == 0 && !f->is_linked && memcmp(hash, f->hash, sizeof(hash)) != 0))
		err = ERR_CHANGED;
	return err;
}

/* packages/new/ab of packages/new/ab/abc... */
static int
make_subfolder(struct restore *r, const struct state_manifest_file *f)
{
	char sub[STATE_MANIFEST_PATH_MAX];
	memcpy(sub, f->path, sizeof(sub));
	*strrchr(sub, '/') = '\0';
	return ctl_tree_folder(r->state, sub, &r->owner);
}

static int
put_file(struct restore *r, const struct state_manifest_file *f)
{
	struct stat st;
	int fd = openat(r->backup, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int err = fd == -1 || fstat(fd, &st) != 0 ? err_from_errno(errno) : (uint64_t)st.st_size == f->bytes ? 0 : ERR_CHANGED;
	if (err == 0)
		err = make_subfolder(r, f);
	if (err == 0) {
		err = link_file(r, fd, f);
		r->linked += err == 0;
		if (err == ERR_UNSUPPORTED)
			err = copy_file(r, fd, f);
	}
	file_close(&fd);
	if (err == ERR_CHANGED || err == ERR_NOT_FOUND)
		return tool_verb_fail(r->call, err, DAMAGED, r->from, f->path);
	return err == 0 ? 0 : tool_verb_fail(r->call, err, "%s/%s: %s", r->to, f->path, err_text(err));
}

static int
put_all(struct restore *r)
{
	struct state_manifest_file f;
	bool is_end = false;
	int err = 0;
	tool_progress_begin(&r->progress, "restore");
	while (err == 0) {
		if (state_manifest_next(r->manifest, &f, &is_end) != 0)
			err = tool_verb_fail(r->call, ERR_SYNTAX, DAMAGED, r->from, STATE_MANIFEST_NAME);
		if (err != 0 || is_end)
			break;
		err = put_file(r, &f);
		r->files++;
		r->bytes += f.bytes;
		tool_progress_move(&r->progress, r->bytes, r->bytes);
	}
	tool_progress_end(&r->progress);
	return err;
}

static int
end_filling(struct restore *r)
{
	int err = ctl_tree_sync(r->state);
	if (err == 0)
		err = file_unlink(r->state, STATE_RESTORING_NAME, FILE_DURABLE);
	return err == 0 ? 0 : tool_verb_fail(r->call, err, "%s cannot be flushed: %s", r->to, err_text(err));
}

/* ---- the whole ---- */

static void
print(struct restore *r)
{
	struct tool_print *p = r->call->print;
	tool_print_object(p, NULL);
	tool_print_str(p, "directory", TOOL_SHOW, r->to);
	tool_print_id(p, "store", TOOL_SHOW_JSON, &r->head.store);
	tool_print_time(p, "time", TOOL_SHOW, r->head.time_ms);
	tool_print_number(p, "generation", TOOL_SHOW, r->head.generation);
	tool_print_number(p, "files", TOOL_SHOW, r->files);
	tool_print_number(p, "linked", TOOL_SHOW, r->linked);
	tool_print_number(p, "bytes", TOOL_SHOW, r->bytes);
	tool_print_close(p);
}

int
ctl_restore(struct tool_call *c)
{
	static int (*const steps[])(struct restore *r) = { open_backup, open_state, check_empty, check_mirror, begin_filling, put_all,
		end_filling };
	struct restore r = { .call = c, .from = tool_verb_safe(c, view_str(c->arguments[0])), .backup = -1, .state = -1, .lock = -1 };
	int err = admin_link_conf(c, &r.conf);
	if (err == 0)
		r.to = tool_verb_safe(c, view_str(r.conf->state_dir));
	for (size_t i = 0; err == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = steps[i](&r);
	if (err == 0)
		print(&r);
	state_manifest_free(&r.manifest);
	file_close(&r.lock);
	file_close(&r.state);
	file_close(&r.backup);
	conf_free(&r.conf);
	return err;
}
