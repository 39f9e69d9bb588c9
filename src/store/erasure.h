/* SPDX-License-Identifier: MIT */
/*
 * Reset and deletion of an account (E3, A9): what goes, in the request itself. Whatever a person or the other sides could see is gone, and every
 * data key overwritten, before the answer; rows and files that nobody can open any more follow by jobs (subscription.h,
 * belongings.h), which go on by themselves after a stop.
 *
 *                                       | reset             | deletion
 *   subscriptions, with all in them     | end               | end
 *   memberships                         | end               | end; what was written for a company stays the company's
 *   pin store                           | begins anew       | goes
 *   pending codes, notes, events, mails | go                | go
 *   profile, keys, TOTP, app passwords, | stay, under       | go
 *   sessions, support requests          | another data key  |
 */
#ifndef STORE_ERASURE_H
#define STORE_ERASURE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/due.h"
#include "trust/erasure.h"

struct store_erasure {
	struct id account;
	const Provision__StoredAccount *record;
	bool deletes;                      /* false: a reset */
	enum trust_erasure_by by;
	ProtobufCBinaryData pins, pin_page;     /* reset: the new pin store; empty: the present one stays, which the person alone can open */
};

/*
 * apply() only: carries it out, sets the answer (ErasureReply) and queues the mail with the receipt. ERR_STATE: the last owner of a
 * company (B2).
 */
int store_erasure_account(struct store_call *c, const struct store_erasure *e) ERR_CHECK;

/* The job STORE_JOB_RESET_LATER: while the mirror of the keys is away an account gets no other data key. */
int store_erasure_later_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
