/* SPDX-License-Identifier: MIT */
/*
 * The small parsers of field values, path segments and addresses. The first byte chooses one.
 */
#include "base/cursor.h"
#include "base/fatal.h"
#include "base/text.h"
#include "event/address.h"
#include "fuzz/fuzz.h"
#include "http/cookie.h"
#include "http/head.h"
#include "http/range.h"
#include "http/token.h"

static void
try_cookie(struct view v)
{
	struct view value;
	if (http_cookie_find(v, "__Host-session", &value) != 0)
		return;
	require(value.len <= HTTP_COOKIE_VALUE_MAX && value.data >= v.data && value.data + value.len <= v.data + v.len);
	require(!text_has_control(value) && view_find(value, ';') == value.len);
}

static void
try_range(struct view v)
{
	struct cursor c = cursor_of(v);
	uint64_t size = cursor_u64(&c);
	if (c.err != 0)
		return;
	struct http_range r = http_range_of(c.rest, view_of(NULL, 0), VIEW_LIT("\"tag\""), size);
	require(r.kind != HTTP_RANGE_PART || (r.length > 0 && r.length <= size && r.offset <= size - r.length));
	/* another version than the one that was begun: the whole */
	r = http_range_of(c.rest, VIEW_LIT("\"other\""), VIEW_LIT("\"tag\""), size);
	require(r.kind == HTTP_RANGE_WHOLE);
}

static void
try_if_none_match(struct view v)
{
	if (http_range_is_match(v, VIEW_LIT("\"tag\"")))
		require(view_equal_str(v, "*") || view_find(v, '"') < v.len || view_find(v, '*') < v.len);
}

static void
try_token(struct view v)
{
	struct view token;
	if (http_token_bearer(v, &token) == 0)
		require(token.len > 0 && token.len <= HTTP_TOKEN_MAX && !text_has_control(token) &&
		    view_find(token, ' ') == token.len);
}

static void
try_decode(struct view v)
{
	struct view with, without;
	struct arena *arena = arena_new(2 * v.len + 256);
	int err = http_head_decode(v, true, arena, &with);
	if (err == 0)
		require(with.len <= v.len && text_is_utf8(with) && !text_has_control(with));
	if (http_head_decode(v, false, arena, &without) == 0)
		require(err == 0 && view_equal(with, without));
	arena_free(&arena);
}

static void
try_address(struct view v)
{
	struct event_address a, b;
	if (event_address_parse(v, 443, &a) != 0)
		return;
	struct event_address_text text = event_address_text(&a);
	require(event_address_parse(view_str(text.s), 443, &b) == 0 && event_address_equal(&a, &b));
	require(event_address_is_special(&a) || !event_address_is_loopback(&a));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct view v) = {
		try_cookie, try_range, try_if_none_match, try_token, try_decode, try_address,
	};
	if (size > 0)
		tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](view_of(data + 1, size - 1));
	return 0;
}
