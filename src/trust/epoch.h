/* SPDX-License-Identifier: MIT */
/*
 * Epochs of a company: the key pair packages are sealed to, one after another, each signed by the root and
 * naming the one before. Removing a member starts an epoch. Bytes: trust/FORMAT.md, "Epoch".
 */
#ifndef TRUST_EPOCH_H
#define TRUST_EPOCH_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/seal.h"
#include "crypt/secret.h"
#include "crypt/sign.h"
#include "trust/account.h"
#include "trust/root.h"

struct trust_epoch {
	struct id company;
	struct hash root;            /* fingerprint of the root that signed it */
	uint32_t number;             /* from 1 */
	struct seal_public seal;
	struct sign_public sign;
	struct hash previous;        /* fingerprint of epoch number - 1, zero for the first */
	struct hash recovery;        /* fingerprint of the recovery key's statement (trust/recovery.h), zero: none */
	uint64_t created_ms;         /* from then on older epochs sign nothing new */
	struct hash fingerprint;
};

/*
 * A new epoch after previous (NULL: the first). recovery: NULL: none. Appends the statement; keys_r as in trust/account.h.
 * previous may be of the company's former root. ERR_TRUST: it is of another company, or root_private is not root's.
 * ERR_LIMIT: out is full.
 */
int trust_epoch_make(const struct trust_root *root, const struct secret *root_private, const struct trust_epoch *previous,
    const struct hash *recovery, uint64_t now_ms, struct trust_keys *keys_r, struct buf *out) ERR_CHECK;
/* ERR_SYNTAX, ERR_VERSION: malformed. ERR_TRUST: of another company or root. ERR_CRYPTO: not signed by root. */
int trust_epoch_parse(struct view statement, const struct trust_root *root, struct trust_epoch *epoch_r) ERR_CHECK;
/* ERR_TRUST unless next is the epoch right after previous (company, number, fingerprint, time not earlier). Which root may
 * sign it is the caller's to say. */
int trust_epoch_follows(const struct trust_epoch *next, const struct trust_epoch *previous) ERR_CHECK;

#endif
