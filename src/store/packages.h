/* SPDX-License-Identifier: MIT */
/*
 * A package's records, and the keys they lie under: metadata, comment, file records and receipt under the subscription
 * and the UTC day the package was created; header under package and subscription; provenance under a day key of its
 * own. Days end by due items that are put with a day's first record.
 */
#ifndef STORE_PACKAGES_H
#define STORE_PACKAGES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "record/package.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/access.h"
#include "store/call.h"
#include "store/due.h"

#define STORE_PARTS 3U
#define STORE_FILES_SHOWN 20U      /* in lists; also how many the first piece of a page holds */

/* The day's key of a subscription, made with its end when it is not there yet. */
int store_packages_day(struct store *s, struct store_txn *tx, const struct store_settings *settings,
    const struct id *subscription, uint32_t day) ERR_CHECK;
int store_packages_put(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record) ERR_CHECK;
/* The header's bytes, in a. ERR_NOT_FOUND: removed. */
int store_packages_header(struct store *s, struct store_txn *tx, struct arena *a, const struct id *package,
    struct view *header_r) ERR_CHECK;
/* Part 1..3 of a package. */
Provision__StoredPart *store_packages_part(const Provision__StoredPackage *record, Provision__PackagePart part);

/* A stored part for reading; *fd_r owned by the caller. ERR_IO: it is not what was acknowledged (logged). */
int store_packages_open_part(struct store *s, const Provision__StoredPart *part, int *fd_r) ERR_CHECK;

/* Writes a page of file records in pieces. ERR_LIMIT: a piece is too large. */
int store_packages_put_page(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record, uint32_t page, Provision__FileRecord **files, size_t count) ERR_CHECK;
/* Calls fn for every file record of a page, in order, until it returns something else than 0: that is returned. The record
 * lives during the call. ERR_NOT_FOUND: no such page. */
int store_packages_each(struct store *s, struct store_txn *tx, const struct id *package, uint32_t page,
    int (*fn)(void *arg, const Provision__FileRecord *file), void *arg) ERR_CHECK;

/* The same when it has become another for its two sides after it was complete: listeners are told. */
int store_packages_put_changed(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record) ERR_CHECK;
/* What it is made of goes, the history entry stays with this state: expired or withdrawn. */
int store_packages_remove(struct store *s, struct store_txn *tx, const struct id *package, Provision__StoredPackage *record,
    Provision__PackageState state) ERR_CHECK;
/* A package as its two sides see it, for the caller; in c's arena. ERR_LIMIT: that is full. */
int store_packages_row(struct store_call *c, const struct store_package_access *a, Provision__PackageRow **row_r)
    ERR_CHECK;

/* Gives up a package that is not complete: it is gone at once, what is large follows by a job. */
int store_packages_give_up(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record) ERR_CHECK;

/* When a complete package ends that nobody fetches: never later than its day of the history. */
uint64_t store_packages_end_ms(const struct store_settings *settings, const Provision__StoredPackage *record);
/* For store/retime.h, of STORE_JOB_PACKAGE_EXPIRE: the end by the settings in force, noted where it is earlier than what was said. */
uint64_t store_packages_retime(struct store *s, struct store_txn *tx, const struct store_due_item *item);

/* The jobs STORE_JOB_PACKAGE_GIVE_UP (reference: subscription, day, package) and STORE_JOB_PACKAGE_EXPIRE. */
int store_packages_give_up_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);
int store_packages_expire_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
