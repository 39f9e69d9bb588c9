/* SPDX-License-Identifier: MIT */
/*
 * provisionctl verify: the state directory, by a store started for it alone, or a backup, against its manifest.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/link.h"
#include "base/file.h"
#include "ctl/tree.h"
#include "ctl/verbs.h"
#include "record/admin.pb-c.h"
#include "state/manifest.h"
#include "tool/progress.h"

#define VERIFY_S (6U * 3600)

static struct view
view_of_bytes(ProtobufCBinaryData b)
{
	return view_of(b.data, b.len);
}

/* The report is the result, also when it is a bad one. */
static int
conclude(struct tool_call *c, uint64_t wrong)
{
	tool_print_flush(c->print);
	return wrong == 0 ? 0 : tool_verb_fail(c, ERR_STATE, "%llu things are not as they should be", (unsigned long long)wrong);
}

/* ---- the state directory ---- */

static void
print_counts(struct tool_call *c, const Provision__VerifyReply *r)
{
	tool_print_list(c->print, "counts");
	for (size_t i = 0; i < r->n_counts; i++) {
		tool_print_object(c->print, NULL);
		tool_print_text(c->print, "subject", TOOL_SHOW, view_of_bytes(r->counts[i]->subject));
		tool_print_number(c->print, "checked", TOOL_SHOW, r->counts[i]->checked);
		tool_print_number(c->print, "erased", TOOL_SHOW, r->counts[i]->erased);
		tool_print_number(c->print, "wrong", TOOL_SHOW, r->counts[i]->wrong);
		tool_print_close(c->print);
	}
	tool_print_close(c->print);
}

static void
print_findings(struct tool_call *c, const Provision__VerifyReply *r)
{
	tool_print_list(c->print, "findings");
	for (size_t i = 0; i < r->n_findings; i++) {
		const Provision__VerifyFinding *f = r->findings[i];
		tool_verb_say(c, "%s %s: %s", tool_verb_safe(c, view_of_bytes(f->subject)), tool_verb_safe(c, view_of_bytes(f->where)),
		    tool_verb_safe(c, view_of_bytes(f->what)));
		tool_print_object(c->print, NULL);
		tool_print_text(c->print, "subject", TOOL_SHOW, view_of_bytes(f->subject));
		tool_print_text(c->print, "what", TOOL_SHOW, view_of_bytes(f->what));
		tool_print_text(c->print, "where", TOOL_SHOW, view_of_bytes(f->where));
		tool_print_close(c->print);
	}
	tool_print_close(c->print);
}

static int
show(struct tool_call *c, const Provision__VerifyReply *r)
{
	uint64_t checked = 0, erased = 0;
	for (size_t i = 0; i < r->n_counts; i++) {
		checked += r->counts[i]->checked;
		erased += r->counts[i]->erased;
	}
	tool_print_object(c->print, NULL);
	tool_print_number(c->print, "checked", TOOL_SHOW, checked);
	tool_print_number(c->print, "erased", TOOL_SHOW, erased);
	tool_print_number(c->print, "wrong", TOOL_SHOW, r->wrong);
	print_counts(c, r);
	print_findings(c, r);
	tool_print_close(c->print);
	return conclude(c, r->wrong);
}

static int
verify_state(struct tool_call *c)
{
	Provision__Verify m = PROVISION__VERIFY__INIT;
	const ProtobufCMessage *reply;
	struct admin_link *link = NULL;
	int err = admin_link_open(c, ADMIN_OFFLINE, &link);
	if (err != 0)
		return err;
	c->context = link;
	err = admin_link_ask_in(c, IPC_VERIFY, &m.base, VERIFY_S, c->arena, &reply);
	if (err == 0)
		err = show(c, (const void *)reply);
	admin_link_close(&link);
	return err;
}

/* ---- a backup ---- */

static const char *
judge_file(int folder, const struct state_manifest_file *f)
{
	uint8_t hash[CRYPT_DIGEST_BYTES];
	struct stat st;
	const char *what = NULL;
	int fd = openat(folder, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 || fstat(fd, &st) != 0)
		what = "it cannot be read";
	else if ((uint64_t)st.st_size != f->bytes)
		what = "it has another size";
	else if (!f->is_linked && (ctl_tree_hash(fd, f->bytes, hash) != 0 || memcmp(hash, f->hash, sizeof(hash)) != 0))
		what = "its content has changed";
	file_close(&fd);
	return what;
}

static int
check_files(struct tool_call *c, int folder, struct state_manifest_reader *manifest, uint64_t *files_r, uint64_t *wrong_r)
{
	struct state_manifest_file f;
	struct tool_progress progress;
	uint64_t bytes = 0;
	bool is_end = false;
	int err = 0;
	tool_progress_begin(&progress, "verify");
	while (err == 0 && (err = state_manifest_next(manifest, &f, &is_end)) == 0 && !is_end) {
		const char *what = judge_file(folder, &f);
		if (what != NULL)
			tool_verb_say(c, "%s: %s", f.path, what);
		*wrong_r += what != NULL;
		++*files_r;
		bytes += f.bytes;
		tool_progress_move(&progress, bytes, bytes);
	}
	tool_progress_end(&progress);
	return err;
}

static int
verify_backup(struct tool_call *c)
{
	const char *shown = tool_verb_safe(c, view_str(c->arguments[0]));
	struct state_manifest_reader *manifest = NULL;
	struct state_manifest_head head;
	uint64_t files = 0, wrong = 0;
	int folder, err = file_open_dir(AT_FDCWD, c->arguments[0], &folder);
	if (err != 0)
		return tool_verb_fail(c, err, "%s: %s", shown, err_text(err));
	err = state_manifest_open(folder, &head, &manifest);
	if (err == 0)
		err = check_files(c, folder, manifest, &files, &wrong);
	if (err != 0)
		err = tool_verb_fail(c, err, "%s: the manifest is not there or damaged: it is no backup, or not a whole one", shown);
	state_manifest_free(&manifest);
	file_close(&folder);
	if (err != 0)
		return err;
	tool_print_object(c->print, NULL);
	tool_print_time(c->print, "time", TOOL_SHOW, head.time_ms);
	tool_print_number(c->print, "generation", TOOL_SHOW, head.generation);
	tool_print_number(c->print, "checked", TOOL_SHOW, files);
	tool_print_number(c->print, "wrong", TOOL_SHOW, wrong);
	tool_print_close(c->print);
	return conclude(c, wrong);
}

int
ctl_verify(struct tool_call *c)
{
	return c->argument_count == 0 ? verify_state(c) : verify_backup(c);
}
