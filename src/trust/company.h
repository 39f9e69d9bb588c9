/* SPDX-License-Identifier: MIT */
/*
 * A company as checked as a whole: root and its epochs, oldest first, as the server lists them. When an owner goes the root
 * changes: epochs number on, the new root's first one names the last of the former root, so that whoever trusts the current
 * root trusts the whole chain.
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
#define TRUST_FORMER_ROOTS_MAX 8

/* A page of epochs before those that are listed, as far back as somebody had to look. Plain value; about 15 KiB. */
struct trust_past {
	size_t root_count;
	struct trust_root roots[TRUST_EPOCHS_MAX];          /* of these epochs */
	size_t epoch_count;
	struct trust_epoch epochs[TRUST_EPOCHS_MAX + 1];    /* consecutive; the last is the first of the page after it */
};

/* Plain value; about 8 KiB. */
struct trust_company {
	struct trust_root root;      /* the current one: of the last epoch */
	size_t former_count;
	struct trust_root former[TRUST_FORMER_ROOTS_MAX];   /* of earlier epochs, oldest first */
	size_t epoch_count;          /* 1..TRUST_EPOCHS_MAX */
	struct trust_epoch epochs[TRUST_EPOCHS_MAX];   /* consecutive numbers, the last is the current one */
	const struct trust_past *past;   /* NULL until looked for; borrowed */
};

/*
 * Checks root, every epoch's signature and the chain between them. The list may begin above epoch 1 (old ones
 * are dropped from the list in time). Errors as trust_root_parse() and trust_epoch_parse(); ERR_TRUST: a
 * gap or a break in the chain. ERR_LIMIT: none, or more than TRUST_EPOCHS_MAX.
 */
int trust_company_load(struct view root, const struct view *epochs, size_t n, struct trust_company *company_r) ERR_CHECK;
/*
 * The same with former roots, oldest first: each listed epoch is signed by one of them or by root, in that order, the last
 * by root. ERR_TRUST also: a former root that no epoch names, or of another company. ERR_LIMIT: too many.
 */
int trust_company_load_former(struct view root, const struct view *former, size_t former_n, const struct view *epochs,
    size_t n, struct trust_company *company_r) ERR_CHECK;
/*
 * A page of epochs right before the oldest known one, c->past's or else c's, oldest first, with the roots that they name: each is
 * what the next one names by its hash. Set c->past to it then. ERR_TRUST: a gap or a break in the chain, or a root is missing.
 * ERR_LIMIT: none, or more than TRUST_EPOCHS_MAX. Otherwise as trust_company_load().
 */
int trust_company_load_past(const struct trust_company *c, const struct view *roots, size_t root_n, const struct view *epochs,
    size_t n, struct trust_past *past_r) ERR_CHECK;
const struct trust_epoch *trust_company_current(const struct trust_company *c);
/* The oldest epoch that is known. */
const struct trust_epoch *trust_company_oldest(const struct trust_company *c);
/* NULL when neither the list nor the past holds that number. All need a company that was loaded without an error. */
const struct trust_epoch *trust_company_epoch(const struct trust_company *c, uint32_t number);
/* The current or a former root of that fingerprint; NULL: none. */
const struct trust_root *trust_company_root(const struct trust_company *c, const struct hash *fingerprint);

#endif
