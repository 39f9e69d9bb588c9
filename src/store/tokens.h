/* SPDX-License-Identifier: MIT */
/*
 * Secrets that only somebody else has, kept as hashes: sessions, app passwords. A record lies under its token's hash in one table;
 * a plain table beside it says which an account has: account, id -> hash.
 */
#ifndef STORE_TOKENS_H
#define STORE_TOKENS_H

#include "base/err.h"
#include "base/id.h"
#include "crypt/hash.h"
#include "store/index.h"
#include "store/table.h"

/* Calls fn for each hash of account in the table of until it returns something else than 0: that is returned. fn may delete it. */
int store_tokens_each(struct store_txn *tx, enum store_table of, const struct id *account,
    int (*fn)(void *arg, const struct hash *hash), void *arg) ERR_CHECK;
/* ERR_NOT_FOUND: account has none of that id. */
int store_tokens_find(struct store_txn *tx, enum store_table of, const struct id *account, const struct id *id, struct hash *hash_r)
    ERR_CHECK;

#endif
