/* SPDX-License-Identifier: MIT */
/*
 * Files for results. Replaces nothing. Called by the verbs that give something to keep.
 */
#include "tool/newfile.h"

#include <fcntl.h>

static int
fail(struct tool_call *c, const char *name, int err)
{
	return tool_verb_fail(c, err, "%s cannot be written: %s", tool_verb_safe(c, view_str(name)), err_text(err));
}

int
tool_newfile_open(struct tool_call *c, const char *name, struct tool_newfile *f_r)
{
	*f_r = (struct tool_newfile){ .name = name };
	if (name == NULL)
		return 0;
	int err = file_draft_begin(AT_FDCWD, name, &f_r->draft);
	f_r->is_open = err == 0;
	return err == 0 ? 0 : fail(c, name, err);
}

void
tool_newfile_drop(struct tool_newfile *f)
{
	if (f->is_open)
		file_draft_give_up(&f->draft);
	f->is_open = false;
}

int
tool_newfile_write(struct tool_call *c, struct tool_newfile *f, struct view bytes)
{
	if (!f->is_open)
		return 0;
	int err = file_write_full(f->draft.fd, bytes.data, bytes.len);
	if (err != 0) {
		tool_newfile_drop(f);
		return fail(c, f->name, err);
	}
	f->is_open = false;
	err = file_draft_finish(&f->draft);
	return err == 0 ? 0 : fail(c, f->name, err);
}
