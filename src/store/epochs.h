/* SPDX-License-Identifier: MIT */
/*
 * The private keys of a company's epochs, sealed by owners' clients to each member: one data key an epoch, so that an old
 * one is erased as a whole when no waiting package names it any more. Which packages wait for which epoch stands in plain
 * rows, since packages' records can no longer be read once their keys are gone.
 */
#ifndef STORE_EPOCHS_H
#define STORE_EPOCHS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/due.h"
#include "trust/company.h"

/* Numbers of the listed epochs whose private keys are kept, oldest first; how many. */
size_t store_epochs_kept(struct store *s, struct store_txn *tx, const struct id *company,
    const Provision__StoredCompany *record, uint32_t kept_r[TRUST_EPOCHS_MAX]);
/* The data key of a new epoch. */
int store_epochs_make(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number) ERR_CHECK;
/* Keeps an epoch's private key as sealed to a member, in place of an earlier one. */
int store_epochs_seal(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number,
    const struct id *account, ProtobufCBinaryData sealed) ERR_CHECK;
/* Removes what is sealed to a member. */
void store_epochs_unseal(struct store_txn *tx, const struct id *company, const Provision__StoredCompany *record,
    const struct id *account);
/* What is sealed to a member, oldest epoch first; in c's arena. */
int store_epochs_sealed(struct store_call *c, const struct id *company, const Provision__StoredCompany *record,
    const struct id *account, ProtobufCBinaryData **list_r, size_t *count_r) ERR_CHECK;

/* A package waits for this epoch. */
void store_epochs_use(struct store_txn *tx, const struct id *company, uint32_t number, const struct id *package);
/* A package waits no longer, for whichever epoch it was: nothing for packages to customers. */
void store_epochs_unuse(struct store *s, struct store_txn *tx, const struct id *package);
/* Has an epoch's private keys erased soon, unless it is the current one or something waits for it. */
void store_epochs_end_soon(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number);

/* The job STORE_JOB_EPOCH_END. */
int store_epochs_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
