/* SPDX-License-Identifier: MIT */
/*
 * Making a package. Order of things: package_writer_new() makes header and manifest, which can be uploaded at once; chunks
 * are encrypted in any order by any number of threads through lanes (package/lane.h); when all leaves are there
 * package_writer_seal() signs. The same package key and the same bytes give the same body, so a broken upload goes on
 * where it stopped, also in another process: package_writer_key() / package_writer_resume(). No I/O here.
 */
#ifndef PACKAGE_WRITER_H
#define PACKAGE_WRITER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/seal.h"
#include "crypt/secret.h"
#include "package/format.h"
#include "package/layout.h"
#include "package/manifest.h"

struct package_writer;

struct package_writer_args {
	struct id package;                   /* random, id_random() */
	struct id subscription;
	struct package_sender sender;
	struct package_recipient recipient;
	struct seal_public recipient_key;    /* of the recipient's statement or epoch */
};

/* *w_r owned; takes *m on success and clears it. ERR_LIMIT: manifest too large. ERR_CRYPTO: recipient's key is bad. */
int package_writer_new(const struct package_writer_args *args, struct package_manifest **m,
    struct package_writer **w_r) ERR_CHECK;
void package_writer_free(struct package_writer **w);
/* Bytes to upload; valid as long as w. */
struct view package_writer_header(const struct package_writer *w);
struct view package_writer_manifest_bytes(const struct package_writer *w);
const struct package_manifest *package_writer_manifest(const struct package_writer *w);
const struct package_layout *package_writer_layout(const struct package_writer *w);

/* How many chunks have no leaf yet. */
uint32_t package_writer_missing(const struct package_writer *w);
bool package_writer_has_leaf(const struct package_writer *w, uint32_t chunk_number);
/* Fingerprint of an entry, all of whose chunks have leaves (ERR_STATE); zero for a folder. */
int package_writer_fingerprint(const struct package_writer *w, uint32_t entry, struct hash *fingerprint_r) ERR_CHECK;
/* Value over all file records; ERR_STATE while leaves are missing. */
int package_writer_content_root(const struct package_writer *w, struct hash *content_root_r) ERR_CHECK;
/*
 * Appends the seal. sign_private: of args.sender.key (ERR_TRUST). certificate: the member's for a company, else empty.
 * ERR_STATE: leaves are missing.
 */
int package_writer_seal(const struct package_writer *w, const struct secret *sign_private, struct view certificate,
    uint64_t sequence, uint64_t now_ms, struct buf *out) ERR_CHECK;
/* What a receipt's proof will be; ERR_STATE while leaves are missing. */
int package_writer_proof(const struct package_writer *w, struct hash *proof_r) ERR_CHECK;

/* A copy of the package key, to be kept (sealed) with header and manifest for package_writer_resume(). Returns owned. */
struct secret *package_writer_key(const struct package_writer *w);
/*
 * Goes on in another process: header and manifest as package_writer_new() made them. No leaf is there yet; chunks that were
 * uploaded are hashed again (package_lane_hash()). ERR_SYNTAX, ERR_VERSION, ERR_CRYPTO, ERR_TRUST: they do not
 * belong together.
 */
int package_writer_resume(const struct secret *key, struct view header, struct view manifest, struct package_writer **w_r) ERR_CHECK;

#endif
