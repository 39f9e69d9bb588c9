/* SPDX-License-Identifier: MIT */
/*
 * An account's private keys as the server keeps them: wrapped by the key made from the password, and again
 * by the one made from the recovery code. Bound to account, statement and kind of wrap.
 * Bytes: trust/FORMAT.md, "Wrapped keys".
 */
#ifndef TRUST_WRAP_H
#define TRUST_WRAP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "trust/account.h"

enum trust_wrap { TRUST_WRAP_PASSWORD = 1, TRUST_WRAP_RECOVERY = 2, TRUST_WRAP_SESSION = 3 };

/* wrap_key: CRYPT_KEY_BYTES. SESSION: the command line's own copy between commands. ERR_LIMIT: out is full. */
int trust_wrap_seal(const struct trust_account *account, const struct trust_keys *keys, enum trust_wrap kind,
    const struct secret *wrap_key, struct buf *out) ERR_CHECK;
/*
 * ERR_CRYPTO: wrong key (wrong password), other account, statement or kind, or changed. ERR_TRUST: opened,
 * but the keys are not those of the statement. ERR_SYNTAX, ERR_VERSION: malformed. keys_r untouched on error.
 */
int trust_wrap_open(const struct trust_account *account, struct view wrapped, enum trust_wrap kind,
    const struct secret *wrap_key, struct trust_keys *keys_r) ERR_CHECK;
/* Form only, without a key (the server): ERR_SYNTAX, ERR_VERSION. */
int trust_wrap_check(struct view wrapped, enum trust_wrap kind) ERR_CHECK;
/* The key of the account's pin store, made from the private keys. Returns owned. */
struct secret *trust_wrap_pin_key(const struct trust_account *account, const struct trust_keys *keys);
/* The key of what the account keeps of its packages (package/kept.h). Returns owned. */
struct secret *trust_wrap_kept_key(const struct trust_account *account, const struct trust_keys *keys);

#endif
