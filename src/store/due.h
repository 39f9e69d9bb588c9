/* SPDX-License-Identifier: MIT */
/*
 * What must happen at some time. An item is a kind and a reference (an id, opaque bytes); the kind's job runs in a
 * write transaction of its own when the time has come, at the earliest at at_ms, at most a minute later; items
 * due at once run with the next round. The store works through them by itself, a bounded number a round; a
 * job that fails is tried again, later each time.
 *
 * Jobs are idempotent and look at the record: an item whose record is gone or has another time does nothing. So an item
 * need not be cancelled; it can be.
 */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "store/index.h"
#include "store/store.h"

#define STORE_DUE_KEY_BYTES 21
#define STORE_DUE_REFERENCE_MAX 256

/* Return of a job: 0 done; STORE_DUE_MORE: one bounded step done, run again in the next round; an error: later. */
#define STORE_DUE_MORE 1

struct store_due_item {
	uint16_t kind;
	uint64_t at_ms;             /* the item's time, rounded up to the minute */
	uint32_t tries;             /* failed ones before this */
	struct view reference;      /* lives during the job */
	const struct store_settings *settings;
};

/* One row a kind, static, given at start by the handlers. Numbers are on disk: never change or reuse one. */
struct store_due_kind {
	uint16_t kind;              /* 1.. */
	const char *name;           /* for logs and plans: "package-expiry" */
	bool is_erasure;            /* driven by time and erases: waits while the clock is doubted (clock_guard.h) */
	/* In the committer's thread, in its own child transaction: quick, bounded, no blocking. */
	int (*run)(struct store *s, struct store_txn *tx, const struct store_due_item *item);
};

/* Where an item lies, if one wants to cancel it. */
struct store_due_key {
	uint8_t bytes[STORE_DUE_KEY_BYTES];
};

struct event_loop;

/* Works from the loop's timer through the committer once started. kinds: static. Returns owned. */
struct store_due *store_due_new(struct store *s, const struct store_due_kind *kinds, size_t kind_count);
void store_due_free(struct store_due **due);
/* Begins to work; loop's thread. */
void store_due_start(struct store_due *due, struct event_loop *loop);
void store_due_stop(struct store_due *due);

/* Item of a kind in the table (panic on another) for at_ms (0 = at once). key_r may be NULL. */
void store_due_put(struct store_due *due, struct store_txn *tx, uint16_t kind, uint64_t at_ms, struct view reference,
    struct store_due_key *key_r);
/* 0 if it is not there any more. */
void store_due_cancel(struct store_due *due, struct store_txn *tx, const struct store_due_key *key);
/*
 * Asks for a new time for every item behind *after (all zeros: from the start), in order of class and time, and moves those that
 * are to be earlier; time_of() may write, and gives item->at_ms for one that stays. A bounded step: looks at limit items; true: there are more, *after tells where.
 */
bool store_due_retime(struct store_due *due, struct store_txn *tx, struct store_due_key *after, uint32_t limit,
    uint64_t (*time_of)(struct store *s, struct store_txn *tx, const struct store_due_item *item)) ERR_CHECK;

/* How much of a kind: what is ripe, or what was worked. */
struct store_due_pile {
	const struct store_due_kind *kind;
	uint64_t items;             /* steps of one count each */
	uint64_t failed;            /* of these; they are tried again later */
	uint64_t oldest_ms;         /* the time of the oldest; 0: none */
};

/* As many piles as there are kinds, in a's memory, all empty, in the table's order. */
struct store_due_pile *store_due_piles(const struct store_due *due, struct arena *a, size_t *count_r);
/* Adds what is ripe to the piles; looks at limit items at most. True: there may be more. */
bool store_due_survey(struct store_due *due, struct store_txn *tx, struct store_due_pile *piles, uint64_t limit);
/* Every item of a kind that is known, in order of class and time. */
void store_due_each(struct store_due *due, struct store_txn *tx,
    void (*fn)(void *arg, const struct store_due_kind *kind, const struct store_due_item *item), void *arg);
/* One round inside tx, which is a write transaction: up to limit items, added to the piles; returns how many. */
uint32_t store_due_work(struct store_due *due, struct store_txn *tx, struct store_due_pile *piles, uint32_t limit);
/* One round now, in one transaction: up to limit items. *done_r: items worked; true: there may be more (tests, janitor). */
bool store_due_step(struct store_due *due, uint32_t limit, uint32_t *done_r);
/* Items that failed and wait for another try, since start, for metrics. */
uint64_t store_due_failures(const struct store_due *due);

#endif
