/* SPDX-License-Identifier: MIT */
/*
 * Memory that lives and dies together: a list of blocks, carved from the newest. Owns the accounting
 * against the maximum, so that what a peer makes us unpack is bounded. One arena per request or session.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"

#define ALIGNMENT alignof(max_align_t)
#define BLOCK_FIRST 2048
#define BLOCK_LARGEST (64 * 1024)

struct block {
	struct block *next;      /* older */
	size_t size;
	size_t used;
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *newest;
	size_t used;             /* bytes given out, rounded to the alignment; never above max */
	size_t max;
	size_t next_size;
};

struct arena *
arena_new(size_t max_bytes)
{
	require(max_bytes <= PTRDIFF_MAX);
	struct arena *a = mem_alloc(sizeof(*a));
	a->max = max_bytes;
	a->next_size = BLOCK_FIRST;
	return a;
}

/* Frees this block and all older ones. */
static void
free_blocks(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;
		mem_free(&b);
		b = next;
	}
}

void
arena_free(struct arena **a)
{
	if (*a == NULL)
		return;
	free_blocks((*a)->newest);
	mem_free(a);
}

void
arena_reset(struct arena *a)
{
	struct block *keep = a->newest;
	if (keep != NULL && keep->size > BLOCK_LARGEST) {
		free_blocks(keep);
		a->newest = NULL;
	} else if (keep != NULL) {
		free_blocks(keep->next);
		keep->next = NULL;
		memset(keep->data, 0, keep->used);
		keep->used = 0;
	}
	a->used = 0;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

static void
add_block(struct arena *a, size_t n)
{
	size_t size = n > a->next_size ? n : a->next_size;
	struct block *b = mem_alloc(sizeof(*b) + size);
	b->size = size;
	b->next = a->newest;
	a->newest = b;
	if (a->next_size < BLOCK_LARGEST)
		a->next_size *= 2;
}

void *
arena_try(struct arena *a, size_t n)
{
	if (n > a->max)
		return NULL;
	size_t rounded = n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (rounded > a->max - a->used)
		return NULL;
	if (a->newest == NULL || rounded > a->newest->size - a->newest->used)
		add_block(a, rounded);
	void *p = a->newest->data + a->newest->used;
	a->newest->used += rounded;
	a->used += rounded;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_try(a, n);
	if (p == NULL)
		panic("arena of %zu bytes has no room for %zu", a->max, n);
	return p;
}

char *
arena_str(struct arena *a, struct view v)
{
	require(view_find(v, 0) == v.len);
	char *s = arena_alloc(a, v.len + 1);
	if (v.len != 0)
		memcpy(s, v.data, v.len);
	return s;
}

struct view
arena_dup(struct arena *a, struct view v)
{
	void *p = arena_alloc(a, v.len);
	if (v.len != 0)
		memcpy(p, v.data, v.len);
	return view_of(p, v.len);
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	require(n >= 0);
	char *s = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}
