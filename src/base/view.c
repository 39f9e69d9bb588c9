/* SPDX-License-Identifier: MIT */
/*
 * Borrowed byte runs. Knows nothing but memory; used everywhere.
 */
#include "base/view.h"

#include <string.h>


struct view
view_of(const void *data, size_t len)
{
	return (struct view){ data, len };
}

struct view
view_str(const char *s)
{
	return (struct view){ (const uint8_t *)s, s == NULL ? 0 : strlen(s) };
}

struct view
view_slice(struct view v, size_t offset, size_t len)
{
	if (offset >= v.len)
		return (struct view){ v.data, 0 };
	size_t rest = v.len - offset;
	return (struct view){ v.data + offset, len < rest ? len : rest };
}

bool
view_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
view_equal_str(struct view a, const char *s)
{
	return view_equal(a, view_str(s));
}

static uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool
view_equal_nocase(struct view a, struct view b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold(a.data[i]) != fold(b.data[i]))
			return false;
	return true;
}

bool
view_starts(struct view v, struct view prefix)
{
	return v.len >= prefix.len && view_equal(view_slice(v, 0, prefix.len), prefix);
}

int
view_compare(struct view a, struct view b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int d = n == 0 ? 0 : memcmp(a.data, b.data, n);
	if (d != 0)
		return d;
	return a.len < b.len ? -1 : a.len > b.len;
}

size_t
view_find(struct view v, uint8_t c)
{
	const uint8_t *at = v.len == 0 ? NULL : memchr(v.data, c, v.len);
	return at == NULL ? v.len : (size_t)(at - v.data);
}
