/* SPDX-License-Identifier: MIT */
/*
 * A message of every kind: each field has the least that its limits allow, but something.
 */
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "fuzz/seeds.h"
#include "http/json_write.h"
#include "ipc/message.h"
#include "record/limits.h"
#include "record/stored.pb-c.h"
#include "rest/json.h"
#include "rest/operation.h"

#define ARENA_MAX ((size_t)1 << 20)
#define PACKED_MAX (1U << 20)

static const ProtobufCMessageDescriptor *const stored[] = {
	&provision__stored_account__descriptor, &provision__stored_pins__descriptor, &provision__stored_session__descriptor,
	&provision__stored_nonce__descriptor, &provision__stored_registration__descriptor,
	&provision__stored_company__descriptor, &provision__stored_member__descriptor,
	&provision__stored_invitation__descriptor, &provision__stored_subscription__descriptor,
	&provision__stored_party__descriptor, &provision__stored_entry__descriptor, &provision__stored_part__descriptor,
	&provision__stored_package__descriptor, &provision__stored_header__descriptor,
	&provision__stored_file_page__descriptor, &provision__stored_upload__descriptor,
	&provision__stored_provenance__descriptor, &provision__stored_mail__descriptor, &provision__stored_pin_page__descriptor,
};

static ProtobufCMessage *fill(const ProtobufCMessageDescriptor *d, struct arena *arena);

static void
fill_one(const ProtobufCFieldDescriptor *f, const struct limits_field *l, void *at, struct arena *arena)
{
	size_t n = l->kind == LIMITS_OPTIONAL_BYTES ? l->max : l->min > 0 ? l->min : l->max > 0 ? 1 : 0;
	uint64_t value = l->kind == LIMITS_VALUE ? l->min : 1700000000;
	switch (f->type) {
	case PROTOBUF_C_TYPE_BYTES:
		*(ProtobufCBinaryData *)at = (ProtobufCBinaryData){ n, arena_alloc(arena, n) };
		memset(((ProtobufCBinaryData *)at)->data, 'a', n);
		break;
	case PROTOBUF_C_TYPE_UINT32:
		*(uint32_t *)at = (uint32_t)value;
		break;
	case PROTOBUF_C_TYPE_UINT64:
		*(uint64_t *)at = value;
		break;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)at = 1;
		break;
	case PROTOBUF_C_TYPE_ENUM:
		*(int *)at = (int)value;
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(ProtobufCMessage **)at = fill(f->descriptor, arena);
		break;
	default:
		break;
	}
}

static size_t
size_of(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

static ProtobufCMessage *
fill(const ProtobufCMessageDescriptor *d, struct arena *arena)
{
	const struct limits_message *limits = limits_find(d->name);
	ProtobufCMessage *m = arena_alloc(arena, d->sizeof_message);
	protobuf_c_message_init(d, m);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const struct limits_field *l = limits_field_find(limits, f->id);
		char *at = (char *)m + f->offset;
		require(l != NULL);
		if (f->label != PROTOBUF_C_LABEL_REPEATED) {
			fill_one(f, l, at, arena);
			continue;
		}
		size_t n = l->items_min > 0 ? l->items_min : l->items_max > 0 ? 1 : 0;
		char *items = arena_alloc(arena, n * size_of(f));
		for (size_t k = 0; k < n; k++)
			fill_one(f, l, items + k * size_of(f), arena);
		*(size_t *)((char *)m + f->quantifier_offset) = n;
		*(void **)at = items;
	}
	return m;
}

static void
write_packed(const char *harness, const char *name, uint8_t first, const ProtobufCMessage *m)
{
	struct buf packed;
	buf_init(&packed, PACKED_MAX);
	require(ipc_message_pack_record(m, PACKED_MAX, &packed) == 0);
	seeds_write(harness, name, first, buf_view(&packed));
	buf_deinit(&packed);
}

static void
write_json(const char *name, uint8_t first, const ProtobufCMessage *m, const char *const *bound)
{
	struct buf text;
	buf_init(&text, PACKED_MAX);
	struct http_json_write w = http_json_write_to(&text);
	http_json_write_object(&w, NULL);
	rest_json_write_members(&w, m, bound);
	http_json_write_close(&w);
	require(http_json_write_end(&w) == 0);
	seeds_write("rest_json", name, first, buf_view(&text));
	buf_deinit(&text);
}

static void
operations(struct arena *arena)
{
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		const struct ipc_message *row = ipc_message_find(op->request);
		const char *bound[REST_OPERATION_BOUND_MAX];
		if (row == NULL)
			continue;
		const struct ipc_message *reply = ipc_message_find(row->reply);
		char *answer = mem_printf("%s.answer", op->name);
		rest_operation_bound(op, bound);
		arena_reset(arena);
		write_json(op->name, (uint8_t)i, fill(row->descriptor, arena), bound);
		if (reply->type != IPC_EMPTY)
			write_json(answer, (uint8_t)(i | 0x80), fill(reply->descriptor, arena), NULL);
		mem_free(&answer);
	}
}

void
seeds_records(void)
{
	struct arena *arena = arena_new(ARENA_MAX);
	for (unsigned type = 1; type < IPC_TYPE_COUNT; type++) {
		const struct ipc_message *row = ipc_message_find(type);
		arena_reset(arena);
		write_packed("ipc_message", row->name, (uint8_t)type, fill(row->descriptor, arena));
	}
	for (size_t i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
		arena_reset(arena);
		write_packed("stored_record", stored[i]->short_name, (uint8_t)i, fill(stored[i], arena));
	}
	operations(arena);
	arena_free(&arena);
}
