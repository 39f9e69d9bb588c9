/* SPDX-License-Identifier: MIT */
/*
 * What the store looks at now and then, by itself: free space, the clocks, a mirror that is away. Runs in the loop's
 * thread and hands everything that may block to the pool or the committer.
 */
#ifndef STORE_UPKEEP_H
#define STORE_UPKEEP_H

#include "event/loop.h"
#include "store/store.h"

struct store_upkeep;

/* Returns owned; borrows both. s must have been started. */
struct store_upkeep *store_upkeep_start(struct store *s, struct event_loop *loop);
/* Takes *u, accepts NULL. After store_recovery_stop(). */
void store_upkeep_stop(struct store_upkeep **u);

#endif
