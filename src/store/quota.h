/* SPDX-License-Identifier: MIT */
/*
 * How much an account or a company may have waiting: packages it sends, from their beginning until their content is gone
 * (received, withdrawn, expired, given up, ended), by number and by the bytes their headers announce (manifest, body, and the
 * longest seal they can have).
 * Usage is counted in the transaction that makes or removes the content, so that it is right after any crash. Plain rows, ids
 * and numbers only: content is released when its keys are gone already.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "store/call.h"

struct store_quota {
	uint64_t bytes, bytes_max;
	uint64_t packages, packages_max;
};

/* What a party (account or company) has and may have: the operator's limits, else the configuration's. ERR_NOT_FOUND. */
int store_quota_read(struct store_call *c, const struct id *party, bool is_company, struct store_quota *q_r) ERR_CHECK;
/* Whether there is room for one more package of so many bytes. ERR_FULL: the call says of what, its limit and what is used. */
int store_quota_check(struct store_call *c, const struct id *party, bool is_company, uint64_t bytes) ERR_CHECK;
/* Checks, and counts the package for party until it is released. */
int store_quota_hold(struct store_call *c, const struct id *party, bool is_company, const struct id *package,
    uint64_t bytes) ERR_CHECK;
/* Whether what party has is still within what it may have: the operator may have set less meanwhile. ERR_FULL as above. */
int store_quota_check_held(struct store_call *c, const struct id *party, bool is_company) ERR_CHECK;
/* Its content is gone. Nothing where nothing is counted: called again, it does nothing. */
void store_quota_release(struct store_txn *tx, const struct id *package);

#endif
