/* SPDX-License-Identifier: MIT */
/*
 * The private keys of a company's epochs, sealed by owners' clients: the current one's to each member, those of ended ones to
 * the current one. One data key an epoch, so that an old one is erased as a whole when no waiting package names it any
 * more. Which packages wait for which epoch stands in plain
 * rows, since packages' records can no longer be read once their keys are gone.
 */
#ifndef STORE_EPOCHS_H
#define STORE_EPOCHS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "record/company.pb-c.h"
#include "store/call.h"
#include "store/due.h"

/* Ended epochs whose keys may be kept at once. */
#define STORE_EPOCHS_OLDER_MAX 400U

/* Ended epochs, oldest first; as requests and rows carry them. */
struct store_epochs_list {
	Provision__OlderEpoch **items;
	size_t count;
};

/* The data key of a new epoch. */
int store_epochs_make(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number) ERR_CHECK;
/*
 * Keeps an epoch's private key as sealed to a holder, in place of an earlier one: a member by account; the recovery key
 * under the company's own id; for an ended epoch only the key of the current one, under the id of nobody.
 */
int store_epochs_seal(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number,
    const struct id *holder, ProtobufCBinaryData sealed) ERR_CHECK;
void store_epochs_unseal(struct store_txn *tx, const struct id *company, uint32_t number, const struct id *holder);
/* What is sealed to a holder; in c's arena. ERR_NOT_FOUND. */
int store_epochs_sealed(struct store_call *c, const struct id *company, uint32_t number, const struct id *holder,
    ProtobufCBinaryData *sealed_r) ERR_CHECK;

/* Ended epochs whose private keys are kept. */
int store_epochs_older(struct store_call *c, const struct id *company, uint32_t current, struct store_epochs_list *list_r)
    ERR_CHECK;
/*
 * The current epoch ends: given has its key and those of the older ones, sealed to the next one; what was sealed to members
 * goes. In prepare() only checked. ERR_CONFLICT: one that is kept is missing. ERR_LIMIT: too many are kept.
 */
int store_epochs_follow(struct store_call *c, const struct id *company, uint32_t current, const struct store_epochs_list *given)
    ERR_CHECK;

/* An epoch's statement that is listed no longer, with the root that signed it. */
int store_epochs_retire(struct store_call *c, const struct id *company, uint32_t number, ProtobufCBinaryData epoch,
    struct view root) ERR_CHECK;
/* Those before that number, at most TRUST_EPOCHS_MAX, oldest first. */
int store_epochs_past(struct store_call *c, const struct id *company, uint32_t before, Provision__EpochListReply *reply) ERR_CHECK;

/* A package waits for this epoch. */
void store_epochs_use(struct store_txn *tx, const struct id *company, uint32_t number, const struct id *package);
/* A package waits no longer, for whichever epoch it was: nothing for packages to customers. */
void store_epochs_unuse(struct store *s, struct store_txn *tx, const struct id *package);
/* Has an epoch's private keys erased soon, unless it is the current one or something waits for it. */
void store_epochs_end_soon(struct store *s, struct store_txn *tx, const struct id *company, uint32_t number);

/* The job STORE_JOB_EPOCH_END. */
int store_epochs_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
