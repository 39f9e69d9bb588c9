/* SPDX-License-Identifier: MIT */
/*
 * Writes that carry an Idempotency-Key (Caller.idempotency_key): prepare() and apply() of every request go through here. What
 * succeeded under a key is noted in the transaction that did it, for 24 hours: a keyed hash of account and key, a keyed hash
 * of the request, and the answer, sealed under the account's data key and within it under one that is made from the key
 * itself, so that nobody who does not bring the key again can read it. The same request again gets the same answer and does
 * nothing; another request under the same key is refused. The committer works one request after the other, so that a
 * repetition which overtakes the first one's answer waits for it. What failed is not noted: it may be tried again.
 */
#ifndef STORE_REPEAT_H
#define STORE_REPEAT_H

#include "base/err.h"
#include "store/call.h"
#include "store/due.h"

/* Keys of one account that are noted at a time; further writes with a key are ERR_BUSY. */
#define STORE_REPEATS_MAX 1000U

/*
 * The handler's prepare(), or STORE_CALL_DONE: the answer is known, apply() must not come. ERR_CONFLICT, blaming
 * "idempotency_key": the key was used for another request. ERR_BUSY. ERR_LOGIN: a key without a session.
 */
int store_repeat_prepare(struct store_call *c) ERR_CHECK;
/* The handler's apply(), or the answer that is known; errors as above. */
int store_repeat_apply(struct store_call *c) ERR_CHECK;

/* The job STORE_JOB_REPEAT_END. */
int store_repeat_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
