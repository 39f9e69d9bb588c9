/* SPDX-License-Identifier: MIT */
/*
 * Who opens an account from outside: by the key made from the password, or by that of the recovery code. An unknown address and a
 * locked account take the same way as a wrong key: the same work, the same answer, and guesses are counted the same (A8, B5).
 */
#ifndef STORE_OPENING_H
#define STORE_OPENING_H

#include "base/err.h"
#include "base/id.h"
#include "crypt/hash.h"
#include "record/common.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"

enum store_opening { STORE_OPENING_PASSWORD, STORE_OPENING_RECOVERY };

/* Whose key it was; the record lives in the call's arena. */
struct store_opened {
	struct id account;
	Provision__StoredAccount *record;
};

/*
 * prepare() only: leaves in c->state what store_opening_again() needs. ERR_LOGIN: unknown address, wrong key, locked. ERR_BUSY: too
 * many guesses. ERR_SYNTAX: not an address (field "email").
 */
int store_opening_check(struct store_call *c, enum store_opening by, const Provision__Caller *caller, ProtobufCBinaryData email,
    ProtobufCBinaryData key, struct store_opened *o_r) ERR_CHECK;
/* apply() only, for the same request: it may have changed meanwhile. */
int store_opening_again(struct store_call *c, enum store_opening by, ProtobufCBinaryData key, struct store_opened *o_r) ERR_CHECK;
/* apply() only: ends what was opened so far: all app passwords, and all sessions but one; but may be NULL. */
int store_opening_end_all(struct store_call *c, const struct id *account, const struct hash *but) ERR_CHECK;

#endif
