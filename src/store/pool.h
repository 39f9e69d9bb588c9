/* SPDX-License-Identifier: MIT */
/*
 * Threads for what waits for the disk: flushing, unlinking large files, slow requests. Apart from the workers, so that
 * a slow disk does not stop reads.
 */
#ifndef STORE_POOL_H
#define STORE_POOL_H

#include <stdint.h>

struct store_pool;

/* Starts threads (1..64). Returns owned. */
struct store_pool *store_pool_new(uint32_t threads);
/* Takes *pool, accepts NULL. Finishes what is queued, then ends the threads. */
void store_pool_free(struct store_pool **pool);
/* fn(arg) in one of the threads. Any thread may call. Never blocks, never fails: callers bound what they queue. */
void store_pool_submit(struct store_pool *pool, void (*fn)(void *arg), void *arg);
/* Jobs waiting and running. */
uint32_t store_pool_depth(struct store_pool *pool);
/* Blocks until nothing is queued or running (tests, shutdown). */
void store_pool_drain(struct store_pool *pool);

#endif
