/* SPDX-License-Identifier: MIT */
/*
 * Removing packages and subscriptions. To erase is to destroy a data key; what follows here deletes the rows, so that
 * nothing is found, and the files. Everything is found through plain rows that hold only ids and counters, since
 * the records can no longer be read once their keys are gone.
 */
#ifndef STORE_ERASE_H
#define STORE_ERASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

/* Where else a package stands: the plain value of the table "package_of". */
struct store_package_link {
	uint64_t sequence;          /* of its entry, 0 while it arrives */
	uint64_t customer_number;   /* inbox numbers, 0 while it arrives */
	uint64_t company_number;
	struct id customer;         /* account */
	struct id company;
	bool is_from_company;
};

void store_erase_put_link(struct store_txn *tx, const struct id *subscription, uint32_t day, const struct id *package,
    const struct store_package_link *link);
/* ERR_NOT_FOUND. */
int store_erase_get_link(struct store_txn *tx, const struct id *subscription, uint32_t day, const struct id *package,
    struct store_package_link *link_r) ERR_CHECK;

/*
 * What a package is made of, but not its history: key, header, uploads, files in the spool. Whoever streams it is cut off.
 * For receipts, expiry, giving up, ending.
 */
int store_erase_content(struct store *s, struct store_txn *tx, const struct id *package) ERR_CHECK;
/* A subscription's packages and keys, in bounded steps. The subscription's own key is destroyed already.
 * STORE_DUE_MORE: call again. */
int store_erase_subscription_step(struct store *s, struct store_txn *tx, const struct id *subscription) ERR_CHECK;
/* A package with all its history, in bounded steps. STORE_DUE_MORE: call again. */
int store_erase_package_step(struct store *s, struct store_txn *tx, const struct id *subscription, uint32_t day,
    const struct id *package) ERR_CHECK;

/* The jobs STORE_JOB_SUBSCRIPTION_REMOVE, _DAY_END and _PROVENANCE_END. */
int store_erase_subscription_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);
int store_erase_day_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);
int store_erase_provenance_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
