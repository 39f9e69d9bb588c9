/* SPDX-License-Identifier: MIT */
/*
 * Where received files go. Everything is written into a hidden folder beside its target and moved into place when it is whole
 * and on disk, so that nothing half-done is seen, nothing is overwritten unasked and nothing lies outside the target.
 * Names are made safe by package/name.h; all paths are relative to descriptors.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "package/manifest.h"
#include "tool/verb.h"

struct cli_target;

/* Opens the folder, makes it if it is missing. force: existing files may be replaced. Errors are told. *t_r owned. */
int cli_target_open(struct tool_call *c, const char *folder, bool force, struct cli_target **t_r) ERR_CHECK;
/* Takes *t: what was not installed is removed. */
void cli_target_free(struct cli_target **t);

/*
 * Finds a local name for every entry and looks whether it is free and the disk large enough; writes nothing. m must outlive t.
 * ERR_EXISTS, ERR_FULL, ERR_LIMIT. Errors are told.
 */
int cli_target_plan(struct cli_target *t, const struct package_manifest *m) ERR_CHECK;
/* Path of an entry relative to the folder, as it will be written. */
const char *cli_target_name(const struct cli_target *t, uint32_t entry);
/* The same with the folder in front, as given on the command line. In the call's arena. */
const char *cli_target_path(struct cli_target *t, uint32_t entry);

/* Makes the hidden folder, the folders in it and the empty files. Errors are told. */
int cli_target_begin(struct cli_target *t) ERR_CHECK;
/* The next bytes of a file, in order; is_last: it is complete. Not told. */
int cli_target_write(struct cli_target *t, uint32_t entry, struct view bytes, bool is_last) ERR_CHECK;
/* Syncs files and folders, then moves them into place and syncs that. Nothing is there, or everything. Errors are told. */
int cli_target_install(struct cli_target *t) ERR_CHECK;

#endif
