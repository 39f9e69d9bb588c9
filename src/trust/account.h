/* SPDX-License-Identifier: MIT */
/*
 * An account's keys. The public half is a statement, signed by itself and, if it follows an older one, by
 * its predecessor; the private half exists on the server only wrapped (trust/wrap.h). Pure functions on
 * bytes, used by clients (making) and the store (checking). Bytes: trust/FORMAT.md, "Account statement".
 */
#ifndef TRUST_ACCOUNT_H
#define TRUST_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/seal.h"
#include "crypt/secret.h"
#include "crypt/sign.h"

/* No statement, epoch or sealed key is longer. */
#define TRUST_STATEMENT_MAX 1024

/* A private half: what only the person's clients have. */
struct trust_keys {
	struct secret *seal;   /* X25519, CRYPT_SEAL_PRIVATE_BYTES */
	struct secret *sign;   /* Ed25519, CRYPT_SIGN_PRIVATE_BYTES */
};

/* A statement that was parsed and whose own signature holds. */
struct trust_account {
	struct id account;
	uint32_t number;              /* 1 for the first keys, then one more each time */
	struct seal_public seal;
	struct sign_public sign;
	uint64_t created_ms;
	struct hash predecessor;      /* fingerprint of the statement before, zero for the first or after a loss */
	bool is_successor;            /* there is a predecessor's signature: check it with trust_account_follows() */
	struct signature predecessor_sig;
	struct hash fingerprint;
};

/* Overwrites and frees both keys; accepts an empty struct. */
void trust_keys_deinit(struct trust_keys *keys);

/*
 * Makes keys and appends their statement (number >= 1; above 1 when an account starts anew after losing its
 * keys). keys_r is the caller's, trust_keys_deinit() it. ERR_LIMIT: out is full.
 */
int trust_account_make(const struct id *account, uint32_t number, uint64_t now_ms, struct trust_keys *keys_r,
    struct buf *out) ERR_CHECK;
/* New keys that follow old_keys; the statement carries old_keys' signature. */
int trust_account_succeed(const struct trust_account *old, const struct trust_keys *old_keys, uint64_t now_ms,
    struct trust_keys *keys_r, struct buf *out) ERR_CHECK;
/* ERR_SYNTAX: malformed. ERR_VERSION: newer format. ERR_CRYPTO: its own signature does not hold. */
int trust_account_parse(struct view statement, struct trust_account *account_r) ERR_CHECK;
/*
 * True successor of known keys: same account, number + 1, predecessor's fingerprint and signature.
 * ERR_TRUST otherwise. The three values come from a pin or from the older statement.
 */
int trust_account_follows(const struct trust_account *next, const struct id *account, uint32_t number,
    const struct hash *fingerprint, const struct sign_public *sign) ERR_CHECK;
/* ERR_TRUST: the private keys do not belong to this statement. */
int trust_account_owns(const struct trust_account *account, const struct trust_keys *keys) ERR_CHECK;

#endif
