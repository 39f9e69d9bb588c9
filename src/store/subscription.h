/* SPDX-License-Identifier: MIT */
/*
 * The life of a subscription: asked for, accepted or declined, ended. Handlers and jobs end one through here, so that
 * there is one place that says what goes.
 */
#ifndef STORE_SUBSCRIPTION_H
#define STORE_SUBSCRIPTION_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "record/stored.pb-c.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"
#include "trust/erasure.h"

#define STORE_NUMBER_CHARS 8    /* of a customer number: digits, the first not 0 */

/* A new pending one, with a customer number nobody of that company has. */
int store_subscription_make(struct store *s, struct store_txn *tx, const struct id *customer, const struct id *company,
    struct id *subscription_r) ERR_CHECK;
int store_subscription_put(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *record) ERR_CHECK;
/* The same when its state is another: listeners of both sides are told, a declined one's company apart. */
int store_subscription_put_changed(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *record) ERR_CHECK;
/* The subscription of a company's customer number. ERR_NOT_FOUND. */
int store_subscription_by_number(struct store *s, struct store_txn *tx, const struct id *company, struct view number,
    struct id *subscription_r) ERR_CHECK;
/* The one of a customer and a company. ERR_NOT_FOUND. */
int store_subscription_by_pair(struct store_txn *tx, const struct id *customer, const struct id *company,
    struct id *subscription_r) ERR_CHECK;
/* Mail to the other side, if that had accepted: a company is told the customer number alone, who it was is gone. */
int store_subscription_tell_ended(struct store *s, struct store_txn *tx, const Provision__StoredSubscription *record, bool by_customer)
    ERR_CHECK;
/* Adds what goes with it to a receipt. */
void store_subscription_count(struct store_txn *tx, const struct id *subscription, const Provision__StoredSubscription *record,
    struct trust_erasure *r);
/*
 * Ends it for both sides at once (B4): the rows by which it is found go, and its key is destroyed before the answer, so that
 * nothing of it opens any more. Everything else follows by a job. Their live listeners are told, nobody else.
 */
int store_subscription_end(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *record) ERR_CHECK;

/* The job STORE_JOB_DECLINED_END. */
int store_subscription_declined_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
