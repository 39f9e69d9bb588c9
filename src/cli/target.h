/* SPDX-License-Identifier: MIT */
/*
 * Where received files go. Everything is written into a hidden folder beside its target and moved into place when it is whole
 * and on disk, so that nothing half-done is seen, nothing is overwritten unasked and nothing lies outside the target.
 * Names are made safe by package/name.h; all paths are relative to descriptors.
 *
 * The hidden folder is called after the package, ".provision-PACKAGE" while files are written and ".provision-PACKAGE.whole" from when they
 * are whole and on disk until the receipt was taken: so another process can go on with it. One process at a time holds it.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "package/manifest.h"
#include "tool/verb.h"

struct cli_target;

/* Opens the folder, makes it if it is missing. force: existing files may be replaced. Errors are told. *t_r owned. */
int cli_target_open(struct tool_call *c, const char *folder, bool force, struct cli_target **t_r) ERR_CHECK;
/* Takes *t: what was not installed is removed, unless it is kept. */
void cli_target_free(struct cli_target **t);

/*
 * Finds a local name for every entry; writes nothing. m must outlive t. ERR_LIMIT. Errors are told.
 */
int cli_target_plan(struct cli_target *t, const struct package_manifest *m) ERR_CHECK;
/* Path of an entry relative to the folder, as it will be written. */
const char *cli_target_name(const struct cli_target *t, uint32_t entry);
/* The same with the folder in front, as given on the command line. In the call's arena. */
const char *cli_target_path(struct cli_target *t, uint32_t entry);

/* What an earlier process left of this package. */
enum cli_target_state {
	CLI_TARGET_NEW,      /* nothing */
	CLI_TARGET_PART,     /* some files, or parts of them */
	CLI_TARGET_WHOLE     /* everything was written; names may or may not have been moved into place; the receipt is open */
};
/*
 * Opens the hidden folder or makes it, with the folders in it and the empty files; for a new one looks whether names are free and the
 * disk large enough. ERR_EXISTS, ERR_FULL, ERR_BUSY: another process holds it. Errors are told.
 */
int cli_target_begin(struct cli_target *t, const struct id *package, enum cli_target_state *state_r) ERR_CHECK;
/* Bytes of a file as an earlier process left it, where it is now. ERR_CLOSED: it has not so many. Not told. */
int cli_target_read(struct cli_target *t, uint32_t entry, uint64_t offset, void *out, size_t n) ERR_CHECK;
/*
 * Writing goes on in this entry from offset on, and with the entries behind it; those before are whole. What lies beyond is cut
 * off. Not told.
 */
int cli_target_continue(struct cli_target *t, uint32_t entry, uint64_t offset) ERR_CHECK;
/* The next bytes of a file, in order; is_last: it is complete. Not told. */
int cli_target_write(struct cli_target *t, uint32_t entry, struct view bytes, bool is_last) ERR_CHECK;
/* Syncs files and folders, then moves them into place and syncs that. Nothing is there, or everything. Errors are told. */
int cli_target_install(struct cli_target *t) ERR_CHECK;
/* cli_target_free() shall leave the hidden folder to another process. */
void cli_target_keep(struct cli_target *t);

#endif
