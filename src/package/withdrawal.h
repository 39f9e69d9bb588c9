/* SPDX-License-Identifier: MIT */
/*
 * The withdrawal: the sending side's signature that it takes a package back. Made by the sender's client, checked by the store and by the
 * recipient's client, so that neither the store nor anybody else can say it in the sender's name.
 */
#ifndef PACKAGE_WITHDRAWAL_H
#define PACKAGE_WITHDRAWAL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "package/format.h"
#include "package/identity.h"
#include "trust/certificate.h"

struct package_withdrawal {
	struct id package;
	struct id subscription;
	struct package_signer signer;   /* of the sending side */
};

/* sign_private: the signer's own. Appends at most PACKAGE_RECEIPT_MAX bytes. */
int package_withdrawal_make(const struct package_withdrawal *w, const struct secret *sign_private, struct buf *out) ERR_CHECK;
/* Form and signature. ERR_SYNTAX, ERR_VERSION, ERR_CRYPTO. */
int package_withdrawal_parse(struct view bytes, struct package_withdrawal *withdrawal_r) ERR_CHECK;
/* What it must be about: ERR_TRUST when anything differs or package_identity_check() refuses the signer. */
int package_withdrawal_check(const struct package_withdrawal *w, const struct id *package, const struct id *subscription,
    const struct package_identity *expected, struct trust_certificate *member_r) ERR_CHECK;

#endif
