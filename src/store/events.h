/* SPDX-License-Identifier: MIT */
/*
 * The log of live events (D5): for each customer and each company a row an event, in the order of commits, so that a client
 * that was away goes on behind the last event it took. An event has ids only; its row is sealed under the subscription's key
 * and is unreadable with it.
 *
 * An event's number is one for the whole service, the same in the rows of both sides: microseconds of the wall clock, or one
 * more than the last where that is not enough. So one number says where a person stands in all conversations, whatever
 * companies it belongs to, numbers never come back, not even from a restored backup, and tell nothing of others' traffic.
 */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "record/event.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "store/due.h"
#include "store/index.h"
#include "store/store.h"

/* Events of one read. */
#define STORE_EVENTS_READ_MAX 64U

/* A plain value. */
struct store_event {
	Provision__EventKind kind;
	struct id subscription;
	struct id customer;       /* account, of a READ event whoever has read; the none id: this side is not told */
	struct id company;        /* the same */
	uint64_t sequence;        /* of the entry, 0: of none */
	struct id package;        /* the entry's; the none id: it is no package */
};

/* apply() and jobs only: writes the rows and wakes the listeners of both sides when tx is durable. */
int store_events_put(struct store *s, struct store_txn *tx, const struct store_event *event) ERR_CHECK;
/* The number from which a new listener goes on; at least 1. */
uint64_t store_events_newest(struct store_txn *tx);
/* Whether all events behind this number are still there, so that reading on leaves none out. */
bool store_events_reach_back(struct store_txn *tx, uint64_t after);
/*
 * The events behind a number in the logs of an account and of companies, in this order (at most STORE_EVENTS_READ_MAX, in order, each once), into the reply,
 * in c's arena. ERR_LIMIT: that is full.
 */
int store_events_read(struct store_call *c, const struct id *parties, size_t party_count, uint64_t after,
    Provision__EventReadReply *reply) ERR_CHECK;

/* The job STORE_JOB_EVENTS_END. */
int store_events_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item);

#endif
