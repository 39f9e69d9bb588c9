/* SPDX-License-Identifier: MIT */
/*
 * The outbound mail queue. It holds references: who gets which kind of mail about what; the courier renders at each
 * try from what is true then. A mail whose reason has gone (registration over, package received, subscription
 * ended) is dropped silently.
 *
 *     add -> ready -> leased -> sent: gone
 *            | ^        |-> retry, or the lease ran out -> waits (back-off) -> ready
 *            | |        `-> failed, or 5 days old -> kept 7 days for the operator -> gone
 *            `-> quiet hours (notice.h), texts that gather (texts.h): waits -> ready
 *
 * Ready mails stand in the table "mail_ready" in order of their time; waiting and leased ones have a due item.
 */
#ifndef STORE_MAILQUEUE_H
#define STORE_MAILQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/courier.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

/* Return of store_mailqueue_lease(): ask again. */
#define STORE_MAILQUEUE_SKIPPED 1

/* Queues a mail with the transaction; *m says kind, who gets it and about what, and in next_ms not before when. Wakes the courier. */
int store_mailqueue_add(struct store *s, struct store_txn *tx, Provision__StoredMail *m) ERR_CHECK;
/* Queues a notice to an account's person about the account itself. */
int store_mailqueue_tell(struct store *s, struct store_txn *tx, const struct id *account, Provision__MailKind kind) ERR_CHECK;
/* For how long the oldest ready mail has been ready; 0 when none is. */
uint64_t store_mailqueue_oldest_ms(struct store *s, struct store_txn *tx);
/* Whether anything is ready. */
bool store_mailqueue_is_ready(struct store_txn *tx);
/*
 * Leases the oldest ready mail: 0, and *job describes it, in a. STORE_MAILQUEUE_SKIPPED: it had no reason any more and is
 * gone, or has to wait for the end of quiet hours. ERR_NOT_FOUND: nothing is ready (any more).
 */
int store_mailqueue_lease(struct store *s, struct store_txn *tx, struct arena *a, Provision__MailJob *job,
    const struct store_settings *settings) ERR_CHECK;
/* What became of a leased mail. 0 also for one that is gone. */
int store_mailqueue_result(struct store *s, struct store_txn *tx, const Provision__MailResult *r) ERR_CHECK;
/* Makes up to limit waiting mails, from *after on, ready now. True: there are more, behind *after. */
bool store_mailqueue_flush(struct store *s, struct store_txn *tx, struct id *after, uint32_t limit, uint32_t *flushed_r);

/* Makes one ready now, also one that was given up; that its reason still holds is judged then. ERR_NOT_FOUND. ERR_STATE: it is leased. */
int store_mailqueue_retry(struct store *s, struct store_txn *tx, const struct id *id) ERR_CHECK;
/* Removes one: it has told nobody (notice.h). ERR_NOT_FOUND. ERR_STATE: it is leased. */
int store_mailqueue_drop(struct store *s, struct store_txn *tx, const struct id *id) ERR_CHECK;

/* The jobs STORE_JOB_MAIL and STORE_JOB_MAIL_FLUSH. */
int store_mailqueue_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);
int store_mailqueue_flush_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
