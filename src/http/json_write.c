/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON straight into a bounded buffer, without building a document first. Must not know what is
 * written. Handlers, problem bodies and the command line's --json use it.
 */
#include "http/json_write.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/text.h"

struct http_json_write
http_json_write_to(struct buf *out)
{
	return (struct http_json_write){ .out = out };
}

static void
put(struct http_json_write *w, struct view v)
{
	if (w->err == 0)
		w->err = buf_append_view(w->out, v);
}

/* How a quote, a backslash and what a terminal would obey are written; all of it is in the first plane. */
static void
put_escaped(struct http_json_write *w, int32_t c)
{
	static const char SHORT[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	for (size_t i = 0; i < sizeof(SHORT) - 1; i += 2) {
		if (SHORT[i + 1] == c) {
			char text[2] = { '\\', SHORT[i] };
			put(w, view_of(text, 2));
			return;
		}
	}
	if (w->err == 0)
		w->err = buf_printf(w->out, "\\u%04x", (unsigned)c);
}

static void
put_string(struct http_json_write *w, struct view v)
{
	if (!text_is_utf8(v)) {
		w->err = w->err == 0 ? ERR_SYNTAX : w->err;
		return;
	}
	put(w, VIEW_LIT("\""));
	struct view plain = v;           /* from here on nothing is escaped yet */
	while (v.len > 0) {
		struct view before = v;
		int32_t c = text_next_codepoint(&v);
		if (c != '"' && c != '\\' && !text_is_unsafe(c))
			continue;
		put(w, view_slice(plain, 0, plain.len - before.len));
		put_escaped(w, c);
		plain = v;
	}
	put(w, plain);
	put(w, VIEW_LIT("\""));
}

/* What stands before a value: comma, name. */
static void
begin(struct http_json_write *w, const char *name)
{
	require((name != NULL) == (w->depth > 0 && w->closers[w->depth - 1] == '}'));
	require(w->depth > 0 || !w->needs_comma);        /* one outermost value */
	if (w->needs_comma)
		put(w, VIEW_LIT(","));
	w->needs_comma = true;
	if (name != NULL) {
		put_string(w, view_str(name));
		put(w, VIEW_LIT(":"));
	}
}

static void
open_level(struct http_json_write *w, const char *name, const char *opener, char closer)
{
	begin(w, name);
	put(w, view_str(opener));
	require(w->depth < HTTP_JSON_WRITE_DEPTH_MAX);
	w->closers[w->depth++] = closer;
	w->needs_comma = false;
}

void
http_json_write_object(struct http_json_write *w, const char *name)
{
	open_level(w, name, "{", '}');
}

void
http_json_write_array(struct http_json_write *w, const char *name)
{
	open_level(w, name, "[", ']');
}

void
http_json_write_close(struct http_json_write *w)
{
	require(w->depth > 0);
	put(w, view_of(&w->closers[--w->depth], 1));
	w->needs_comma = true;
}

void
http_json_write_string(struct http_json_write *w, const char *name, struct view v)
{
	begin(w, name);
	put_string(w, v);
}

void
http_json_write_str(struct http_json_write *w, const char *name, const char *s)
{
	http_json_write_string(w, name, view_str(s));
}

void
http_json_write_u64(struct http_json_write *w, const char *name, uint64_t v)
{
	begin(w, name);
	if (w->err == 0)
		w->err = buf_printf(w->out, "%" PRIu64, v);
}

void
http_json_write_i64(struct http_json_write *w, const char *name, int64_t v)
{
	begin(w, name);
	if (w->err == 0)
		w->err = buf_printf(w->out, "%" PRId64, v);
}

void
http_json_write_bool(struct http_json_write *w, const char *name, bool v)
{
	begin(w, name);
	put(w, v ? VIEW_LIT("true") : VIEW_LIT("false"));
}

void
http_json_write_null(struct http_json_write *w, const char *name)
{
	begin(w, name);
	put(w, VIEW_LIT("null"));
}

void
http_json_write_bytes(struct http_json_write *w, const char *name, struct view v)
{
	begin(w, name);
	put(w, VIEW_LIT("\""));
	if (w->err == 0)
		w->err = text_base64url(w->out, v);
	put(w, VIEW_LIT("\""));
}

void
http_json_write_id(struct http_json_write *w, const char *name, const struct id *id)
{
	http_json_write_str(w, name, id_text(id).s);
}

void
http_json_write_time(struct http_json_write *w, const char *name, uint64_t wall_ms)
{
	char text[CLOCK_RFC3339_LEN + 1];
	clock_rfc3339(wall_ms, text);
	http_json_write_str(w, name, text);
}

int
http_json_write_end(struct http_json_write *w)
{
	require(w->depth == 0 && (w->needs_comma || w->err != 0));
	return w->err;
}
