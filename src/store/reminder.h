/* SPDX-License-Identifier: MIT */
/*
 * Reminders of packages that wait: to the recipient 3, 14 and 30 days after sending, as long as it waits (C7). One item is in "due" at a time; after a long stop there is one late reminder, not all.
 */
#ifndef STORE_REMINDER_H
#define STORE_REMINDER_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "record/stored.pb-c.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

/* Puts the first reminder after now_ms, unless less than a day would be left then: who cannot act any more is not reminded. */
void store_reminder_put(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record,
    uint64_t now_ms);
/* The job STORE_JOB_PACKAGE_REMIND. */
int store_reminder_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
