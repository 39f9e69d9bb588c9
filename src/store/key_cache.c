/* SPDX-License-Identifier: MIT */
/*
 * A hash table of fixed size with the list of use through it. Keys lie in one secret; the rest is no secret. At most one
 * generation of a slot is held. Called by keys.c.
 */
#include "store/key_cache.h"

#include <pthread.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"

#define NONE UINT32_MAX

struct entry {
	uint32_t number;
	uint32_t chain;           /* next of the same bucket */
	uint32_t newer, older;    /* list of use */
	uint64_t generation;
};

struct store_key_cache {
	pthread_mutex_t lock;
	uint32_t capacity, used;
	uint32_t newest, oldest;
	uint64_t epoch;           /* drops so far */
	uint32_t *buckets;        /* capacity of them */
	struct entry *entries;
	struct secret *slab;      /* capacity * CRYPT_KEY_BYTES */
};

struct store_key_cache *
store_key_cache_new(uint32_t capacity)
{
	require(capacity >= 1);
	struct store_key_cache *c = mem_alloc(sizeof(*c));
	require(pthread_mutex_init(&c->lock, NULL) == 0);
	c->capacity = capacity;
	c->newest = c->oldest = NONE;
	c->buckets = mem_array(capacity, sizeof(*c->buckets));
	memset(c->buckets, 0xff, capacity * sizeof(*c->buckets));
	c->entries = mem_array(capacity, sizeof(*c->entries));
	c->slab = secret_new((size_t)capacity * CRYPT_KEY_BYTES);
	return c;
}

void
store_key_cache_free(struct store_key_cache **cache)
{
	struct store_key_cache *c = *cache;
	if (c == NULL)
		return;
	secret_free(&c->slab);
	mem_free(&c->entries);
	mem_free(&c->buckets);
	pthread_mutex_destroy(&c->lock);
	mem_free(cache);
}

static uint8_t *
key_of(struct store_key_cache *c, uint32_t i)
{
	return secret_bytes(c->slab) + (size_t)i * CRYPT_KEY_BYTES;
}

static uint32_t
find(const struct store_key_cache *c, uint32_t number)
{
	uint32_t i = c->buckets[number % c->capacity];
	while (i != NONE && c->entries[i].number != number)
		i = c->entries[i].chain;
	return i;
}

static void
unlink_use(struct store_key_cache *c, uint32_t i)
{
	struct entry *e = &c->entries[i];
	*(e->newer == NONE ? &c->newest : &c->entries[e->newer].older) = e->older;
	*(e->older == NONE ? &c->oldest : &c->entries[e->older].newer) = e->newer;
}

static void
link_newest(struct store_key_cache *c, uint32_t i)
{
	struct entry *e = &c->entries[i];
	e->newer = NONE;
	e->older = c->newest;
	*(c->newest == NONE ? &c->oldest : &c->entries[c->newest].newer) = i;
	c->newest = i;
}

static void
link_oldest(struct store_key_cache *c, uint32_t i)
{
	struct entry *e = &c->entries[i];
	e->older = NONE;
	e->newer = c->oldest;
	*(c->oldest == NONE ? &c->newest : &c->entries[c->oldest].older) = i;
	c->oldest = i;
}

static void
unlink_bucket(struct store_key_cache *c, uint32_t i)
{
	uint32_t *at = &c->buckets[c->entries[i].number % c->capacity];
	while (*at != NONE && *at != i)
		at = &c->entries[*at].chain;
	if (*at == i)
		*at = c->entries[i].chain;
	c->entries[i].chain = NONE;
}

struct secret *
store_key_cache_get(struct store_key_cache *c, uint32_t number, uint64_t generation)
{
	struct secret *key = NULL;
	pthread_mutex_lock(&c->lock);
	uint32_t i = find(c, number);
	if (i != NONE && c->entries[i].generation == generation) {
		key = secret_from_view(view_of(key_of(c, i), CRYPT_KEY_BYTES));
		unlink_use(c, i);
		link_newest(c, i);
	}
	pthread_mutex_unlock(&c->lock);
	return key;
}

uint64_t
store_key_cache_epoch(struct store_key_cache *c)
{
	pthread_mutex_lock(&c->lock);
	uint64_t epoch = c->epoch;
	pthread_mutex_unlock(&c->lock);
	return epoch;
}

/* An entry for number: its own, a fresh one, or the one unused for longest. In no list of use. */
static uint32_t
take_entry(struct store_key_cache *c, uint32_t number)
{
	uint32_t i = find(c, number);
	if (i != NONE) {
		unlink_use(c, i);
		return i;
	}
	if (c->used < c->capacity) {
		i = c->used++;
	} else {
		i = c->oldest;
		unlink_use(c, i);
		unlink_bucket(c, i);
	}
	c->entries[i].number = number;
	c->entries[i].chain = c->buckets[number % c->capacity];
	c->buckets[number % c->capacity] = i;
	return i;
}

void
store_key_cache_put(struct store_key_cache *c, uint32_t number, uint64_t generation, const struct secret *key,
    uint64_t epoch)
{
	require(secret_len(key) == CRYPT_KEY_BYTES);
	pthread_mutex_lock(&c->lock);
	if (epoch == c->epoch) {
		uint32_t i = take_entry(c, number);
		c->entries[i].generation = generation;
		memcpy(key_of(c, i), secret_view(key).data, CRYPT_KEY_BYTES);
		link_newest(c, i);
	}
	pthread_mutex_unlock(&c->lock);
}

void
store_key_cache_drop(struct store_key_cache *c, uint32_t number)
{
	pthread_mutex_lock(&c->lock);
	c->epoch++;
	uint32_t i = find(c, number);
	if (i != NONE) {
		secret_wipe(key_of(c, i), CRYPT_KEY_BYTES);
		/* generations are random, none is 0: the entry answers nobody and is taken next */
		c->entries[i].generation = 0;
		unlink_use(c, i);
		link_oldest(c, i);
	}
	pthread_mutex_unlock(&c->lock);
}
