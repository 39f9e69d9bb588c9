/* SPDX-License-Identifier: MIT */
/*
 * What lies where of an account, beside its subscriptions, packages and memberships: one table, a row a place. From it an account's
 * data key is renewed (a reset: what is to stay is written anew, everything else under the old key is erased with it), and what
 * is erased is removed. Whatever else belongs to an account gets a row here.
 */
#ifndef STORE_BELONGINGS_H
#define STORE_BELONGINGS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"
#include "trust/erasure.h"

/*
 * In a write transaction: the account's data key is another, and only what stays at a reset is under it; everything else cannot be
 * opened any more when tx is durable. keeps_pins: the pin store is among what stays. Errors of store_keys_replace().
 */
int store_belongings_renew(struct store *s, struct store_txn *tx, const struct id *account, bool keeps_pins) ERR_CHECK;
/* Adds to a receipt what there is of the account that goes with it. */
void store_belongings_count(struct store_txn *tx, const struct id *account, struct trust_erasure_list *gone);
/* Has the rows removed whose data keys are destroyed. */
void store_belongings_remove(struct store *s, struct store_txn *tx, const struct id *account);

/* The job STORE_JOB_BELONGINGS_REMOVE. */
int store_belongings_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
