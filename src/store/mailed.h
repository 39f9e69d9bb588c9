/* SPDX-License-Identifier: MIT */
/*
 * Asking for a code by mail, for an address that somebody names and that need not be theirs: a lost password, a new
 * address. Whatever is known of the address, the work is the same (B5). What the code is for is the caller's record, under
 * a data key of kind REGISTRATION and its own id.
 */
#ifndef STORE_MAILED_H
#define STORE_MAILED_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "record/common.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/keys.h"

/* What prepare leaves in c->state. */
struct store_mailed {
	struct hash address;
	bool is_mailed;
};

/* prepare() only: whether address, from client, may be sent one more mail. The answer must not tell. Counts. */
bool store_mailed_allows(struct store_call *c, const struct hash *address, struct view client);
/* prepare() only: sets c->state. ERR_BUSY: caller's machine asks too often. ERR_SYNTAX: not an address (field "email"). */
int store_mailed_check(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData email) ERR_CHECK;
/* apply() only: the data key of the record id, mail queued if it is allowed, and the code, in c->arena. */
int store_mailed_begin(struct store_call *c, const struct id *id, Provision__StoredMail *mail, struct view *code_r) ERR_CHECK;
struct store_key_name store_mailed_key(const struct id *id);
/* Deletes the record id of table, with its data key. */
int store_mailed_end(struct store *s, struct store_txn *tx, enum store_table table, const struct id *id) ERR_CHECK;

#endif
