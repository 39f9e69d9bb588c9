/* SPDX-License-Identifier: MIT */
/*
 * What a person's client keeps of a package after sending or receiving it: the package key and what was signed. Sealed to the account, it
 * lies on the server with the package's history entry and ends with it, so that any client of the person can prove later which
 * files they were and who received them. Only the account's keys can make or open it.
 */
#ifndef PACKAGE_KEPT_H
#define PACKAGE_KEPT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "package/format.h"

#define PACKAGE_KEPT_BYTES 211U

struct package_kept {
	struct secret *key;                   /* of the package: owned */
	struct hash header_hash;
	struct hash content_root;
	struct package_recipient recipient;   /* whose receipt counts */
};

/* kept_key: trust_wrap_kept_key() of the account. Appends PACKAGE_KEPT_BYTES. ERR_LIMIT. */
int package_kept_seal(const struct package_kept *k, const struct id *package, const struct secret *kept_key, struct buf *out) ERR_CHECK;
/* ERR_CRYPTO: by another account, other keys, or changed. ERR_TRUST: of another package. ERR_SYNTAX, ERR_VERSION. The caller frees k_r->key. */
int package_kept_open(struct view kept, const struct id *package, const struct secret *kept_key, struct package_kept *k_r) ERR_CHECK;

#endif
