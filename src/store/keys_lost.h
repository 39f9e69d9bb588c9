/* SPDX-License-Identifier: MIT */
/*
 * What becomes of an account whose private keys are lost (A4): nobody can open what was sealed to them. Memberships end, but for
 * a company's only owner, whose place the company's recovery code needs; packages that wait for the person end, and their
 * senders are asked to send again.
 */
#ifndef STORE_KEYS_LOST_H
#define STORE_KEYS_LOST_H

#include "base/err.h"
#include "base/id.h"
#include "store/call.h"
#include "store/due.h"

/* apply() only, with the new keys. Packages follow by a job, in bounded steps. */
int store_keys_lost(struct store_call *c, const struct id *account) ERR_CHECK;

/* The job STORE_JOB_KEYS_LOST. */
int store_keys_lost_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
