/* SPDX-License-Identifier: MIT */
/*
 * A company's private keys as the server keeps them: sealed to one member each, the root's to owners only.
 * Bytes: trust/FORMAT.md, "Sealed company keys".
 */
#ifndef TRUST_SEALED_H
#define TRUST_SEALED_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/epoch.h"
#include "trust/root.h"

/* To the member whom the (checked) certificate names. ERR_TRUST: keys are not the epoch's, or another company's
 * certificate. ERR_LIMIT: out is full. */
int trust_sealed_epoch(const struct trust_epoch *epoch, const struct trust_keys *epoch_keys,
    const struct trust_certificate *to, struct buf *out) ERR_CHECK;
/* ERR_DENIED: the certificate is not an owner's. Otherwise as above. */
int trust_sealed_root(const struct trust_root *root, const struct secret *root_private,
    const struct trust_certificate *to, struct buf *out) ERR_CHECK;
/* ERR_CRYPTO: not for these keys, or changed. ERR_TRUST: opened, but not the private half of this epoch. */
int trust_sealed_open_epoch(const struct trust_epoch *epoch, struct view sealed, const struct trust_keys *member,
    struct trust_keys *keys_r) ERR_CHECK;
int trust_sealed_open_root(const struct trust_root *root, struct view sealed, const struct trust_keys *member,
    struct secret **private_r) ERR_CHECK;

#endif
