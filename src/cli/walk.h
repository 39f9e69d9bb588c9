/* SPDX-License-Identifier: MIT */
/*
 * The files and folders named on a command line, with everything below the folders, as entries of a manifest. Names are raw
 * bytes. Symbolic links are not followed (each is told), special files refused. Remembers which file each entry was,
 * so that another one in its place is noticed.
 */
#ifndef CLI_WALK_H
#define CLI_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "package/manifest.h"
#include "tool/verb.h"

struct cli_walk;

/*
 * Walks paths. An entry is called as the last component of its path, and what is below a folder stands below that name. Errors are
 * told: ERR_NOT_FOUND, ERR_DENIED, ERR_UNSUPPORTED (link or special file named, special file found), ERR_LIMIT (too
 * many, too deep), ERR_SYNTAX (a name no package may hold). *w_r owned.
 */
int cli_walk_new(struct tool_call *c, const char *const *paths, size_t n, struct cli_walk **w_r) ERR_CHECK;
void cli_walk_free(struct cli_walk **w);
/* All entries, for package_manifest_new(); valid as long as w. */
const struct package_entry *cli_walk_entries(const struct cli_walk *w, size_t *n_r);
/* What tells an entry's file from another one and from an earlier state of itself. */
struct cli_walk_origin {
	uint64_t inode, size;
	int64_t mtime_ns, ctime_ns;
};
struct cli_walk_origin cli_walk_origin(const struct cli_walk *w, size_t i);
/*
 * A new read-only descriptor of the i-th entry's file. ERR_CHANGED: it is gone or another file stands there. ERR_DENIED,
 * ERR_IO. Any number of threads.
 */
int cli_walk_open(const struct cli_walk *w, size_t i, int *fd_r) ERR_CHECK;

#endif
