/* SPDX-License-Identifier: MIT */
/*
 * An e-mail address as the store finds accounts by it: never as it is, only as a keyed hash of its normalised form.
 */
#ifndef STORE_ADDRESS_H
#define STORE_ADDRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "mail/address.h"
#include "store/index.h"
#include "store/store.h"

/* ERR_SYNTAX: not an address. */
int store_address_parse(struct view email, struct mail_address_text *normal_r) ERR_CHECK;
/* Key of the tables "address" and "registration_of". */
struct hash store_address_hash(struct store *s, const struct mail_address_text *normal);
/* The account of an address. ERR_NOT_FOUND. */
int store_address_account(struct store_txn *tx, const struct hash *hash, struct id *account_r) ERR_CHECK;
/*
 * The same for whoever must not learn it by the time it takes (B5): of an address without an account that of the next hash, whose
 * record is then read in its place. So known and unknown read the same pages, and records of the same sizes, as long
 * unused. False: it is another's.
 */
bool store_address_nearest(struct store_txn *tx, const struct hash *hash, struct id *account_r);
/* apply() only, at the first start: behind every address there is one, of the stand-in. */
void store_address_close_table(struct store_txn *tx, const struct id *stand_in);
/* The same of an address as somebody wrote it. ERR_SYNTAX: not an address. */
int store_address_find(struct store *s, struct store_txn *tx, struct view email, struct id *account_r) ERR_CHECK;

#endif
