/* SPDX-License-Identifier: MIT */
/*
 * The recovery key of a company: made from a code that its owner keeps (crypt/recovery.h has how it is written). Every epoch
 * names the statement of its public half, so whoever trusts the epoch knows to which key the company's private keys have to be
 * sealed. Bytes: trust/FORMAT.md, "Company recovery".
 */
#ifndef TRUST_RECOVERY_H
#define TRUST_RECOVERY_H

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
#include "trust/company.h"
#include "trust/root.h"

struct trust_recovery {
	struct id company;
	struct hash root;            /* fingerprint of the company's root when the code was made: the code vouches for it */
	struct seal_public seal;
	struct sign_public sign;
	uint64_t created_ms;
	struct hash fingerprint;
};

/* What the code (CRYPT_RECOVERY_BYTES) stands for at this company. keys_r: trust_keys_deinit() it. */
void trust_recovery_keys(const struct secret *code, const struct id *company, struct trust_keys *keys_r);
/* Appends the statement. ERR_LIMIT: out is full. */
int trust_recovery_make(const struct trust_root *root, const struct trust_keys *keys, uint64_t now_ms, struct buf *out) ERR_CHECK;
/* ERR_SYNTAX: malformed. ERR_VERSION: newer format. ERR_CRYPTO: its own signature does not hold. */
int trust_recovery_parse(struct view statement, struct trust_recovery *recovery_r) ERR_CHECK;
/*
 * The statement that company's current epoch names. ERR_NOT_FOUND: it names none, and none was given. ERR_TRUST: withheld, or
 * another than the one it names. Otherwise as trust_recovery_parse().
 */
int trust_recovery_check(const struct trust_company *company, struct view statement, struct trust_recovery *recovery_r) ERR_CHECK;
/* ERR_TRUST: these are not the private keys of this statement. */
int trust_recovery_owns(const struct trust_recovery *recovery, const struct trust_keys *keys) ERR_CHECK;

#endif
