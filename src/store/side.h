/* SPDX-License-Identifier: MIT */
/*
 * The two sides of a subscription as signers: the customer by the keys of the account, the company by its members' certificates. For
 * seals, receipts and withdrawals.
 */
#ifndef STORE_SIDE_H
#define STORE_SIDE_H

#include <stdbool.h>

#include "base/err.h"
#include "package/identity.h"
#include "store/access.h"
#include "store/call.h"
#include "store/trusting.h"

struct store_side {
	struct package_identity identity;   /* points into this struct and into the call's arena */
	struct trust_account customer;
	struct store_trusting checked;
	bool is_company;
};

/* The keys of one side as stored. ERR_NOT_FOUND, ERR_STATE. */
int store_side_load(struct store_call *c, const struct store_subscription_access *of, bool is_company, struct store_side *side_r) ERR_CHECK;
/*
 * In apply: ERR_CONFLICT when the keys are others than those checked against. *statement_r: the customer's, in the call's arena; empty for a
 * company.
 */
int store_side_recheck(struct store_call *c, const struct store_subscription_access *of, const struct store_side *side,
    ProtobufCBinaryData *statement_r) ERR_CHECK;

#endif
