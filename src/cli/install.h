/* SPDX-License-Identifier: MIT */
/*
 * From the hidden folder to where files belong: syncing, moving, removing. For cli/target.c.
 */
#ifndef CLI_INSTALL_H
#define CLI_INSTALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "package/manifest.h"

struct cli_install {
	int folder, stage;                   /* descriptors: target, hidden folder in it */
	const struct package_manifest *manifest;
	const char *const *local;            /* path of each entry, relative */
	bool is_again;                       /* some names may have been moved by an earlier process */
	bool force;                          /* replace files, go into folders that are there */
	const char *bad;                     /* the name an error was about, or NULL */
};

/* Time of last change, to the millisecond. */
int cli_install_set_time(int fd, int64_t mtime_ms) ERR_CHECK;
/* All files and folders of the stage are on disk, folders with their times. */
int cli_install_sync(const struct cli_install *i) ERR_CHECK;
/*
 * Moves the first components into the target and syncs it. ERR_EXISTS: something is in the way; what was moved before goes back, as
 * far as it replaced nothing.
 */
int cli_install_move(struct cli_install *i) ERR_CHECK;
/* Removes a folder with everything in it, as far as possible. */
void cli_install_remove(int folder, const char *name);

#endif
