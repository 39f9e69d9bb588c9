/* SPDX-License-Identifier: MIT */
/*
 * A company as checked as a whole: root and its epochs, oldest first, as the server lists them.
 */
#ifndef TRUST_COMPANY_H
#define TRUST_COMPANY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "trust/epoch.h"
#include "trust/root.h"

#define TRUST_EPOCHS_MAX 32

/* Plain value; about 6 KiB. */
struct trust_company {
	struct trust_root root;
	size_t epoch_count;          /* 1..TRUST_EPOCHS_MAX */
	struct trust_epoch epochs[TRUST_EPOCHS_MAX];   /* consecutive numbers, the last is the current one */
};

/*
 * Checks root, every epoch's signature and the chain between them. The list may begin above epoch 1 (old ones
 * are dropped from the list in time). Errors as trust_root_parse() and trust_epoch_parse(); ERR_TRUST: a
 * gap or a break in the chain. ERR_LIMIT: none, or more than TRUST_EPOCHS_MAX.
 */
int trust_company_load(struct view root, const struct view *epochs, size_t n, struct trust_company *company_r) ERR_CHECK;
const struct trust_epoch *trust_company_current(const struct trust_company *c);
/* NULL when the list does not hold that number. Both need a company that was loaded without an error. */
const struct trust_epoch *trust_company_epoch(const struct trust_company *c, uint32_t number);

#endif
