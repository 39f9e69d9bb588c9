/* SPDX-License-Identifier: MIT */
/*
 * Files and folders of a backup and of a state directory that is being restored: copied, linked, removed. Paths are relative
 * to a folder that the caller has open, and of our own making. Nothing is flushed by itself: ctl_tree_sync() does it for all.
 */
#ifndef CTL_TREE_H
#define CTL_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "crypt/digest.h"

/* Whose things that are made become; (uid_t)-1: whoever runs this. */
struct ctl_owner {
	uid_t uid;
	gid_t gid;
};

/* A folder, mode 0700; there already is as good. */
int ctl_tree_folder(int at, const char *path, const struct ctl_owner *owner) ERR_CHECK;
/*
 * bytes from the open file or pipe on into a new file of mode 0600; hash: their SHA-256. ERR_CLOSED: there are fewer. ERR_EXISTS;
 * ERR_FULL; ERR_IO; ERR_UNAVAILABLE: the person wants to stop.
 */
int ctl_tree_copy(int from, uint64_t bytes, int at, const char *path, const struct ctl_owner *owner,
    uint8_t hash[CRYPT_DIGEST_BYTES]) ERR_CHECK;
/* The SHA-256 of the first bytes of a file. ERR_CLOSED: there are fewer. */
int ctl_tree_hash(int from, uint64_t bytes, uint8_t hash[CRYPT_DIGEST_BYTES]) ERR_CHECK;
/*
 * A second name for an open file, which lies at path in folder from (-1: none) and gets the same below at. ERR_UNSUPPORTED: not here (another
 * file system, no right to, not there any more): copy it.
 */
int ctl_tree_link(int fd, int from, int at, const char *path) ERR_CHECK;
/* Everything written to the file system of this folder is on disk afterwards. */
int ctl_tree_sync(int folder) ERR_CHECK;
/* What lies below a folder, and with is_all the folder too. Never follows a link, and ends at another file system. 0 if there is none. */
int ctl_tree_remove(int at, const char *name, bool is_all) ERR_CHECK;

#endif
