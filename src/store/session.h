/* SPDX-License-Identifier: MIT */
/*
 * Sessions (A6). A token is 32 random bytes that only the client has; the store keeps its keyed hash. A session ends after
 * session_idle_s without use, after session_max_s in any case. Last use is written back when the stored one is 5
 * minutes old, so that reads stay reads: the idle time counts from a use up to 5 minutes before the last one.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include <stddef.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "record/account.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/due.h"

/* Who asks: an account with a session; none where the operator's tool asks for it (provisionctl account export). A plain value. */
struct store_who {
	struct id account;
	struct hash session;
};

/* The session of a caller. ERR_LOGIN: none, unknown or over. In prepare() a use is noted. */
int store_session_find(struct store_call *c, const Provision__Caller *caller, struct store_who *who_r) ERR_CHECK;
/* The same without noting a use: for what a client does by itself while nobody is there. */
int store_session_look(struct store_call *c, const Provision__Caller *caller, struct store_who *who_r) ERR_CHECK;
/* Sessions of one account; one more ends the one that was not used for the longest time. */
#define STORE_SESSIONS_MAX 100U

/*
 * apply() only: a new session of caller's machine for account, and the answer with the keys of its record and its pins. ERR_NOT_FOUND: the
 * account has no pins (damaged).
 */
int store_session_open(struct store_call *c, const Provision__Caller *caller, const struct id *account,
    const Provision__StoredAccount *record, Provision__SessionOpenReply **reply_r) ERR_CHECK;
/* apply() only. 0 also when there is none. */
int store_session_close(struct store_call *c, const struct hash *session) ERR_CHECK;
/* apply() only: all of an account's but one; but may be NULL. */
int store_session_close_all(struct store_call *c, const struct id *account, const struct hash *but) ERR_CHECK;
/* The hash under which the account's session of that id lies. ERR_NOT_FOUND. */
int store_session_by_id(struct store_txn *tx, const struct id *account, const struct id *session, struct hash *hash_r) ERR_CHECK;
/* Calls fn for each of an account's sessions until it returns something else than 0: that is returned. Records live in c's arena. */
int store_session_each(struct store_call *c, const struct id *account,
    int (*fn)(void *arg, const struct hash *hash, const Provision__StoredSession *r), void *arg) ERR_CHECK;

/* For store/retime.h: the session's end by the settings in force, noted where it is earlier. */
uint64_t store_session_retime(struct store *s, struct store_txn *tx, const struct store_due_item *item);
/* The job STORE_JOB_SESSION_END. */
int store_session_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
