/* SPDX-License-Identifier: MIT */
/*
 * The reader of bytes from outside. Never reads past its view and never forgets that it was short, so
 * that a parser may read a whole structure and ask once. Knows no format; parsers everywhere call it.
 */
#include "base/cursor.h"

#include <string.h>

struct cursor
cursor_of(struct view v)
{
	return (struct cursor){ .rest = v };
}

void
cursor_fail(struct cursor *c)
{
	c->err = ERR_SYNTAX;
	c->rest = view_of(NULL, 0);
}

struct view
cursor_bytes(struct cursor *c, size_t n)
{
	if (c->err != 0 || n > c->rest.len) {
		cursor_fail(c);
		return view_of(NULL, 0);
	}
	struct view v = view_slice(c->rest, 0, n);
	c->rest = view_slice(c->rest, n, c->rest.len);
	return v;
}

static uint64_t
read_uint(struct cursor *c, size_t n)
{
	struct view v = cursor_bytes(c, n);
	uint64_t value = 0;
	for (size_t i = 0; i < v.len; i++)
		value = value << 8 | v.data[i];
	return value;
}

uint8_t
cursor_u8(struct cursor *c)
{
	return (uint8_t)read_uint(c, sizeof(uint8_t));
}

uint16_t
cursor_u16(struct cursor *c)
{
	return (uint16_t)read_uint(c, sizeof(uint16_t));
}

uint32_t
cursor_u32(struct cursor *c)
{
	return (uint32_t)read_uint(c, sizeof(uint32_t));
}

uint64_t
cursor_u64(struct cursor *c)
{
	return read_uint(c, sizeof(uint64_t));
}

void
cursor_copy(struct cursor *c, void *out, size_t n)
{
	struct view v = cursor_bytes(c, n);
	if (n == 0)
		return;
	if (v.len == n)
		memcpy(out, v.data, n);
	else
		memset(out, 0, n);
}

struct view
cursor_block(struct cursor *c, size_t max)
{
	uint32_t n = cursor_u32(c);
	if (n > max)
		cursor_fail(c);
	return cursor_bytes(c, n);
}

void
cursor_expect(struct cursor *c, struct view literal)
{
	if (!view_equal(cursor_bytes(c, literal.len), literal))
		cursor_fail(c);
}

bool
cursor_is_empty(const struct cursor *c)
{
	return c->rest.len == 0;
}

int
cursor_end(const struct cursor *c)
{
	return c->err != 0 || c->rest.len != 0 ? ERR_SYNTAX : 0;
}
