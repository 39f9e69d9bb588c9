/* SPDX-License-Identifier: MIT */
/*
 * What the courier must know to write one mail, from the references in the queue and from what is true now.
 */
#ifndef STORE_MAILRENDER_H
#define STORE_MAILRENDER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/courier.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/index.h"
#include "store/store.h"

/* Fills *job, in a and in m. ERR_NOT_FOUND: whoever should get it or the reason for it is not there any more. */
int store_mailrender(struct store *s, struct store_txn *tx, struct arena *a, const struct id *id,
    const Provision__StoredMail *m, const struct store_settings *settings, Provision__MailJob *job) ERR_CHECK;

/* "First Last" of a person, cut to what a mail takes. In arena memory. */
struct view store_mailrender_person(struct arena *a, const Provision__StoredAccount *person);

#endif
