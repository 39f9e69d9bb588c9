/* SPDX-License-Identifier: MIT */
/*
 * Entries of conversations: the one place where they come into being, are found, taken back and removed. An entry is (subscription,
 * sequence number); sequence numbers ascend with time and never come back. A day's entries are one run of numbers, so a row
 * for each day (table "entry_day") says where it begins, and all of a day goes together (E1).
 *
 * Beside its entry stand: for a text a row in "message" (so a repeated request finds it), and where it came from
 * (provenance.h). Listeners of both sides are told (events.h).
 */
#ifndef STORE_ENTRIES_H
#define STORE_ENTRIES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/stored.pb-c.h"
#include "store/due.h"
#include "store/entry_form.h"
#include "store/index.h"
#include "store/store.h"

/* Where an entry was put. */
struct store_entry_place {
	uint64_t sequence;
	uint64_t customer_number;
	uint64_t company_number;
};

/*
 * apply(), or a job: appends to a conversation. id: of the message or package, else random. of: the subscription's record; its
 * counters go on, it is written. record->time_ms is set here, never before the newest entry's. The key of the part of the
 * day is made where there is none, and the day's end put.
 */
int store_entries_add(struct store *s, struct store_txn *tx, const struct store_settings *settings, const struct id *subscription,
    Provision__StoredSubscription *of, const struct id *id, Provision__StoredEntry *record, struct store_entry_place *place_r) ERR_CHECK;
/* The same for what the service notes itself. */
int store_entries_note(struct store *s, struct store_txn *tx, const struct store_settings *settings, const struct id *subscription,
    Provision__StoredSubscription *of, Provision__SystemEvent event) ERR_CHECK;

/* The sequence number of a text by its id. ERR_NOT_FOUND. */
int store_entries_by_message(struct store_txn *tx, const struct id *subscription, const struct id *message,
    uint64_t *sequence_r) ERR_CHECK;
/* One entry, in a. head_r may be NULL. ERR_NOT_FOUND: none (any more). */
int store_entries_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription, uint64_t sequence,
    struct store_entry_head *head_r, Provision__StoredEntry **record_r) ERR_CHECK;
/* The first sequence number of that time or later, 1 more than newest where there is none. */
int store_entries_since(struct store *s, struct store_txn *tx, const struct id *subscription, uint64_t newest, uint64_t time_ms,
    uint64_t *sequence_r) ERR_CHECK;

/*
 * apply(): the text is gone, its key destroyed before the answer; a trace stays. What else lay under that key is written anew. 0 also for
 * one that was taken back before.
 */
int store_entries_take_back(struct store *s, struct store_txn *tx, const struct id *subscription,
    const Provision__StoredSubscription *of, uint64_t sequence) ERR_CHECK;

/* One entry and its rows, for a package that goes alone; its keys stay. 0 if there is none. */
void store_entries_remove(struct store_txn *tx, const struct id *subscription, uint64_t sequence);
/* All entries of a subscription, with keys and rows, in bounded steps. STORE_DUE_MORE: call again. */
int store_entries_erase_step(struct store *s, struct store_txn *tx, const struct id *subscription) ERR_CHECK;
/* The job STORE_JOB_ENTRIES_END. */
int store_entries_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
