/* SPDX-License-Identifier: MIT */
/*
 * base/text.h and base/id.h: the decoders accept exactly one spelling, and what is escaped is fit to be printed.
 */
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

static void
try_fixed(struct view v)
{
	char *again = mem_alloc(v.len + 8);
	uint8_t *raw = mem_alloc(v.len + 1);
	size_t n32 = v.len * 5 / 8, n16 = v.len / 2;
	struct id id;
	if (text_unbase32(v, raw, n32) == 0) {
		text_base32(view_of(raw, n32), again);
		require(view_equal_str(v, again));
	}
	if (text_unhex(v, raw, n16) == 0) {
		text_hex(view_of(raw, n16), again);
		require(view_equal_str(v, again));
	}
	if (id_parse(v, &id) == 0)
		require(view_equal_str(v, id_text(&id).s));
	mem_free(&again);
	mem_free(&raw);
}

static void
try_base64(struct view v)
{
	struct buf raw, again;
	buf_init(&raw, v.len);
	buf_init(&again, v.len);
	if (text_unbase64(v, &raw) == 0) {
		require(text_base64(&again, buf_view(&raw)) == 0);
		require(view_equal(buf_view(&again), v));
	}
	buf_clear(&raw);
	buf_clear(&again);
	if (text_unbase64url(v, &raw) == 0) {
		require(text_base64url(&again, buf_view(&raw)) == 0);
		require(view_equal(buf_view(&again), v));
	}
	buf_deinit(&raw);
	buf_deinit(&again);
}

static void
try_number(struct view v)
{
	uint64_t n = 0;
	char again[32];
	if (text_u64(v, UINT64_MAX, &n) == 0) {
		snprintf(again, sizeof(again), "%llu", (unsigned long long)n);
		require(view_equal_str(v, again));
		require(n == 0 || text_u64(v, n - 1, &n) == ERR_LIMIT);
	}
}

static void
try_escape(struct view v)
{
	struct buf out;
	buf_init(&out, TEXT_ESCAPE_MAX * v.len);
	require(text_escape(&out, v) == 0);
	require(text_is_utf8(buf_view(&out)) && !text_has_control(buf_view(&out)));
	buf_deinit(&out);
	bool is_valid = true;
	for (struct view rest = v; rest.len > 0;) {
		size_t before = rest.len;
		is_valid &= text_next_codepoint(&rest) >= 0;
		require(rest.len < before);
	}
	require(is_valid == text_is_utf8(v));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = view_of(data, size);
	try_fixed(v);
	try_base64(v);
	try_number(v);
	try_escape(v);
	return 0;
}
