/* SPDX-License-Identifier: MIT */
/*
 * The heap. Owns the decision that running out of memory ends the process; the only file of the tree
 * that calls malloc's family. Everybody calls it.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/fatal.h"

static size_t
product(size_t count, size_t size)
{
	size_t n;
	if (__builtin_mul_overflow(count, size, &n) || n > PTRDIFF_MAX)
		panic("allocation of %zu * %zu bytes", count, size);
	return n == 0 ? 1 : n;
}

void *
mem_array(size_t count, size_t size)
{
	size_t n = product(count, size);
	void *p = calloc(1, n);
	if (p == NULL)
		fatal(EX_OSERR, "out of memory: %zu bytes", n);
	return p;
}

void *
mem_alloc(size_t n)
{
	return mem_array(1, n);
}

void *
mem_resize(void *p, size_t count, size_t size)
{
	size_t n = product(count, size);
	void *q = realloc(p, n);
	if (q == NULL)
		fatal(EX_OSERR, "out of memory: %zu bytes", n);
	return q;
}

void *
mem_dup(const void *p, size_t n)
{
	void *q = mem_alloc(n);
	if (n != 0)
		memcpy(q, p, n);
	return q;
}

char *
mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s) + 1);
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	require(n >= 0);
	char *s = mem_alloc((size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}

void
mem_free_at(void **p)
{
	free(*p);
	*p = NULL;
}
