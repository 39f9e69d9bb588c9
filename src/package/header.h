/* SPDX-License-Identifier: MIT */
/*
 * The package header: what the server knows of a package before its body, and what the seal signs by hash. The server
 * keeps it as an index record, never in the spool, since it holds the sealed package key.
 */
#ifndef PACKAGE_HEADER_H
#define PACKAGE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "package/format.h"

#define PACKAGE_SEALED_KEY_MAX 4096U   /* 80 in suite 1 */

struct package_header {
	uint16_t suite;
	struct id package;
	struct id subscription;
	struct package_sender sender;
	struct package_recipient recipient;
	struct hash commitment;       /* key commitment */
	struct hash manifest_hash;    /* SHA-256 of the stored manifest */
	uint32_t manifest_bytes;      /* as stored */
	uint32_t entry_count;         /* files and folders */
	uint32_t chunk_count;
	uint64_t plain_bytes;         /* contents of all files */
	uint64_t body_bytes;          /* as stored, padding included: the length of the upload */
	struct view sealed_key;       /* borrowed from the bytes that were parsed */
};

int package_header_put(const struct package_header *h, struct buf *out) ERR_CHECK;
/*
 * Needs no key: the server's check as well as the recipient's. ERR_SYNTAX: malformed, or sizes that contradict each other.
 * ERR_VERSION: version or suite unknown. ERR_LIMIT: larger than the format allows.
 */
int package_header_parse(struct view bytes, struct package_header *header_r) ERR_CHECK;
/*
 * Package ids are bound to their subscription: 10 random bytes, then 6 of a hash over subscription and these. An id that is
 * taken elsewhere can then not even be tried, and its being taken is told to nobody.
 */
struct id package_header_new_id(const struct id *subscription);
bool package_header_is_bound(const struct id *package, const struct id *subscription);
/* What seal and receipt sign: BLAKE2b-256 of the header's bytes. */
struct hash package_header_hash(struct view bytes);

#endif
