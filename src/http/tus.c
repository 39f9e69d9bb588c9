/* SPDX-License-Identifier: MIT */
/*
 * tus 1.0.0 in header fields, both directions. Must not know uploads: lengths, offsets and expiry are the
 * caller's. The handlers of uploads call it.
 *
 * Upload-Metadata = pair *( "," pair );  pair = key [ SP base64 ];  key = 1*( printable ASCII but SP and "," )
 */
#include "http/tus.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/text.h"
#include "http/date.h"
#include "http/response.h"

bool
http_tus_accept(struct http_request *r)
{
	http_response_add(r, "Tus-Resumable", HTTP_TUS_VERSION);
	if (view_equal_str(http_request_field(r, "tus-resumable"), HTTP_TUS_VERSION))
		return true;
	http_response_add(r, "Tus-Version", HTTP_TUS_VERSION);
	http_response_send_problem_status(r, 412, ERR_VERSION, "Tus-Resumable must be " HTTP_TUS_VERSION, NULL);
	return false;
}

static bool
is_key(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] <= 0x20 || v.data[i] >= 0x7f || v.data[i] == ',')
			return false;
	return v.len > 0;
}

static int
decode_value(struct view text, struct arena *a, struct view *value_r)
{
	struct buf b;
	buf_init(&b, HTTP_TUS_METADATA_BYTES_MAX);
	int err = text_unbase64(text, &b);
	*value_r = err == 0 ? arena_dup(a, buf_view(&b)) : view_of(NULL, 0);
	buf_deinit(&b);
	return err == 0 ? 0 : ERR_SYNTAX;
}

static const struct http_tus_pair *
find_pair(const struct http_tus_creation *c, struct view key)
{
	for (size_t i = 0; i < c->n_pairs; i++)
		if (view_equal(c->pairs[i].key, key))
			return &c->pairs[i];
	return NULL;
}

static int
read_pair(struct view text, struct arena *a, struct http_tus_creation *c)
{
	while (text.len > 0 && text.data[0] == ' ')
		text = view_slice(text, 1, text.len);
	size_t space = view_find(text, ' ');
	struct http_tus_pair pair = { .key = view_slice(text, 0, space), .value = { (const uint8_t *)"", 0 } };
	if (!is_key(pair.key) || find_pair(c, pair.key) != NULL || c->n_pairs == HTTP_TUS_METADATA_MAX)
		return ERR_SYNTAX;
	if (space < text.len && decode_value(view_slice(text, space + 1, text.len), a, &pair.value) != 0)
		return ERR_SYNTAX;
	c->pairs[c->n_pairs++] = pair;
	return 0;
}

static int
read_metadata(struct view text, struct arena *a, struct http_tus_creation *c)
{
	if (text.len > HTTP_TUS_METADATA_BYTES_MAX)
		return ERR_SYNTAX;
	while (text.len > 0) {
		size_t comma = view_find(text, ',');
		if (read_pair(view_slice(text, 0, comma), a, c) != 0 || comma + 1 == text.len)
			return ERR_SYNTAX;
		text = view_slice(text, comma + 1, text.len);
	}
	return 0;
}

int
http_tus_read_creation(struct http_request *r, uint64_t max_bytes, struct http_tus_creation *c_r, const char **field_r)
{
	*c_r = (struct http_tus_creation){ .length = 0 };
	*field_r = "Upload-Length";
	if (http_request_field(r, "upload-defer-length").data != NULL)
		return ERR_UNSUPPORTED;
	if (text_u64(http_request_field(r, "upload-length"), INT64_MAX, &c_r->length) != 0)
		return ERR_SYNTAX;
	if (c_r->length > max_bytes)
		return ERR_LIMIT;
	*field_r = "Upload-Metadata";
	return read_metadata(http_request_field(r, "upload-metadata"), http_request_arena(r), c_r);
}

struct view
http_tus_metadata(const struct http_tus_creation *c, const char *key)
{
	const struct http_tus_pair *p = find_pair(c, view_str(key));
	return p == NULL ? view_of(NULL, 0) : p->value;
}

int
http_tus_read_patch(struct http_request *r, uint64_t *offset_r, const char **field_r)
{
	*offset_r = 0;
	*field_r = "Content-Type";
	if (!view_equal_nocase(http_request_field(r, "content-type"), VIEW_LIT(HTTP_TUS_TYPE)))
		return ERR_UNSUPPORTED;
	*field_r = "Upload-Offset";
	return text_u64(http_request_field(r, "upload-offset"), INT64_MAX, offset_r) == 0 ? 0 : ERR_SYNTAX;
}

static void
add_expires(struct http_request *r, uint64_t expires_ms)
{
	char date[HTTP_DATE_LEN + 1];
	http_response_add(r, "Tus-Resumable", HTTP_TUS_VERSION);
	if (expires_ms == 0)
		return;
	http_date(expires_ms, date);
	http_response_add(r, "Upload-Expires", "%s", date);
}

void
http_tus_send_options(struct http_request *r, uint64_t max_bytes)
{
	add_expires(r, 0);
	http_response_add(r, "Tus-Version", HTTP_TUS_VERSION);
	http_response_add(r, "Tus-Extension", HTTP_TUS_EXTENSIONS);
	if (max_bytes > 0)
		http_response_add(r, "Tus-Max-Size", "%" PRIu64, max_bytes);
	http_response_send_empty(r, 204);
}

void
http_tus_send_created(struct http_request *r, const char *location, uint64_t expires_ms)
{
	add_expires(r, expires_ms);
	http_response_add(r, "Location", "%s", location);
	http_response_send_empty(r, 201);
}

void
http_tus_send_state(struct http_request *r, uint64_t offset, uint64_t length, uint64_t expires_ms)
{
	add_expires(r, expires_ms);
	http_response_add(r, "Upload-Offset", "%" PRIu64, offset);
	http_response_add(r, "Upload-Length", "%" PRIu64, length);
	http_response_send_empty(r, 200);
}

void
http_tus_send_offset(struct http_request *r, uint64_t offset, uint64_t expires_ms)
{
	add_expires(r, expires_ms);
	http_response_add(r, "Upload-Offset", "%" PRIu64, offset);
	http_response_send_empty(r, 204);
}

void
http_tus_send_deleted(struct http_request *r)
{
	add_expires(r, 0);
	http_response_send_empty(r, 204);
}

void
http_tus_send_problem(struct http_request *r, int err, const struct http_problem_says *says)
{
	add_expires(r, 0);
	http_response_send_problem_saying(r, err == ERR_UNSUPPORTED ? 415 : err_http_status(err), err, says);
}
