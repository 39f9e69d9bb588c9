/* SPDX-License-Identifier: MIT */
/*
 * The seal: made when the body is complete, delivered first. A signed statement in front (which the server reads and checks
 * too), the encrypted leaves behind. This file is the statement; leaves are the writer's and reader's.
 */
#ifndef PACKAGE_SEAL_H
#define PACKAGE_SEAL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "crypt/sign.h"
#include "package/format.h"
#include "package/header.h"
#include "trust/certificate.h"

/* The first bytes of a seal that are enough for package_seal_parse(). */
#define PACKAGE_SEAL_HEAD_MAX 4096U

struct package_seal {
	struct id package;
	struct id subscription;
	struct package_sender sender;
	struct package_recipient recipient;
	struct hash header_hash;
	struct hash content_root;     /* package/files.h */
	struct hash leaves_hash;      /* SHA-256 of the encrypted leaves */
	uint32_t chunk_count;
	uint64_t sequence;            /* from 1, per subscription and direction */
	uint64_t sealed_ms;
	struct view certificate;      /* COMPANY: the member's; else empty. Borrowed */
	struct signature sig;
	struct view statement;        /* what sig is over. Borrowed */
	uint32_t head_bytes;          /* where the encrypted leaves begin */
	uint32_t leaves_bytes;        /* how many they are */
};

/* Appends statement and signature; sig, statement, head_bytes and leaves_bytes of s are not read. */
int package_seal_put(const struct package_seal *s, const struct secret *sign_private, struct buf *out) ERR_CHECK;
/*
 * bytes: a whole seal or its first PACKAGE_SEAL_HEAD_MAX bytes. Checks form and the sender's signature by the key the
 * statement itself names: whose key that is, package_seal_check() says. ERR_SYNTAX, ERR_VERSION, ERR_CRYPTO.
 */
int package_seal_parse(struct view bytes, struct package_seal *seal_r) ERR_CHECK;
/* ERR_TRUST unless the seal is for exactly this header: ids, parties, hash, chunk count. */
int package_seal_matches(const struct package_seal *s, struct view header) ERR_CHECK;
/* The longest seal that a package with this header can have. */
uint64_t package_seal_bytes_max(const struct package_header *h);
/* Length a whole seal must have; the server compares it with the upload. */
uint64_t package_seal_bytes(const struct package_seal *s);

/* What the sequence number says, given the highest that was seen in this direction. */
enum package_order { PACKAGE_ORDER_NEXT, PACKAGE_ORDER_GAP, PACKAGE_ORDER_LATE };
/* GAP: packages in between are missing (say so). LATE: below the highest; refuse it unless it was missing before. */
enum package_order package_seal_order(uint64_t highest_seen, uint64_t sequence);

#endif
