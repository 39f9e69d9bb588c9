/* SPDX-License-Identifier: MIT */
/*
 * A company's root: one Ed25519 key that signs epochs and membership certificates. It is what customers pin;
 * its fingerprint stands in invitation links. A root has no successor: when an owner leaves there is a new root and
 * contacts confirm it. Bytes: trust/FORMAT.md, "Company root".
 */
#ifndef TRUST_ROOT_H
#define TRUST_ROOT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "crypt/sign.h"

struct trust_root {
	struct id company;
	struct sign_public sign;
	uint64_t created_ms;
	struct hash fingerprint;
};

/* Appends the statement; *private_r (CRYPT_SIGN_PRIVATE_BYTES) owned by the caller. ERR_LIMIT: out is full. */
int trust_root_make(const struct id *company, uint64_t now_ms, struct secret **private_r, struct buf *out) ERR_CHECK;
/* ERR_SYNTAX: malformed. ERR_VERSION: newer format. ERR_CRYPTO: its own signature does not hold. */
int trust_root_parse(struct view statement, struct trust_root *root_r) ERR_CHECK;

#endif
