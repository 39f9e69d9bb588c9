/* SPDX-License-Identifier: MIT */
/*
 * Memory of one request or session, freed at once. Zeroed. Born with a maximum: arena_alloc() past it
 * panics (our bug), arena_try() returns NULL (sizes that a peer chooses). The maximum counts what was given
 * out, rounded to 16 bytes; what the heap gives for it is at most about twice that. No secrets.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/view.h"

struct arena;

struct arena *arena_new(size_t max_bytes);
/* Takes *a, accepts NULL, clears it. */
void arena_free(struct arena **a);
/* Empties, keeps one block for the next use. */
void arena_reset(struct arena *a);
size_t arena_used(const struct arena *a);
void *arena_alloc(struct arena *a, size_t n);
void *arena_try(struct arena *a, size_t n);
/* A NUL-terminated copy; the view must hold no NUL (panic). */
char *arena_str(struct arena *a, struct view v);
struct view arena_dup(struct arena *a, struct view v);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
