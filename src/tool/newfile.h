/* SPDX-License-Identifier: MIT */
/*
 * A file for a result, where the person says, that was not there before (base/file.h, file_draft_begin()).
 */
#ifndef TOOL_NEWFILE_H
#define TOOL_NEWFILE_H

#include "base/err.h"
#include "base/file.h"
#include "base/view.h"
#include "tool/verb.h"

/* Empty: nothing is open, and all of these do nothing. */
struct tool_newfile {
	const char *name;    /* as typed; NULL: none is wanted */
	struct file_draft draft;
	bool is_open;
};

/* Finds out whether it can be written; name may be NULL. ERR_EXISTS and others, told. */
int tool_newfile_open(struct tool_call *c, const char *name, struct tool_newfile *f_r) ERR_CHECK;
/* All of it, durably; it has its name then. Errors are told, and nothing is left. */
int tool_newfile_write(struct tool_call *c, struct tool_newfile *f, struct view bytes) ERR_CHECK;
/* One that was not written leaves nothing. */
void tool_newfile_drop(struct tool_newfile *f);

#endif
