/* SPDX-License-Identifier: MIT */
/*
 * Walks descriptors; knows no message by name.
 */
#include "web/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/fatal.h"
#include "record/limits.h"

#define TIME_MS 1800000000000

static ProtobufCBinaryData
bytes(const struct limits_field *l, uint32_t number, struct arena *arena)
{
	bool is_text = l->kind == LIMITS_UTF8 || l->kind == LIMITS_TEXT || l->kind == LIMITS_UNICODE;
	size_t n = (size_t)(l->kind == LIMITS_OPTIONAL_BYTES ? l->max : l->min > 0 ? l->min : l->max < 5 ? l->max : 5);
	uint8_t *p = arena_alloc(arena, n);
	/* letters that may stand in any path; other bytes show whether they are spelled */
	memset(p, is_text ? 'a' + (int)number : 0xf0 + (int)(number % 16), n);
	return (ProtobufCBinaryData){ .len = n, .data = p };
}

static void
fill(void *at, const ProtobufCFieldDescriptor *f, const struct limits_field *l, struct arena *arena)
{
	uint64_t value = l->kind == LIMITS_VALUE ? l->max : 7 + f->id;
	size_t n = strlen(f->name);
	if (n > 3 && strcmp(f->name + n - 3, "_ms") == 0)
		value = TIME_MS + f->id;
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		*(ProtobufCBinaryData *)at = bytes(l, f->id, arena);
	else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		*(ProtobufCMessage **)at = sample_message(f->descriptor, arena);
	else if (f->type == PROTOBUF_C_TYPE_UINT64)
		*(uint64_t *)at = value;
	else if (f->type == PROTOBUF_C_TYPE_BOOL)
		*(protobuf_c_boolean *)at = 1;
	else
		*(uint32_t *)at = (uint32_t)value;      /* enums too */
}

ProtobufCMessage *
sample_message(const ProtobufCMessageDescriptor *d, struct arena *arena)
{
	ProtobufCMessage *m = arena_alloc(arena, d->sizeof_message);
	const struct limits_message *limits = limits_find(d->name);
	protobuf_c_message_init(d, m);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const struct limits_field *l = limits_field_find(limits, f->id);
		char *at = (char *)m + f->offset;
		if (strcmp(f->name, "caller") == 0)
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			*(size_t *)((char *)m + f->quantifier_offset) = 1;
			void *item = arena_alloc(arena, sizeof(ProtobufCBinaryData));
			*(void **)at = item;
			at = item;
		}
		fill(at, f, l, arena);
	}
	return m;
}

/* Packed without "caller". */
static size_t
pack(const ProtobufCMessage *m, uint8_t **out_r)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "caller");
	void **caller = f == NULL ? NULL : (void **)(uintptr_t)((const char *)m + f->offset), *kept = NULL;
	if (caller != NULL) {
		kept = *caller;
		*caller = NULL;
	}
	*out_r = malloc(protobuf_c_message_get_packed_size(m) + 1);
	size_t n = protobuf_c_message_pack(m, *out_r);
	if (caller != NULL)
		*caller = kept;
	return n;
}

bool
sample_is_equal(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
	uint8_t *x, *y;
	size_t n = pack(a, &x), k = pack(b, &y);
	bool is_equal = a->descriptor == b->descriptor && n == k && memcmp(x, y, n) == 0;
	free(x);
	free(y);
	return is_equal;
}
