/* SPDX-License-Identifier: MIT */
/*
 * Walks pages by what all lists have in common: cursor and limit in the request, items and next in the reply. Knows no list.
 * A server that gives pages without end is left.
 */
#include "cli/pages.h"

#include <string.h>

#include "base/fatal.h"
#include "record/limits.h"

/* More pages than that are not taken: 100,000 rows. */
#define PAGES_MAX 1000

static void *
field_of(const ProtobufCMessage *m, const char *name, unsigned *number_r)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
	require(f != NULL);
	if (number_r != NULL)
		*number_r = f->id;
	return (char *)(uintptr_t)m + f->offset;
}

/* As many as the service gives at once. */
static uint32_t
limit_of(const ProtobufCMessage *request)
{
	unsigned number;
	(void)field_of(request, "limit", &number);
	const struct limits_field *f = limits_field_find(limits_find(request->descriptor->name), number);
	require(f != NULL);
	return (uint32_t)f->max;
}

static int
each_of(struct cli_session *s, const ProtobufCMessage *reply, cli_pages_row *fn, void *arg)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, "items");
	require(f != NULL && f->label == PROTOBUF_C_LABEL_REPEATED && f->type == PROTOBUF_C_TYPE_MESSAGE);
	size_t n = *(const size_t *)((const char *)reply + f->quantifier_offset);
	ProtobufCMessage *const *rows = *(ProtobufCMessage *const *const *)((const char *)reply + f->offset);
	int err = 0;
	for (size_t i = 0; i < n && err == 0; i++)
		err = fn(s, rows[i], arg);
	return err;
}

int
cli_pages_each(struct cli_session *s, const char *operation, ProtobufCMessage *request, int expected, cli_pages_row *fn, void *arg)
{
	ProtobufCBinaryData *cursor = field_of(request, "cursor", NULL);
	*(uint32_t *)field_of(request, "limit", NULL) = limit_of(request);
	for (unsigned i = 0; i < PAGES_MAX; i++) {
		const ProtobufCMessage *reply = NULL;
		int err = cli_session_ask_but(s, operation, request, &reply, expected);
		if (err == 0)
			err = each_of(s, reply, fn, arg);
		if (err != 0)
			return err;
		*cursor = *(const ProtobufCBinaryData *)field_of(reply, "next", NULL);
		if (cursor->len == 0)
			return 0;
	}
	return tool_verb_fail(s->call, ERR_LIMIT, "the list has too many pages");
}

struct rows {
	const ProtobufCMessage **items;
	size_t count, room;
};

static int
keep(struct cli_session *s, const ProtobufCMessage *row, void *arg)
{
	struct rows *rows = arg;
	if (rows->count == rows->room) {
		rows->room = 2 * rows->room + 16;
		const ProtobufCMessage **items = arena_alloc(s->call->arena, rows->room * sizeof(items[0]));
		for (size_t i = 0; i < rows->count; i++)
			items[i] = rows->items[i];
		rows->items = items;
	}
	rows->items[rows->count++] = row;
	return 0;
}

int
cli_pages_all(struct cli_session *s, const char *operation, ProtobufCMessage *request, int expected, void *items_r, size_t *count_r)
{
	struct rows rows = { .count = 0 };
	int err = cli_pages_each(s, operation, request, expected, keep, &rows);
	memcpy(items_r, &rows.items, sizeof(rows.items));
	*count_r = rows.count;
	return err;
}
