/* SPDX-License-Identifier: MIT */
/*
 * Mails about packages that wait: reminders to the recipient 3, 14 and 30 days after sending, as long as it waits (C7), and a word to the
 * sender when one has expired. One item is in "due" at a time; after a long stop there is one late reminder, not all.
 */
#ifndef STORE_REMINDER_H
#define STORE_REMINDER_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "record/courier.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

/* Puts the first reminder after now_ms that lies before the package's expiry. */
void store_reminder_put(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record,
    uint64_t now_ms);
/* Queues a mail about a package to its recipient (is_to_sender: its sender), with the other side's name. */
int store_reminder_mail(struct store *s, struct store_txn *tx, const struct id *package, const Provision__StoredPackage *record,
    Provision__MailKind kind, bool is_to_sender) ERR_CHECK;

/* The job STORE_JOB_PACKAGE_REMIND. */
int store_reminder_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
