/* SPDX-License-Identifier: MIT */
/*
 * Counts of connections by address prefix: a chained hash table with a random seed (peers choose their
 * addresses), grown with the number of entries, an entry removed with its last connection.
 */
#include "event/limiter.h"

#include <string.h>
#include <sys/random.h>

#include "base/fatal.h"
#include "base/mem.h"

#define BUCKETS_FIRST 64

struct entry {
	struct entry *next;
	struct event_address prefix;
	uint32_t count;
};

struct event_limiter {
	const struct network_list *exempt;   /* NULL: none */
	uint32_t total_max, prefix_max;
	uint32_t total;
	uint64_t seed;
	struct entry **buckets;
	size_t n_buckets;        /* a power of two */
	size_t n_entries;
};

struct event_limiter *
event_limiter_new(uint32_t total_max, uint32_t prefix_max)
{
	struct event_limiter *l = mem_alloc(sizeof(*l));
	event_limiter_set(l, total_max, prefix_max);
	require(getrandom(&l->seed, sizeof(l->seed), 0) == (ssize_t)sizeof(l->seed));
	l->n_buckets = BUCKETS_FIRST;
	l->buckets = mem_array(l->n_buckets, sizeof(l->buckets[0]));
	return l;
}

void
event_limiter_free(struct event_limiter **l)
{
	if (*l == NULL)
		return;
	require((*l)->total == 0);
	mem_free(&(*l)->buckets);
	mem_free(l);
}

void
event_limiter_set(struct event_limiter *l, uint32_t total_max, uint32_t prefix_max)
{
	require(total_max > 0 && prefix_max > 0);
	l->total_max = total_max;
	l->prefix_max = prefix_max;
}

/* Multiply and fold with a secret odd factor: enough against chosen addresses, whose number the total bounds. */
static size_t
bucket_of(const struct event_limiter *l, const struct event_address *prefix)
{
	uint64_t words[2];
	memcpy(words, prefix->ip, sizeof(words));
	uint64_t h = (words[0] ^ l->seed) * (l->seed | 1);
	h ^= h >> 32;
	h = (h ^ words[1]) * (l->seed | 1);
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15ULL;
	return (size_t)(h >> 32) & (l->n_buckets - 1);
}

static struct entry **
find(struct event_limiter *l, const struct event_address *prefix)
{
	struct entry **at = &l->buckets[bucket_of(l, prefix)];
	while (*at != NULL && !event_address_equal(&(*at)->prefix, prefix))
		at = &(*at)->next;
	return at;
}

static void
grow(struct event_limiter *l)
{
	struct entry **old = l->buckets;
	size_t n_old = l->n_buckets;
	l->n_buckets *= 2;
	l->buckets = mem_array(l->n_buckets, sizeof(l->buckets[0]));
	for (size_t i = 0; i < n_old; i++) {
		while (old[i] != NULL) {
			struct entry *e = old[i];
			old[i] = e->next;
			struct entry **to = &l->buckets[bucket_of(l, &e->prefix)];
			e->next = *to;
			*to = e;
		}
	}
	mem_free(&old);
}

/* A peer on a local socket has no address to count by. */
static bool
is_counted(const struct event_limiter *l, const struct event_address *peer)
{
	static const struct event_address NONE;
	return memcmp(peer->ip, NONE.ip, sizeof(NONE.ip)) != 0 && (l->exempt == NULL || !network_list_has(l->exempt, peer->ip));
}

void
event_limiter_exempt(struct event_limiter *l, const struct network_list *networks)
{
	require(l->total == 0);
	l->exempt = networks;
}

int
event_limiter_enter(struct event_limiter *l, const struct event_address *peer)
{
	if (l->total >= l->total_max)
		return ERR_BUSY;
	if (is_counted(l, peer)) {
		struct event_address prefix = event_address_prefix(peer);
		struct entry **at = find(l, &prefix);
		if (*at != NULL && (*at)->count >= l->prefix_max)
			return ERR_LIMIT;
		if (*at == NULL) {
			if (l->n_entries == l->n_buckets) {
				grow(l);
				at = find(l, &prefix);
			}
			*at = mem_alloc(sizeof(**at));
			(*at)->prefix = prefix;
			l->n_entries++;
		}
		(*at)->count++;
	}
	l->total++;
	return 0;
}

void
event_limiter_leave(struct event_limiter *l, const struct event_address *peer)
{
	require(l->total > 0);
	l->total--;
	if (!is_counted(l, peer))
		return;
	struct event_address prefix = event_address_prefix(peer);
	struct entry **at = find(l, &prefix);
	require(*at != NULL);
	if (--(*at)->count == 0) {
		struct entry *e = *at;
		*at = e->next;
		mem_free(&e);
		l->n_entries--;
	}
}

uint32_t
event_limiter_count(const struct event_limiter *l)
{
	return l->total;
}
