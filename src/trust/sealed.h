/* SPDX-License-Identifier: MIT */
/*
 * A company's private keys as the server keeps them: the current epoch's sealed to each member, the root's to owners, both to
 * the recovery key, those of older epochs to the current one.
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

/* To a key that is no member's: an older epoch to the current one, and to the recovery key. ERR_TRUST: keys are not the epoch's. */
int trust_sealed_epoch_to(const struct trust_epoch *epoch, const struct trust_keys *epoch_keys, const struct seal_public *to,
    struct buf *out) ERR_CHECK;
int trust_sealed_root_to(const struct trust_root *root, const struct secret *root_private, const struct seal_public *to,
    struct buf *out) ERR_CHECK;
/* The private key of any epoch, opened and sealed to another key: for who has to hand it on and does not use it. ERR_CRYPTO: not
 * for these keys. ERR_TRUST: something else was sealed. */
int trust_sealed_again(const struct id *company, struct view sealed, const struct trust_keys *to, const struct seal_public *next,
    struct buf *out) ERR_CHECK;
/* To the member whom the (checked) certificate names. ERR_TRUST: keys are not the epoch's, or another company's
 * certificate. ERR_LIMIT: out is full. */
int trust_sealed_epoch(const struct trust_epoch *epoch, const struct trust_keys *epoch_keys,
    const struct trust_certificate *to, struct buf *out) ERR_CHECK;
/* ERR_DENIED: the certificate is not an owner's. Otherwise as above. */
int trust_sealed_root(const struct trust_root *root, const struct secret *root_private,
    const struct trust_certificate *to, struct buf *out) ERR_CHECK;
/* to: a member's, the current epoch's or the recovery key's. ERR_CRYPTO: not for these keys, or changed. ERR_TRUST: opened, but not the private half of this epoch. */
int trust_sealed_open_epoch(const struct trust_epoch *epoch, struct view sealed, const struct trust_keys *to,
    struct trust_keys *keys_r) ERR_CHECK;
int trust_sealed_open_root(const struct trust_root *root, struct view sealed, const struct trust_keys *to,
    struct secret **private_r) ERR_CHECK;

#endif
