/* SPDX-License-Identifier: MIT */
/*
 * One byte range of a representation, and the conditions on it. Must not know where the bytes are.
 *
 * Range = "bytes=" ( first "-" [ last ] / "-" suffix )
 * If-Range = entity-tag / HTTP-date; only our own strong tag matches, a date never does.
 */
#include "http/range.h"

#include "base/text.h"

static const struct http_range WHOLE = { .kind = HTTP_RANGE_WHOLE };

static struct http_range
part(uint64_t offset, uint64_t last)
{
	return (struct http_range){ .kind = HTTP_RANGE_PART, .offset = offset, .length = last - offset + 1 };
}

static struct http_range
suffix_range(struct view digits, uint64_t size)
{
	uint64_t n;
	if (text_u64(digits, UINT64_MAX, &n) != 0)
		return WHOLE;
	if (n == 0 || size == 0)
		return (struct http_range){ .kind = HTTP_RANGE_UNSATISFIABLE };
	return part(n < size ? size - n : 0, size - 1);
}

static struct http_range
first_last_range(struct view first_text, struct view last_text, uint64_t size)
{
	uint64_t first, last = UINT64_MAX;
	if (text_u64(first_text, UINT64_MAX, &first) != 0)
		return WHOLE;
	if (last_text.len > 0 && (text_u64(last_text, UINT64_MAX, &last) != 0 || last < first))
		return WHOLE;
	if (first >= size)
		return (struct http_range){ .kind = HTTP_RANGE_UNSATISFIABLE };
	return part(first, last < size ? last : size - 1);
}

struct http_range
http_range_of(struct view range, struct view if_range, struct view etag, uint64_t size)
{
	static const struct view UNIT = { (const uint8_t *)"bytes=", 6 };
	if (range.data == NULL || !view_equal_nocase(view_slice(range, 0, UNIT.len), UNIT))
		return WHOLE;
	if (if_range.data != NULL && !view_equal(if_range, etag))
		return WHOLE;
	struct view spec = view_slice(range, UNIT.len, range.len);
	size_t dash = view_find(spec, '-');
	if (dash == spec.len)
		return WHOLE;
	struct view first = view_slice(spec, 0, dash), last = view_slice(spec, dash + 1, spec.len);
	return first.len == 0 ? suffix_range(last, size) : first_last_range(first, last, size);
}

static struct view
trim(struct view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = view_slice(v, 1, v.len);
	while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
		v.len--;
	return v;
}

bool
http_range_is_match(struct view if_none_match, struct view etag)
{
	struct view rest = if_none_match;
	if (rest.data == NULL)
		return false;
	if (view_equal_str(trim(rest), "*"))
		return true;
	/* Our tags hold no comma, so splitting at commas finds them. */
	while (rest.len > 0) {
		size_t comma = view_find(rest, ',');
		struct view tag = trim(view_slice(rest, 0, comma));
		if (view_starts(tag, VIEW_LIT("W/")))
			tag = view_slice(tag, 2, tag.len);
		if (view_equal(tag, etag))
			return true;
		rest = view_slice(rest, comma + 1, rest.len);
	}
	return false;
}
