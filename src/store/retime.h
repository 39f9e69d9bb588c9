/* SPDX-License-Identifier: MIT */
/*
 * When the operator sets other times (E1): a shorter one counts for what is stored already. The times that items of "due" were
 * put by are noted; when one in force is shorter, a job walks over the items in bounded steps and moves those that end earlier now. A
 * longer one is seen when an item comes up: the job puts it again.
 */
#ifndef STORE_RETIME_H
#define STORE_RETIME_H

#include <stdbool.h>

#include "base/err.h"
#include "store/due.h"
#include "store/index.h"
#include "store/retention.h"
#include "store/store.h"

/* At start and after every change of the settings, in a transaction of its own (arg: the store): notes the times in force and
 * puts the job where one is shorter than it was. */
int store_retime_note(void *arg, struct store_txn *tx) ERR_CHECK;
/* Whether a shorter time of this rule counts for what is stored, too; else for what comes after. */
bool store_retime_covers(const struct store_retention_rule *rule);
/*
 * In the job that ends a day (reference: id, day): true when by the settings in force it is not over yet; then the item has been put
 * again for its end.
 */
bool store_retime_is_early(struct store *s, struct store_txn *tx, const struct store_due_item *item, enum store_retention rule);

/* The job STORE_JOB_RETIME. */
int store_retime_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
