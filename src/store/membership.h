/* SPDX-License-Identifier: MIT */
/*
 * An account's memberships of companies, as far as what happens to the account concerns them.
 */
#ifndef STORE_MEMBERSHIP_H
#define STORE_MEMBERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "store/call.h"

/* Calls fn for each company that account is a member of until it returns something else than 0: that is returned. fn may end it. */
int store_membership_each(struct store_call *c, const struct id *account,
    int (*fn)(struct store_call *c, const struct id *company, const struct id *account, void *arg), void *arg) ERR_CHECK;
/* Whether company has an owner beside account. */
bool store_membership_has_other_owner(struct store_call *c, const struct id *company, const struct id *account);
/* 0, or ERR_STATE: account is the last owner of a company (B2). */
int store_membership_check_owner(struct store_call *c, const struct id *account) ERR_CHECK;
/* apply() only: out of every company at once, as if having left; their number is added to *count. */
int store_membership_end_all(struct store_call *c, const struct id *account, uint64_t *count) ERR_CHECK;

#endif
