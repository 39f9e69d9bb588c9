/* SPDX-License-Identifier: MIT */
/*
 * The reader of event streams. However a stream is cut into pieces (the first byte says how), it means the same; what was read
 * is read again as the same when it is written.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "http/sse.h"

#define SHOWN_MAX ((size_t)8 << 20)

struct seen {
	struct buf blocks;       /* id, name and data of every event */
	struct buf written;      /* the same as a stream */
};

static int
on_event(void *arg, const struct http_sse_event *e)
{
	struct seen *s = arg;
	require(e->id.len <= HTTP_SSE_ID_MAX && e->name.len <= HTTP_SSE_LINE_MAX && e->data.len <= HTTP_SSE_DATA_MAX);
	require(buf_append_block(&s->blocks, e->id) == 0 && buf_append_block(&s->blocks, e->name) == 0 &&
	    buf_append_block(&s->blocks, e->data) == 0);
	/* what begins with a blank, a NUL in a name and empty data cannot be written: the writer's own are none of these */
	if (view_find(e->name, 0) == e->name.len && view_find(e->data, 0) == e->data.len && e->data.len > 0)
		require(http_sse_write(&s->written, e) == 0);
	return 0;
}

static const struct http_sse_reader_handler HANDLER = { on_event, NULL };

static int
read_in(struct view stream, size_t piece, struct seen *s, struct buf *last_id)
{
	struct http_sse_reader *r = http_sse_reader_new(&HANDLER, s);
	int err = 0;
	buf_init(&s->blocks, SHOWN_MAX);
	buf_init(&s->written, SHOWN_MAX);
	buf_init(last_id, HTTP_SSE_ID_MAX);
	for (size_t at = 0; err == 0 && at < stream.len; at += piece)
		err = http_sse_reader_feed(r, view_slice(stream, at, piece));
	require(buf_append_view(last_id, http_sse_reader_last_id(r)) == 0);
	http_sse_reader_free(&r);
	return err;
}

static void
end(struct seen *s, struct buf *last_id)
{
	buf_deinit(&s->blocks);
	buf_deinit(&s->written);
	buf_deinit(last_id);
}

/* Written again, what was read is a stream. */
static void
read_again(struct view written)
{
	struct seen s;
	struct buf id;
	require(read_in(written, written.len, &s, &id) == 0);
	end(&s, &id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, cut;
	struct buf whole_id, cut_id;
	if (size < 2 || size > 256 * 1024)
		return 0;
	struct view stream = view_of(data + 1, size - 1);
	int err = read_in(stream, stream.len, &whole, &whole_id), cut_err = read_in(stream, 1 + data[0] % 32, &cut, &cut_id);
	require(err == cut_err || (err != 0 && cut_err != 0));
	if (err == 0) {
		require(view_equal(buf_view(&whole.blocks), buf_view(&cut.blocks)));
		require(view_equal(buf_view(&whole_id), buf_view(&cut_id)));
		read_again(buf_view(&whole.written));
	}
	end(&whole, &whole_id);
	end(&cut, &cut_id);
	return 0;
}
