/* SPDX-License-Identifier: MIT */
/*
 * The manifest: what is in a package, as only sender and recipient can read it. Entries are in tree order (byte order
 * with '/' lowest), every path once, valid by package_name_check(), nothing below a file.
 */
#ifndef PACKAGE_MANIFEST_H
#define PACKAGE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "package/format.h"

enum package_entry_kind { PACKAGE_ENTRY_FILE = 1, PACKAGE_ENTRY_FOLDER = 2 };

struct package_entry {
	enum package_entry_kind kind;
	bool is_executable;
	uint64_t size;             /* bytes; 0 for a folder */
	int64_t mtime_ms;          /* since 1970, may be negative */
	struct view path;          /* raw bytes, '/' between components, no '/' at the end */
};

struct package_manifest;

/*
 * Copies and sorts. ERR_SYNTAX: a path is not allowed or something lies below a file. ERR_EXISTS: a path twice.
 * ERR_LIMIT: too many entries, chunks or bytes. *bad_r (may be NULL) is the offending entry's place in entries.
 */
int package_manifest_new(const struct package_entry *entries, size_t n, struct package_manifest **m_r, size_t *bad_r) ERR_CHECK;
void package_manifest_free(struct package_manifest **m);
size_t package_manifest_count(const struct package_manifest *m);
/* i in manifest order; valid as long as m. */
const struct package_entry *package_manifest_at(const struct package_manifest *m, size_t i);
/* Where entries[i] of package_manifest_new() ended up: order[k] = place in entries of the manifest's k-th. NULL after
 * package_manifest_open(). */
const uint32_t *package_manifest_order(const struct package_manifest *m);
uint64_t package_manifest_plain_bytes(const struct package_manifest *m);
uint32_t package_manifest_chunk_count(const struct package_manifest *m);
/* The entry with this path, or -1. */
int64_t package_manifest_find(const struct package_manifest *m, struct view path);

/* Appends the stored (encrypted, padded) manifest. key: the package key. ERR_LIMIT: above PACKAGE_MANIFEST_MAX. */
int package_manifest_seal(const struct package_manifest *m, const struct id *package, const struct secret *key,
    struct buf *out) ERR_CHECK;
/* ERR_CRYPTO: changed or another package's. ERR_SYNTAX, ERR_VERSION, ERR_LIMIT: what the sender wrote is not allowed. */
int package_manifest_open(struct view stored, const struct id *package, const struct secret *key,
    struct package_manifest **m_r) ERR_CHECK;

#endif
