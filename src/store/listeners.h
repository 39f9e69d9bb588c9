/* SPDX-License-Identifier: MIT */
/*
 * Who listens for live events now: for each stream of a web process the parties whose events it is to be told of. In memory
 * only; a web process registers its streams anew when its link is. Thread-safe.
 *
 * A wake says "read again", nothing else, and comes once until the listener has read: so what waits for a slow process is
 * bounded by its streams, nothing is lost (the events are in the log), and whatever may have changed a person's rights
 * (session, membership, subscription) ends a stream by a wake, since reading authorises.
 */
#ifndef STORE_LISTENERS_H
#define STORE_LISTENERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "store/index.h"
#include "store/store.h"

/* Streams of one account. */
#define STORE_LISTENERS_ACCOUNT_MAX 16U
/* Streams of one link. */
#define STORE_LISTENERS_LINK_MAX 8192U

struct store_listeners;

/* Borrows s, which may have no server: then nobody is told. Returns owned. */
struct store_listeners *store_listeners_new(struct store *s);
/* Takes *l, accepts NULL. */
void store_listeners_free(struct store_listeners **l);
/*
 * Before reading: the stream is there, may be woken again, and is woken for what changes the account's rights; it keeps its other
 * parties. ERR_BUSY: the account or the link has too many; not there.
 */
int store_listeners_enter(struct store_listeners *l, uint64_t link, uint64_t number, const struct id *account) ERR_CHECK;
/* The companies it is woken for beside the account. Nothing if it is not there (the link is gone). */
void store_listeners_set(struct store_listeners *l, uint64_t link, uint64_t number, const struct id *companies, size_t n);
void store_listeners_leave(struct store_listeners *l, uint64_t link, uint64_t number);
/* All of a link's. */
void store_listeners_link_gone(struct store_listeners *l, uint64_t link);
/* Those of a party (account or company), at once. Never blocks. */
void store_listeners_wake(struct store_listeners *l, const struct id *party);
/* The same when tx is durable; nothing in a store without listeners. */
void store_listeners_wake_after(struct store *s, struct store_txn *tx, const struct id *party);
/* How many there are, for metrics. */
uint32_t store_listeners_count(struct store_listeners *l);

#endif
