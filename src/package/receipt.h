/* SPDX-License-Identifier: MIT */
/*
 * The receipt: the recipient's signature that everything was decrypted, checked and is on disk. The only thing that removes a
 * package. Checked by the store and by the sender's client, neither of which needs a private key for it.
 */
#ifndef PACKAGE_RECEIPT_H
#define PACKAGE_RECEIPT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "crypt/sign.h"
#include "package/format.h"
#include "package/identity.h"
#include "trust/certificate.h"

struct package_receipt {
	struct id package;
	struct id subscription;
	struct hash header_hash;
	struct hash content_root;
	struct hash proof;               /* that the receiver had the package key; package_writer_proof() has the same */
	struct package_signer receiver;  /* who signs */
};

/* sign_private: the receiver's own. Appends at most PACKAGE_RECEIPT_MAX bytes. */
int package_receipt_make(const struct package_receipt *r, const struct secret *sign_private, struct buf *out) ERR_CHECK;
/* Form and signature. ERR_SYNTAX, ERR_VERSION, ERR_CRYPTO. */
int package_receipt_parse(struct view bytes, struct package_receipt *receipt_r) ERR_CHECK;
/* What it must be about: ERR_TRUST when anything differs or package_identity_check() refuses the receiver. */
int package_receipt_check(const struct package_receipt *r, const struct id *package, const struct id *subscription,
    const struct hash *header_hash, const struct hash *content_root, const struct package_identity *expected,
    struct trust_certificate *member_r) ERR_CHECK;
/*
 * That who signed had the package key: the server and a member without the epoch's key have not. receipt_key: PACKAGE_KEY_RECEIPT of the
 * package key; opens nothing, so that it may be shown together with the receipt. ERR_TRUST.
 */
int package_receipt_prove(const struct package_receipt *r, const struct secret *receipt_key) ERR_CHECK;

#endif
