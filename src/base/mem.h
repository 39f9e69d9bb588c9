/* SPDX-License-Identifier: MIT */
/*
 * Heap memory that never fails: zeroed, fatal when the machine has none. Whatever grows with input has a
 * maximum of its own before it comes here. Secrets do not live here but in crypt/secret.h.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n bytes, zeroed; n = 0 gives a unique pointer. Owned by the caller, mem_free() it. */
void *mem_alloc(size_t n);
/* count * size zeroed bytes, the product checked. */
void *mem_array(size_t count, size_t size);
/* p grown or shrunk to count * size bytes; the bytes gained are zeroed only by the caller. */
void *mem_resize(void *p, size_t count, size_t size);
void *mem_dup(const void *p, size_t n);
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Frees *p and sets it to NULL; *p may be NULL. */
void mem_free_at(void **p);
#define mem_free(pp) mem_free_at((void **)(pp))

#endif
