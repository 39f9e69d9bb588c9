/* SPDX-License-Identifier: MIT */
/*
 * The rows of support requests (A11): who asked what, what the operator answered. Each has a data key of its own beside its
 * account's, so that it can be erased while the account lives, and goes with the account otherwise. One ends by itself
 * support_days after it was filed or answered.
 */
#ifndef STORE_SUPPORT_H
#define STORE_SUPPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/stored.pb-c.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

#define STORE_SUPPORT_REQUESTS_MAX 20U     /* of an account */

/* A new one: text and account of *r are set; the rest is set here. ERR_STATE: the account has as many as it may. */
int store_support_add(struct store *s, struct store_txn *tx, Provision__StoredSupport *r, struct id *request_r) ERR_CHECK;
/* Writes the answer in *r. */
int store_support_answer(struct store *s, struct store_txn *tx, const struct id *request, Provision__StoredSupport *r) ERR_CHECK;
/* ERR_NOT_FOUND. */
int store_support_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *request,
    Provision__StoredSupport **r_r) ERR_CHECK;
/* Erases one: key and rows. */
int store_support_end(struct store *s, struct store_txn *tx, const struct id *request, const Provision__StoredSupport *r) ERR_CHECK;
/* The ids of account's requests, in no order. */
unsigned store_support_list(struct store_txn *tx, const struct id *account, struct id requests_r[STORE_SUPPORT_REQUESTS_MAX]);

/* The job STORE_JOB_SUPPORT_END. */
int store_support_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
