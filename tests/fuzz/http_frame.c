/* SPDX-License-Identifier: MIT */
/*
 * http/frame.h behind http/head.h, as the server has them: where a body ends does not depend on how its bytes arrive.
 * The input is a whole request and whatever follows it.
 */
#include "base/buf.h"
#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "http/frame.h"
#include "http/head.h"

#define ARENA_MAX ((size_t)64 * 1024)

struct outcome {
	int err;
	bool is_complete;
	size_t used;
	struct buf body;
};

static int
take(void *arg, struct view bytes)
{
	struct outcome *o = arg;
	return buf_append_view(&o->body, bytes);
}

static void
run(struct view head, const struct http_head *h, struct view rest, size_t step, struct outcome *o)
{
	buf_init(&o->body, rest.len);
	o->used = 0;
	struct http_frame *f = http_frame_new(take, o);
	o->err = http_frame_head(f, head, h->is_chunked, h->length);
	while (o->err == 0 && !http_frame_is_complete(f) && o->used < rest.len) {
		size_t n = 0;
		struct view piece = view_slice(rest, o->used, step);
		o->err = http_frame_feed(f, piece, &n);
		require(n <= piece.len);
		require(o->err != 0 || n == piece.len || http_frame_is_complete(f));
		o->used += n;
	}
	o->is_complete = o->err == 0 && http_frame_is_complete(f);
	http_frame_free(&f);
}

static void
compare(const struct http_head *h, const struct outcome *a, const struct outcome *b)
{
	require((a->err == 0) == (b->err == 0));
	if (a->err != 0)
		return;
	require(a->is_complete == b->is_complete && a->used == b->used);
	require(view_equal(buf_view(&a->body), buf_view(&b->body)));
	if (!h->is_chunked) {
		require(a->used == a->body.len && a->used <= h->length);
		require(a->is_complete == (a->used == h->length));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view bytes = view_of(data, size);
	const char *reason;
	size_t len = 0;
	if (http_head_find_end(bytes, &len) != 0 || len == 0)
		return 0;
	struct view head = view_slice(bytes, 0, len), rest = view_slice(bytes, len, size);
	struct http_head h;
	struct arena *arena = arena_new(ARENA_MAX);
	if (http_head_parse(head, arena, &h, &reason) == 0) {
		struct outcome whole, single, odd;
		run(head, &h, rest, SIZE_MAX, &whole);
		run(head, &h, rest, 1, &single);
		run(head, &h, rest, 7, &odd);
		/* the two readers of a head agree */
		require(rest.len > 0 || whole.err == 0);
		compare(&h, &whole, &single);
		compare(&h, &whole, &odd);
		buf_deinit(&whole.body);
		buf_deinit(&single.body);
		buf_deinit(&odd.body);
	}
	arena_free(&arena);
	return 0;
}
