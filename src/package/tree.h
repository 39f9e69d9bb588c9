/* SPDX-License-Identifier: MIT */
/*
 * Leaves, fingerprints and the content root: how a package's contents become one signed value. For use inside package/.
 */
#ifndef PACKAGE_TREE_H
#define PACKAGE_TREE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "package/layout.h"
#include "package/manifest.h"

/* A file's fingerprint: HMAC-SHA-256(fingerprint key, u32 entry || u64 size || leaves of its chunks). */
struct hash package_tree_fingerprint(const struct secret *fingerprint_key, uint32_t entry, uint64_t size, struct view leaves);
/* leaves: of all chunks, CRYPT_HASH_BYTES each, in the order of the body. */
struct hash package_tree_root(const struct secret *fingerprint_key, const struct package_manifest *m,
    const struct package_layout *l, struct view leaves);
/* The leaves of one entry among all. */
struct view package_tree_leaves_of(const struct package_layout *l, uint32_t entry, struct view leaves);
/* The leaves as they stand in the seal. */
int package_tree_seal_leaves(const struct secret *package_key, const struct id *package, struct view leaves,
    struct buf *out) ERR_CHECK;
/* leaves_r holds sealed.len - CRYPT_RECORD_OVERHEAD bytes. ERR_CRYPTO. */
int package_tree_open_leaves(const struct secret *package_key, const struct id *package, struct view sealed,
    uint8_t *leaves_r) ERR_CHECK;

#endif
