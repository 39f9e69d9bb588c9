/* SPDX-License-Identifier: MIT */
/*
 * Writer and reader of event streams. The server writes (web/events.c), clients read (api/follow.c).
 *
 *   stream  = [ BOM ] *( *( comment / field ) end-of-line )
 *   comment = ":" *any end-of-line
 *   field   = name [ ":" [ " " ] *any ] end-of-line
 *   end-of-line = CR LF / CR / LF
 */
#include "http/sse.h"

#include <inttypes.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"

#define RETRY_MAX_MS 3600000U
static const char BOM[] = "\xef\xbb\xbf";

/* --- writing */

static bool
is_one_line(struct view v)
{
	return view_find(v, '\n') == v.len && view_find(v, '\r') == v.len && view_find(v, '\0') == v.len;
}

static int
write_field(struct buf *out, const char *name, struct view value)
{
	if (value.len == 0)
		return 0;
	require(is_one_line(value));
	return buf_printf(out, "%s: %.*s\n", name, VIEW_FMT(value));
}

static int
write_data(struct buf *out, struct view data)
{
	int err = 0;
	while (err == 0 && data.len > 0) {
		size_t end = view_find(data, '\n');
		struct view line = view_slice(data, 0, end);
		require(is_one_line(line));
		err = buf_append_str(out, "data: ");
		if (err == 0)
			err = buf_append_view(out, line);
		if (err == 0)
			err = buf_append_str(out, "\n");
		data = view_slice(data, end + 1, data.len);
	}
	return err;
}

int
http_sse_write(struct buf *out, const struct http_sse_event *e)
{
	int err = write_field(out, "id", e->id);
	if (err == 0)
		err = write_field(out, "event", e->name);
	if (err == 0)
		err = write_data(out, e->data);
	return err == 0 ? buf_append_str(out, "\n") : err;
}

int
http_sse_write_retry(struct buf *out, uint32_t retry_ms)
{
	return buf_printf(out, "retry: %" PRIu32 "\n\n", retry_ms);
}

/* --- reading */

struct http_sse_reader {
	const struct http_sse_reader_handler *handler;
	void *arg;
	struct buf line;         /* what has come of it */
	struct buf data;         /* of the event so far, a line feed behind each line */
	struct buf name;
	struct buf id;           /* of the event so far, else the last one */
	struct buf last_id;      /* of the last event that was whole */
	bool has_line;           /* a line has ended: a BOM would be one no more */
	bool was_cr;             /* a line feed now belongs to the line that has ended */
};

struct http_sse_reader *
http_sse_reader_new(const struct http_sse_reader_handler *handler, void *arg)
{
	struct http_sse_reader *r = mem_alloc(sizeof(*r));
	r->handler = handler;
	r->arg = arg;
	buf_init(&r->line, HTTP_SSE_LINE_MAX);
	buf_init(&r->data, HTTP_SSE_DATA_MAX);
	buf_init(&r->name, HTTP_SSE_LINE_MAX);
	buf_init(&r->id, HTTP_SSE_ID_MAX);
	buf_init(&r->last_id, HTTP_SSE_ID_MAX);
	return r;
}

void
http_sse_reader_free(struct http_sse_reader **r)
{
	if (*r == NULL)
		return;
	buf_deinit(&(*r)->line);
	buf_deinit(&(*r)->data);
	buf_deinit(&(*r)->name);
	buf_deinit(&(*r)->id);
	buf_deinit(&(*r)->last_id);
	mem_free(r);
}

void
http_sse_reader_restart(struct http_sse_reader *r)
{
	buf_clear(&r->line);
	buf_clear(&r->data);
	buf_clear(&r->name);
	buf_clear(&r->id);
	require(buf_append_view(&r->id, buf_view(&r->last_id)) == 0);
	r->has_line = r->was_cr = false;
}

struct view
http_sse_reader_last_id(const struct http_sse_reader *r)
{
	return buf_view(&r->last_id);
}

static int
on_data(struct http_sse_reader *r, struct view value)
{
	int err = buf_append_view(&r->data, value);
	return err == 0 ? buf_append_u8(&r->data, '\n') : err;
}

static int
on_name(struct http_sse_reader *r, struct view value)
{
	buf_clear(&r->name);
	return buf_append_view(&r->name, value);
}

static int
on_id(struct http_sse_reader *r, struct view value)
{
	if (view_find(value, '\0') != value.len)
		return 0;
	buf_clear(&r->id);
	return buf_append_view(&r->id, value);
}

/* Digits only; what is no number is ignored. */
static int
on_retry(struct http_sse_reader *r, struct view value)
{
	uint64_t ms;
	if (r->handler->retry != NULL && text_u64(value, RETRY_MAX_MS, &ms) == 0)
		r->handler->retry(r->arg, (uint32_t)ms);
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct http_sse_reader *r, struct view value);
} FIELDS[] = {
	{ "data", on_data }, { "event", on_name }, { "id", on_id }, { "retry", on_retry },
};

/* The empty line: an event, unless there is no data. */
static int
dispatch(struct http_sse_reader *r)
{
	struct http_sse_event e = { .id = buf_view(&r->id), .name = buf_view(&r->name), .data = buf_view(&r->data) };
	int err = 0;
	buf_clear(&r->last_id);
	require(buf_append_view(&r->last_id, e.id) == 0);
	if (e.data.len > 0) {
		e.data.len--;
		err = r->handler->event(r->arg, &e);
	}
	buf_clear(&r->data);
	buf_clear(&r->name);
	return err;
}

static int
end_line(struct http_sse_reader *r)
{
	struct view line = buf_view(&r->line);
	if (!r->has_line && view_starts(line, view_str(BOM)))
		line = view_slice(line, sizeof(BOM) - 1, line.len);
	r->has_line = true;
	if (!text_is_utf8(line))
		return ERR_SYNTAX;
	if (line.len == 0)
		return dispatch(r);
	size_t colon = view_find(line, ':');
	struct view name = view_slice(line, 0, colon), value = view_slice(line, colon + 1, line.len);
	if (value.len > 0 && value.data[0] == ' ')
		value = view_slice(value, 1, value.len);
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++)
		if (view_equal_str(name, FIELDS[i].name))
			return FIELDS[i].take(r, value);
	return 0;        /* a comment, or a field of a later version */
}

/* Up to the next line end. */
static struct view
rest_of_line(struct view bytes)
{
	size_t lf = view_find(bytes, '\n'), cr = view_find(bytes, '\r');
	return view_slice(bytes, 0, lf < cr ? lf : cr);
}

int
http_sse_reader_feed(struct http_sse_reader *r, struct view bytes)
{
	int err = 0;
	while (err == 0 && bytes.len > 0) {
		if (r->was_cr && bytes.data[0] == '\n')
			bytes = view_slice(bytes, 1, bytes.len);
		r->was_cr = false;
		struct view part = rest_of_line(bytes);
		err = buf_append_view(&r->line, part);
		if (err != 0 || part.len == bytes.len)
			break;
		r->was_cr = bytes.data[part.len] == '\r';
		bytes = view_slice(bytes, part.len + 1, bytes.len);
		err = end_line(r);
		buf_clear(&r->line);
	}
	return err;
}
