/* SPDX-License-Identifier: MIT */
/*
 * Walks a message along its protobuf descriptor and holds every field against the table of record/limits.h.
 * protobuf-c itself takes unknown fields, wild enums, NUL and bad UTF-8. Called for everything that is
 * received, sent, or read from a stored record.
 */
#include "ipc/check.h"

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "base/fatal.h"
#include "base/text.h"
#include "base/view.h"
#include "record/limits.h"

static int check_message(const ProtobufCMessage *m, struct ipc_check_fault *fault);

static int
check_length(size_t n, uint64_t min, uint64_t max)
{
	return n > max ? ERR_LIMIT : n < min ? ERR_SYNTAX : ERR_OK;
}

/* Valid UTF-8 in which controls (C0, DEL, C1) are refused, but for tab and newline in texts, and all in plain Unicode. */
static int
check_text(struct view v, enum limits_kind kind)
{
	while (v.len != 0) {
		int32_t c = text_next_codepoint(&v);
		if (c < 0)
			return ERR_SYNTAX;
		bool is_control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
		bool is_allowed = kind == LIMITS_UNICODE || (kind == LIMITS_TEXT && (c == '\t' || c == '\n'));
		if (is_control && !is_allowed)
			return ERR_SYNTAX;
	}
	return ERR_OK;
}

static int
check_bytes(const struct limits_field *l, const ProtobufCBinaryData *b)
{
	if (l->kind == LIMITS_OPTIONAL_BYTES && b->len == 0)
		return ERR_OK;
	int err = check_length(b->len, l->min, l->max);
	if (err == ERR_OK && (l->kind == LIMITS_UTF8 || l->kind == LIMITS_TEXT || l->kind == LIMITS_UNICODE))
		err = check_text(view_of(b->data, b->len), l->kind);
	return err;
}

/* Negative enum and integer values become huge. */
static uint64_t
integer_value(const ProtobufCFieldDescriptor *f, const void *at)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_BOOL:
		return (uint64_t)(*(const protobuf_c_boolean *)at);
	case PROTOBUF_C_TYPE_UINT32:
		return *(const uint32_t *)at;
	case PROTOBUF_C_TYPE_ENUM:
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
		return (uint64_t)(int64_t)*(const int32_t *)at;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
		return *(const uint64_t *)at;
	default:
		panic("field %s has a type without limits", f->name);
	}
}

static int
check_value(const struct limits_field *l, uint64_t value)
{
	return value > l->max || value < l->min ? ERR_SYNTAX : ERR_OK;
}

/* A message inside a message: its own fault is reported, not that of the field that holds it. */
static int
check_inner(bool is_required, const ProtobufCMessage *m, struct ipc_check_fault *fault)
{
	if (m == NULL)
		return is_required ? ERR_SYNTAX : ERR_OK;
	return check_message(m, fault);
}

static int
check_list(const struct limits_field *l, const ProtobufCFieldDescriptor *f, const ProtobufCMessage *m,
    struct ipc_check_fault *fault)
{
	size_t n = *(const size_t *)((const uint8_t *)m + f->quantifier_offset);
	const void *items = *(void *const *)((const uint8_t *)m + f->offset);
	int err = check_length(n, l->items_min, l->items_max);
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = f->type == PROTOBUF_C_TYPE_MESSAGE ?
		    check_inner(true, ((const ProtobufCMessage *const *)items)[i], fault) :
		    check_length(((const ProtobufCBinaryData *)items)[i].len, l->min, l->max);
	return err;
}

static int
check_field(const struct limits_field *l, const ProtobufCFieldDescriptor *f, const ProtobufCMessage *m,
    struct ipc_check_fault *fault)
{
	const void *at = (const uint8_t *)m + f->offset;
	switch (l->kind) {
	case LIMITS_ANY:
		return ERR_OK;
	case LIMITS_VALUE:
		return check_value(l, integer_value(f, at));
	case LIMITS_BYTES:
	case LIMITS_OPTIONAL_BYTES:
	case LIMITS_UTF8:
	case LIMITS_TEXT:
	case LIMITS_UNICODE:
		return check_bytes(l, at);
	case LIMITS_REQUIRED:
	case LIMITS_OPTIONAL:
		return check_inner(l->kind == LIMITS_REQUIRED, *(const ProtobufCMessage *const *)at, fault);
	case LIMITS_LIST:
		return check_list(l, f, m, fault);
	}
	panic("limit of an unknown kind");
}

static int
blame(struct ipc_check_fault *fault, const ProtobufCMessage *m, const char *field, int err)
{
	if (fault->message == NULL)
		*fault = (struct ipc_check_fault){ m->descriptor->name, field };
	return err;
}

static int
check_message(const ProtobufCMessage *m, struct ipc_check_fault *fault)
{
	const struct limits_message *limits = limits_find(m->descriptor->name);
	require(limits != NULL && limits->field_count == m->descriptor->n_fields);
	if (m->n_unknown_fields != 0)
		return blame(fault, m, "(unknown)", ERR_SYNTAX);
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		/* both tables are ordered by field number */
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		require(limits->fields[i].number == f->id);
		int err = check_field(&limits->fields[i], f, m, fault);
		if (err != ERR_OK)
			return blame(fault, m, f->name, err);
	}
	return ERR_OK;
}

int
ipc_check(const struct ProtobufCMessage *m, struct ipc_check_fault *fault_r)
{
	struct ipc_check_fault fault = { NULL, NULL };
	int err = check_message(m, &fault);
	if (fault_r != NULL)
		*fault_r = fault;
	return err;
}
