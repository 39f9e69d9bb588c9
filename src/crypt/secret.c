/* SPDX-License-Identifier: MIT */
/*
 * Owner of secret memory. Small secrets (keys) are slots of slabs, large ones have an allocation of their own;
 * both are libsodium's: locked, left out of core dumps, between guard pages. A slot is overwritten when it
 * is freed and handed out zeroed. Slabs are kept for the life of the process. Knows nothing of what the
 * bytes are for.
 */
#include "crypt/secret.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sysexits.h>

#include "base/fatal.h"
#include "crypt/random.h"

#define SLOT_BYTES 96
#define SLAB_SLOTS 256

struct secret {
	size_t len;
	union {
		struct secret *next;   /* while the slot is free */
		uint64_t align;
		uint8_t first;         /* while in use: the first of len bytes */
	} u;
};

#define HEAD_BYTES offsetof(struct secret, u)
#define SLOT_MAX (SLOT_BYTES - HEAD_BYTES)

static pthread_mutex_t slab_lock = PTHREAD_MUTEX_INITIALIZER;
static struct secret *slab_free;   /* slots not in use, under slab_lock */

static void *
locked_memory(size_t n)
{
	void *p = sodium_malloc(n);
	if (p == NULL)
		fatal(EX_OSERR, "no memory for %zu secret bytes", n);
	memset(p, 0, n);
	return p;
}

/* Under slab_lock. */
static void
slab_grow(void)
{
	uint8_t *slab = locked_memory(SLOT_BYTES * SLAB_SLOTS);
	for (size_t i = SLAB_SLOTS; i-- > 0;) {
		struct secret *slot = (struct secret *)(void *)(slab + i * SLOT_BYTES);
		slot->u.next = slab_free;
		slab_free = slot;
	}
}

static struct secret *
slot_take(void)
{
	pthread_mutex_lock(&slab_lock);
	if (slab_free == NULL)
		slab_grow();
	struct secret *s = slab_free;
	slab_free = s->u.next;
	pthread_mutex_unlock(&slab_lock);
	s->u.next = NULL;
	return s;
}

static void
slot_give(struct secret *s)
{
	sodium_memzero(s, SLOT_BYTES);
	pthread_mutex_lock(&slab_lock);
	s->u.next = slab_free;
	slab_free = s;
	pthread_mutex_unlock(&slab_lock);
}

struct secret *
secret_new(size_t len)
{
	require(len <= SIZE_MAX / 2);
	/* an own allocation is aligned as its size is, so that is rounded up */
	size_t own = (HEAD_BYTES + len + 15) & ~(size_t)15;
	struct secret *s = len <= SLOT_MAX ? slot_take() : locked_memory(own);
	s->len = len;
	return s;
}

struct secret *
secret_from_view(struct view v)
{
	struct secret *s = secret_new(v.len);
	if (v.len > 0)
		memcpy(secret_bytes(s), v.data, v.len);
	return s;
}

struct secret *
secret_copy(const struct secret *s)
{
	return secret_from_view(secret_view(s));
}

struct secret *
secret_random(size_t len)
{
	struct secret *s = secret_new(len);
	crypt_random(secret_bytes(s), len);
	return s;
}

void
secret_free(struct secret **s)
{
	if (*s == NULL)
		return;
	if ((*s)->len <= SLOT_MAX)
		slot_give(*s);
	else
		sodium_free(*s);
	*s = NULL;
}

uint8_t *
secret_bytes(struct secret *s)
{
	return (uint8_t *)s + HEAD_BYTES;
}

struct view
secret_view(const struct secret *s)
{
	return view_of((const uint8_t *)s + HEAD_BYTES, s->len);
}

size_t
secret_len(const struct secret *s)
{
	return s->len;
}

void
secret_wipe(void *p, size_t n)
{
	if (n > 0)
		sodium_memzero(p, n);
}
