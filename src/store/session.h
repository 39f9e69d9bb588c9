/* SPDX-License-Identifier: MIT */
/*
 * Sessions (A6). A token is 32 random bytes that only the client has; the store keeps its keyed hash. A session ends after
 * session_idle_s without use, after session_max_s in any case. Last use is written back when the stored one is 5
 * minutes old, so that reads stay reads: the idle time counts from a use up to 5 minutes before the last one.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "record/account.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/due.h"

/* Who asks: an account with a session. A plain value. */
struct store_who {
	struct id account;
	struct hash session;
};

/* The session of a caller. ERR_LOGIN: none, unknown or over. In prepare() a use is noted. */
int store_session_find(struct store_call *c, const Provision__Caller *caller, struct store_who *who_r) ERR_CHECK;
/*
 * apply() only: a new session for account, and the answer with the keys of its record and its pins. ERR_NOT_FOUND: the
 * account has no pins (damaged).
 */
int store_session_open(struct store_call *c, const struct id *account, const Provision__StoredAccount *record,
    Provision__SessionOpenReply **reply_r) ERR_CHECK;
/* apply() only. */
void store_session_close(struct store_call *c, const struct hash *session);

/* The job STORE_JOB_SESSION_END. */
int store_session_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
