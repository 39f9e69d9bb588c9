/* SPDX-License-Identifier: MIT */
/*
 * Finds the fields that all lists have by their names. Knows no list. Called by the tools.
 */
#include "rest/pages.h"

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "base/fatal.h"
#include "record/limits.h"

static void *
field_of(const ProtobufCMessage *m, const char *name, unsigned *number_r)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
	require(f != NULL);
	if (number_r != NULL)
		*number_r = f->id;
	return (char *)(uintptr_t)m + f->offset;
}

void
rest_pages_begin(ProtobufCMessage *request)
{
	unsigned number;
	uint32_t *limit = field_of(request, "limit", &number);
	const struct limits_field *f = limits_field_find(limits_find(request->descriptor->name), number);
	require(f != NULL);
	*limit = (uint32_t)f->max;
	*(ProtobufCBinaryData *)field_of(request, "cursor", NULL) = (ProtobufCBinaryData){ .len = 0 };
}

int
rest_pages_each(const ProtobufCMessage *reply, rest_pages_row *fn, void *arg)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, "items");
	require(f != NULL && f->label == PROTOBUF_C_LABEL_REPEATED && f->type == PROTOBUF_C_TYPE_MESSAGE);
	size_t n = *(const size_t *)((const char *)reply + f->quantifier_offset);
	ProtobufCMessage *const *rows = *(ProtobufCMessage *const *const *)((const char *)reply + f->offset);
	int err = 0;
	for (size_t i = 0; i < n && err == 0; i++)
		err = fn(rows[i], arg);
	return err;
}

bool
rest_pages_next(ProtobufCMessage *request, const ProtobufCMessage *reply)
{
	const ProtobufCBinaryData *next = field_of(reply, "next", NULL);
	*(ProtobufCBinaryData *)field_of(request, "cursor", NULL) = *next;
	return next->len != 0;
}
