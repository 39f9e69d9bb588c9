/* SPDX-License-Identifier: MIT */
/*
 * http/head.h: a request head has one meaning or is refused. The input is what a client sends first.
 */
#include <string.h>

#include "base/fatal.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "http/head.h"

#define ARENA_MAX ((size_t)64 * 1024)

static size_t
count_field(const struct http_head *h, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < h->n_fields; i++)
		n += view_equal_nocase(h->fields[i].name, view_str(name));
	return n;
}

static void
check_path(struct view path)
{
	require(path.len > 0 && path.data[0] == '/');
	require(text_is_utf8(path) && !text_has_control(path));
	for (size_t i = 0; i < path.len; i++) {
		struct view rest = view_slice(path, i, path.len);
		require(!view_starts(rest, VIEW_LIT("/../")) && !view_equal_str(rest, "/..") && !view_equal_str(rest, "/."));
		require(!view_starts(rest, VIEW_LIT("/./")));
	}
}

static void
check_head(const struct http_head *h)
{
	require(h->method < HTTP_METHODS && h->minor <= 1);
	require(h->n_fields <= HTTP_FIELDS_MAX && h->target.len <= HTTP_TARGET_MAX);
	require(count_field(h, "Host") == 1);
	require(count_field(h, "Content-Length") == (h->has_length ? 1 : 0));
	require(count_field(h, "Transfer-Encoding") == (h->is_chunked ? 1 : 0));
	require(!h->has_length || !h->is_chunked);
	require(h->has_length || h->length == 0);
	require(count_field(h, "Upgrade") == 0);
	for (size_t i = 0; i < h->n_fields; i++) {
		const struct http_field *f = &h->fields[i];
		require(f->name.len > 0 && f->name.len <= HTTP_FIELD_NAME_MAX && f->value.len <= HTTP_FIELD_VALUE_MAX);
		for (size_t k = 0; k < f->value.len; k++)
			require(f->value.data[k] == '\t' || (f->value.data[k] >= ' ' && f->value.data[k] != 0x7f));
	}
	check_path(h->path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view bytes = view_of(data, size);
	const char *reason = NULL;
	size_t len = 0, shorter = 0;
	if (http_head_find_end(bytes, &len) != 0 || len == 0)
		return 0;
	require(len <= size && len <= HTTP_HEAD_MAX);
	/* a byte less of the same is incomplete, never wrong */
	require(http_head_find_end(view_slice(bytes, 0, len - 1), &shorter) == 0 && shorter == 0);
	struct http_head h;
	memset(&h, 0, sizeof(h));
	struct arena *arena = arena_new(ARENA_MAX);
	if (http_head_parse(view_slice(bytes, 0, len), arena, &h, &reason) == 0)
		check_head(&h);
	else
		require(reason != NULL);
	arena_free(&arena);
	return 0;
}
