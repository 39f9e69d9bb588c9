/* SPDX-License-Identifier: MIT */
/*
 * Files relative to a directory descriptor. Durability is a named choice; one function replaces a file
 * atomically (temporary name, write, fsync, rename, fsync of the folder). All of these block.
 * Errors come from err_from_errno(); errno is kept for the log.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

enum file_durability { FILE_SCRATCH, FILE_DURABLE };

/* Opens a folder (O_DIRECTORY|O_CLOEXEC); at may be AT_FDCWD. Descriptor owned by the caller. */
int file_open_dir(int at, const char *path, int *fd_r) ERR_CHECK;
/* Makes the folder if missing, with this mode; durable: parent synced. ERR_EXISTS: something else is there. */
int file_make_dir(int at, const char *name, mode_t mode, enum file_durability d) ERR_CHECK;
/* Whole file into out (appended), at most out's maximum: ERR_LIMIT beyond. On error out keeps its length. */
int file_read(int at, const char *name, struct buf *out) ERR_CHECK;
/*
 * Replaces or makes the file at once: readers see the old or the new content, never a part. A crash may
 * leave the new content behind under a temporary name in the same folder, which begins with this prefix.
 * An error means that the old content is there, but for the last step: a folder that cannot be synced.
 */
#define FILE_TMP_PREFIX ".tmp-"
int file_replace(int at, const char *name, struct view content, mode_t mode, enum file_durability d) ERR_CHECK;
/*
 * A new file that is written bit by bit and has its name only when it is whole and on disk; mode 0600. A crash may leave it behind
 * under a temporary name, as above.
 */
struct file_draft {
	int fd;              /* to write to */
	int folder;
	char tmp[64];
	const char *base;    /* the name in the folder, borrowed */
};
/* ERR_EXISTS: the name is taken. On errors there is nothing to give up. */
int file_draft_begin(int at, const char *name, struct file_draft *d_r) ERR_CHECK;
/* A file without a name in the same folder, gone when its descriptor is closed. */
int file_draft_scratch(const struct file_draft *d, int *fd_r) ERR_CHECK;
/* Ends it, either way. ERR_EXISTS: the name was taken meanwhile. */
int file_draft_finish(struct file_draft *d) ERR_CHECK;
void file_draft_give_up(struct file_draft *d);
/* Moves a name that must be free there; nothing is synced. ERR_EXISTS. */
int file_move_free(int from, const char *name, int to, const char *new_name) ERR_CHECK;
int file_sync_dir(int at, const char *name) ERR_CHECK;
/* The folder around name: makes a name that came or went durable. */
int file_sync_parent(int at, const char *name) ERR_CHECK;
int file_unlink(int at, const char *name, enum file_durability d) ERR_CHECK;
/* read()/write() until n bytes or an error; EINTR and short counts are handled. ERR_CLOSED: end of file. */
int file_read_full(int fd, void *p, size_t n) ERR_CHECK;
int file_write_full(int fd, const void *p, size_t n) ERR_CHECK;
int file_pread_full(int fd, void *p, size_t n, uint64_t offset) ERR_CHECK;
int file_pwrite_full(int fd, const void *p, size_t n, uint64_t offset) ERR_CHECK;
/* Closes *fd if it is not -1 and sets it to -1. */
void file_close(int *fd);

#endif
