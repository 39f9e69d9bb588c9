/* SPDX-License-Identifier: MIT */
/*
 * Unwrapped data keys, the ones used last, in one locked slab of secret memory. Thread-safe.
 */
#ifndef STORE_KEY_CACHE_H
#define STORE_KEY_CACHE_H

#include <stdint.h>

#include "crypt/secret.h"

struct store_key_cache;

/* capacity: keys held at most (>= 1). Returns owned. */
struct store_key_cache *store_key_cache_new(uint32_t capacity);
/* Takes *cache, accepts NULL; overwrites everything. */
void store_key_cache_free(struct store_key_cache **cache);
/* A copy (owned by the caller), or NULL. */
struct secret *store_key_cache_get(struct store_key_cache *cache, uint32_t number, uint64_t generation);
/* Before a key is read from disk; goes into _put(). */
uint64_t store_key_cache_epoch(struct store_key_cache *cache);
/* Keeps a copy, in place of the one unused for longest. Does nothing if anything was dropped since epoch: the key may
 * have been destroyed while it was read. */
void store_key_cache_put(struct store_key_cache *cache, uint32_t number, uint64_t generation, const struct secret *key,
    uint64_t epoch);
/* Overwrites the key of this slot. */
void store_key_cache_drop(struct store_key_cache *cache, uint32_t number);

#endif
