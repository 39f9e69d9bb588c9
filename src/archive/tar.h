/* SPDX-License-Identifier: MIT */
/*
 * Writes a tar file as POSIX.1-2017 has it (pax: ustar with extended headers where a name or size needs one), in order, nothing kept.
 * The same members give the same bytes: owner 0, mode 0600, times as they are given. Blocks while the disk does.
 */
#ifndef ARCHIVE_TAR_H
#define ARCHIVE_TAR_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define ARCHIVE_TAR_NAME_MAX 400

/* A plain value; the descriptor is the caller's. */
struct archive_tar {
	int fd;
	uint64_t size;     /* of the member that is open */
	uint64_t left;     /* of it */
};

struct archive_tar archive_tar_to(int fd);
/* The next member, a file with a relative name of ASCII (panic: longer than ARCHIVE_TAR_NAME_MAX) and so many bytes. */
int archive_tar_begin(struct archive_tar *t, const char *name, uint64_t size, uint64_t time_ms) ERR_CHECK;
/* Bytes of it, never more than were announced (panic). */
int archive_tar_write(struct archive_tar *t, struct view bytes) ERR_CHECK;
/* All of it was written (panic otherwise). */
int archive_tar_end(struct archive_tar *t) ERR_CHECK;
/* Behind the last member. */
int archive_tar_finish(struct archive_tar *t) ERR_CHECK;

#endif
