/* SPDX-License-Identifier: MIT */
/*
 * The growable byte run. Owns the growth rule (doubling, never above the maximum); knows no encoding
 * but big-endian integers. Everybody who composes bytes calls it.
 */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"

#define CAP_MIN 64

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_deinit(struct buf *b)
{
	mem_free(&b->data);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	b->len = 0;
}

void
buf_shrink(struct buf *b)
{
	if (b->len == 0) {
		buf_deinit(b);
	} else if (b->len < b->cap) {
		b->data = mem_resize(b->data, b->len, 1);
		b->cap = b->len;
	}
}

struct view
buf_view(const struct buf *b)
{
	return view_of(b->data, b->len);
}

int
buf_reserve(struct buf *b, size_t n, uint8_t **space_r)
{
	if (n > b->max - b->len)
		return ERR_LIMIT;
	size_t need = b->len + n;
	if (need > b->cap || b->data == NULL) {
		size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
		if (cap < need)
			cap = need;
		if (cap < CAP_MIN)
			cap = CAP_MIN < b->max ? CAP_MIN : b->max;
		b->data = mem_resize(b->data, cap, 1);
		b->cap = cap;
	}
	*space_r = b->data + b->len;
	return 0;
}

void
buf_commit(struct buf *b, size_t n)
{
	require(n <= b->cap - b->len);
	b->len += n;
}

int
buf_append(struct buf *b, const void *p, size_t n)
{
	uint8_t *space;
	int err = buf_reserve(b, n, &space);
	if (err != 0)
		return err;
	if (n != 0)
		memcpy(space, p, n);
	b->len += n;
	return 0;
}

int
buf_append_view(struct buf *b, struct view v)
{
	return buf_append(b, v.data, v.len);
}

int
buf_append_str(struct buf *b, const char *s)
{
	return buf_append_view(b, view_str(s));
}

/* The low n bytes of v, highest first. */
static int
append_uint(struct buf *b, uint64_t v, size_t n)
{
	uint8_t bytes[sizeof(v)];
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	return buf_append(b, bytes, n);
}

int
buf_append_u8(struct buf *b, uint8_t v)
{
	return append_uint(b, v, sizeof(v));
}

int
buf_append_u16(struct buf *b, uint16_t v)
{
	return append_uint(b, v, sizeof(v));
}

int
buf_append_u32(struct buf *b, uint32_t v)
{
	return append_uint(b, v, sizeof(v));
}

int
buf_append_u64(struct buf *b, uint64_t v)
{
	return append_uint(b, v, sizeof(v));
}

int
buf_append_block(struct buf *b, struct view v)
{
	size_t room = b->max - b->len;
	if (v.len > UINT32_MAX || room < sizeof(uint32_t) || v.len > room - sizeof(uint32_t))
		return ERR_LIMIT;
	int err = buf_append_u32(b, (uint32_t)v.len);
	return err != 0 ? err : buf_append_view(b, v);
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int err = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return err;
}

int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int measured = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	require(measured >= 0);
	size_t n = (size_t)measured;
	if (n > b->max - b->len)
		return ERR_LIMIT;
	/* vsnprintf() wants a NUL, for which a full buffer has no room. */
	char *text = mem_alloc(n + 1);
	(void)vsnprintf(text, n + 1, fmt, ap);
	int err = buf_append(b, text, n);
	mem_free(&text);
	return err;
}

void
buf_consume(struct buf *b, size_t n)
{
	require(n <= b->len);
	if (n != 0 && n < b->len)
		memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}
