/* SPDX-License-Identifier: MIT */
/*
 * JSON to message and back: http/json.h and rest/json.h. The first byte chooses an operation, its highest bit the answer as
 * the client reads it instead of the request as the server does.
 */
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "ipc/check.h"
#include "record/limits.h"
#include "rest/json.h"
#include "rest/operation.h"

#define ARENA_MAX ((size_t)8 << 20)
#define TEXT_MAX ((size_t)8 << 20)

struct image {
	const ProtobufCMessageDescriptor *descriptor;
	const char *bound[REST_OPERATION_BOUND_MAX];
	enum rest_json_unknown unknown;
};

static bool
choose(uint8_t byte, struct image *image)
{
	const struct rest_operation *op = rest_operation_at((byte & 0x7f) % rest_operation_count());
	const struct ipc_message *row = ipc_message_find(op->request);
	image->bound[0] = NULL;
	image->unknown = REST_JSON_REFUSE;
	if (row != NULL && (byte & 0x80) != 0) {
		row = ipc_message_find(row->reply);
		image->unknown = REST_JSON_IGNORE;
	} else {
		rest_operation_bound(op, image->bound);
	}
	image->descriptor = row == NULL ? NULL : row->descriptor;
	return row != NULL;
}

static bool
is_bound(const char *name, const struct image *image)
{
	for (const char *const *b = image->bound; *b != NULL; b++)
		if (strcmp(name, *b) == 0)
			return true;
	return false;
}

/* What travels in path and query, and on whose behalf: the least that is allowed. */
static void
fill_bound(ProtobufCMessage *m, const struct image *image, struct arena *arena)
{
	const struct limits_message *limits = limits_find(m->descriptor->name);
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const struct limits_field *l = limits_field_find(limits, f->id);
		char *at = (char *)m + f->offset;
		if (strcmp(f->name, "caller") == 0) {
			*(ProtobufCMessage **)at = rest_json_message(f->descriptor, arena);
		} else if (is_bound(f->name, image) && f->type == PROTOBUF_C_TYPE_BYTES) {
			uint8_t *bytes = arena_alloc(arena, l->min);
			memset(bytes, 'a', l->min);
			*(ProtobufCBinaryData *)at = (ProtobufCBinaryData){ l->min, bytes };
		} else if (is_bound(f->name, image) && l->kind == LIMITS_VALUE) {
			if (f->type == PROTOBUF_C_TYPE_UINT64)
				*(uint64_t *)at = l->min;
			else
				*(uint32_t *)at = (uint32_t)l->min;
		}
	}
}

static ProtobufCMessage *
read_text(struct view text, const struct image *image, struct arena *arena)
{
	struct http_json *doc = NULL;
	ProtobufCMessage *m = NULL;
	if (http_json_parse(text, TEXT_MAX, &doc) != 0) {
		http_json_free(&doc);
		return NULL;
	}
	m = rest_json_message(image->descriptor, arena);
	require(m != NULL);
	if (rest_json_read(http_json_root(doc), image->bound, image->unknown, arena, m) != 0 || http_json_check(doc) != 0)
		m = NULL;
	else
		fill_bound(m, image, arena);
	http_json_free(&doc);
	return m;
}

static void
write_text(const ProtobufCMessage *m, const struct image *image, struct buf *out)
{
	struct http_json_write w = http_json_write_to(out);
	http_json_write_object(&w, NULL);
	rest_json_write_members(&w, m, image->bound);
	http_json_write_close(&w);
	require(http_json_write_end(&w) == 0);
}

static void
expect_same(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
	size_t n = protobuf_c_message_get_packed_size(a);
	require(protobuf_c_message_get_packed_size(b) == n);
	struct buf packed;
	uint8_t *space;
	buf_init(&packed, 2 * n);
	require(buf_reserve(&packed, 2 * n, &space) == 0);
	protobuf_c_message_pack(a, space);
	protobuf_c_message_pack(b, space + n);
	require(n == 0 || memcmp(space, space + n, n) == 0);
	buf_deinit(&packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image;
	if (size == 0 || !choose(data[0], &image))
		return 0;
	struct arena *arena = arena_new(ARENA_MAX);
	const ProtobufCMessage *first = read_text(view_of(data + 1, size - 1), &image, arena);
	/* lengths are judged behind JSON, as in web/ and api/ */
	if (first != NULL && ipc_check(first, NULL) == 0) {
		struct buf text;
		buf_init(&text, TEXT_MAX);
		write_text(first, &image, &text);
		const ProtobufCMessage *second = read_text(buf_view(&text), &image, arena);
		require(second != NULL);
		expect_same(first, second);
		buf_deinit(&text);
	}
	arena_free(&arena);
	return 0;
}
