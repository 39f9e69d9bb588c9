/* SPDX-License-Identifier: MIT */
/*
 * The server-readable file records (C4) and the one value over all of them, the content root. Sender, server and recipient
 * each compute it from their own list; seal and receipt sign it (C8). Records are in manifest order; a folder's path ends
 * in '/', its size is 0 and its fingerprint empty.
 */
#ifndef PACKAGE_FILES_H
#define PACKAGE_FILES_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "crypt/hash.h"

struct package_files;

/* count: how many records will follow. Returns owned. */
struct package_files *package_files_new(uint32_t count);
void package_files_free(struct package_files **f);
/*
 * The next record. path: exact bytes, 1..PACKAGE_PATH_MAX. fingerprint: CRYPT_HASH_BYTES for a file, empty for a
 * folder. ERR_SYNTAX: path not allowed, not in order, folder with size or fingerprint. ERR_LIMIT: more than count.
 */
int package_files_add(struct package_files *f, struct view path, uint64_t size, struct view fingerprint) ERR_CHECK;
/* ERR_SYNTAX: fewer than count. Ends f's use. */
int package_files_root(struct package_files *f, struct hash *content_root_r) ERR_CHECK;
/* Sum of the sizes added so far: the server compares it with the header's plain_bytes. */
uint64_t package_files_plain_bytes(const struct package_files *f);

#endif
