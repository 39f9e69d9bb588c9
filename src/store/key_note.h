/* SPDX-License-Identifier: MIT */
/*
 * When a customer or a company has a new key that the old one did not sign, all of its conversations say so: partners have to
 * confirm it.
 */
#ifndef STORE_KEY_NOTE_H
#define STORE_KEY_NOTE_H

#include "base/err.h"
#include "base/id.h"
#include "record/conversation.pb-c.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

/* apply() only, with the new key. Entries follow by a job, in bounded steps. party: account or company. */
void store_key_note(struct store *s, struct store_txn *tx, const struct id *party, Provision__SystemEvent event);

/* The job STORE_JOB_KEY_NOTE. */
int store_key_note_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
