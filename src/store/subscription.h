/* SPDX-License-Identifier: MIT */
/*
 * The life of a subscription: asked for, accepted or declined, ended. Handlers and jobs end one through here, so that
 * there is one place that says what goes.
 */
#ifndef STORE_SUBSCRIPTION_H
#define STORE_SUBSCRIPTION_H

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "record/stored.pb-c.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

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
/*
 * Ends it for both sides at once (B4): its key and those of its first packages are destroyed before the answer, its rows
 * go, its files follow; what is left is done by a job. Tells nobody.
 */
int store_subscription_end(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *record) ERR_CHECK;

/* The job STORE_JOB_DECLINED_END. */
int store_subscription_declined_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
