/* SPDX-License-Identifier: MIT */
/*
 * The second factor (A7, A8): a code of the person's app (crypt/totp.h), or a backup code instead of it. It is asked for only after
 * the password, the recovery code or the mailed code was right, so that nobody without one of those learns that it is on, and
 * nobody without them can use up the tries: these are counted for the account as a whole, wherever they come from, because a
 * code of six digits bears no more.
 */
#ifndef STORE_SECOND_H
#define STORE_SECOND_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "record/second.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"

#define STORE_SECOND_BACKUP_CODES 10U

/*
 * Whether typed does for account. 0 also where it is off. ERR_SECOND: on, and typed is empty, wrong or was used. ERR_BUSY, in
 * prepare() only, where guesses are counted: too many wrong ones. In apply() the code is used up, and the person is told when it
 * was a backup code.
 */
int store_second_check(struct store_call *c, const struct id *account, ProtobufCBinaryData typed) ERR_CHECK;
/* The account's record, also one that is not on yet. ERR_NOT_FOUND: none. */
int store_second_get(struct store_call *c, const struct id *account, Provision__StoredTotp **r_r) ERR_CHECK;
/* apply() only: a secret in place of one that is not on. The record must not be on. */
int store_second_begin(struct store_call *c, const struct id *account, ProtobufCBinaryData secret) ERR_CHECK;
/*
 * For a record that is not on yet: whether typed is a code of its app. In prepare() guesses are counted; in apply() it is on, then,
 * and that code is used up. ERR_SECOND, ERR_BUSY as above.
 */
int store_second_confirm(struct store_call *c, const struct id *account, Provision__StoredTotp *r, ProtobufCBinaryData typed)
    ERR_CHECK;
/* apply() only: ten backup codes in place of those there are, as the person sees them; in c->arena. */
int store_second_backup_codes(struct store_call *c, const struct id *account, Provision__StoredTotp *r,
    Provision__BackupCodesReply **reply_r) ERR_CHECK;

#endif
