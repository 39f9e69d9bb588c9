/* SPDX-License-Identifier: MIT */
/*
 * Opening a package. package_reader_new() takes header, seal and manifest and checks everything that can be checked without
 * the body: signature, identity of the sender, key commitment, hashes, manifest, leaves, file records. After that each
 * chunk is decrypted and checked on its own (package/lane.h), in any order, by any number of threads. No I/O here.
 */
#ifndef PACKAGE_READER_H
#define PACKAGE_READER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "package/format.h"
#include "package/identity.h"
#include "package/layout.h"
#include "package/manifest.h"
#include "package/seal.h"
#include "trust/certificate.h"

struct package_reader;

struct package_reader_args {
	struct view header;                   /* as the server gave them */
	struct view seal;
	struct view manifest;
	struct id package;                    /* what was asked for */
	struct id subscription;
	struct package_identity sender;       /* whom the subscription says it is from */
	struct package_recipient recipient;   /* oneself, or the company's epoch */
	const struct secret *private;         /* X25519 private key of that statement or epoch */
};

/*
 * ERR_TRUST: not what was asked for, or not from whom it should be. ERR_CRYPTO: changed on the way, or not for this key.
 * ERR_SYNTAX, ERR_VERSION, ERR_LIMIT: malformed. *r_r owned; the views in args are not kept.
 */
int package_reader_new(const struct package_reader_args *args, struct package_reader **r_r) ERR_CHECK;
void package_reader_free(struct package_reader **r);
const struct package_manifest *package_reader_manifest(const struct package_reader *r);
const struct package_layout *package_reader_layout(const struct package_reader *r);
/* Its views are not valid any more (empty). */
const struct package_seal *package_reader_seal(const struct package_reader *r);
/* By whom: the sending member; NULL when the sender is no company. */
const struct trust_certificate *package_reader_member(const struct package_reader *r);
/* Fingerprint of an entry (zero for a folder): computed from the signed leaves. */
struct hash package_reader_fingerprint(const struct package_reader *r, uint32_t entry);

/* A copy of the package key. Returns owned. */
struct secret *package_reader_key(const struct package_reader *r);

/* Chunks not released yet. */
uint32_t package_reader_missing(const struct package_reader *r);
/* A chunk that is to be decrypted once more (download resumed, file written anew) is asked for first. */
void package_reader_forget(struct package_reader *r, uint32_t chunk_number);
/*
 * Appends the receipt, once every chunk was released (ERR_STATE otherwise); the caller has synced files and folders
 * before. receiver.key must be sign_private's (ERR_TRUST). certificate: the receiving member's, else empty.
 */
int package_reader_receipt(const struct package_reader *r, const struct package_sender *receiver,
    const struct secret *sign_private, struct view certificate, uint64_t now_ms, struct buf *out) ERR_CHECK;

#endif
