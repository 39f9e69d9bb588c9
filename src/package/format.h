/* SPDX-License-Identifier: MIT */
/*
 * Numbers and plain values of the package format, version 1; FORMAT.md is the normative description.
 */
#ifndef PACKAGE_FORMAT_H
#define PACKAGE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/sign.h"

#define PACKAGE_VERSION 1
/* X25519 sealed box, AES-256-GCM, HMAC-SHA-256, XChaCha20-Poly1305, Ed25519. */
#define PACKAGE_SUITE_1 1
/* Reserved: suite 1 with X25519 and ML-KEM-768 combined. */
#define PACKAGE_SUITE_HYBRID 2

#define PACKAGE_CHUNK_BYTES (1U << 20)
#define PACKAGE_CHUNK_OVERHEAD 28U            /* nonce in front, tag behind */
#define PACKAGE_STORED_CHUNK_BYTES (PACKAGE_CHUNK_BYTES + PACKAGE_CHUNK_OVERHEAD)
#define PACKAGE_HEADER_MAX 65536U
#define PACKAGE_MANIFEST_MAX (16U << 20)      /* as stored */
#define PACKAGE_SEAL_MAX (33U << 20)
#define PACKAGE_RECEIPT_MAX 4096U
#define PACKAGE_ENTRIES_MAX 262144U           /* files and folders */
#define PACKAGE_CHUNKS_MAX (1U << 20)         /* 1 TiB of contents */
#define PACKAGE_PATH_MAX 4096U
#define PACKAGE_PADDED_MIN 4096U              /* shortest body */

enum package_party_kind { PACKAGE_PARTY_CUSTOMER = 1, PACKAGE_PARTY_COMPANY = 2, PACKAGE_PARTY_GATEWAY = 3 };

/* Who signs: a person, and for whom. */
struct package_sender {
	enum package_party_kind kind;
	struct id account;            /* the person; all zero for the gateway */
	struct id company;            /* COMPANY: whose member the person is; else all zero */
	struct sign_public key;       /* the person's own Ed25519 key (the gateway's) */
};

/* For whom: one principal, one key. */
struct package_recipient {
	enum package_party_kind kind; /* CUSTOMER or COMPANY */
	struct id principal;          /* account or company */
	uint32_t key_number;          /* CUSTOMER: statement's number, COMPANY: epoch */
	struct hash fingerprint;      /* of that statement or epoch */
};

/* The canonical encodings, shared by header, seal and receipt. */
#define PACKAGE_SENDER_BYTES 65U
#define PACKAGE_RECIPIENT_BYTES 53U
void package_format_put_sender(struct encoder *e, const struct package_sender *s);
void package_format_put_recipient(struct encoder *e, const struct package_recipient *r);
/* A malformed one becomes the cursor's error. */
struct package_sender package_format_get_sender(struct cursor *c);
struct package_recipient package_format_get_recipient(struct cursor *c);
/* Who signs and when, with the certificate that a company's member has and nobody else. The gateway signs only seals. */
struct package_signer {
	struct package_sender who;
	uint64_t time_ms;
	struct view certificate;      /* borrowed */
};
void package_format_put_signer(struct encoder *e, const struct package_signer *s);
struct package_signer package_format_get_signer(struct cursor *c);
bool package_format_sender_equal(const struct package_sender *a, const struct package_sender *b);
bool package_format_recipient_equal(const struct package_recipient *a, const struct package_recipient *b);

/* Padmé (PURBs, PETS 2019): n rounded up so that only O(log log n) bits of it are told, at least PACKAGE_PADDED_MIN. */
uint64_t package_format_padded(uint64_t n);
/* Chunks of a file of this size (none for an empty one). size: at most 2^63. */
uint64_t package_format_chunks(uint64_t size);

#endif
