/* SPDX-License-Identifier: MIT */
/*
 * Between protobuf's bytes and ours. Messages were checked against their limits (ipc/check.h) before a handler sees
 * them, and records when they were opened, so a length that does not fit here is a bug of ours.
 */
#ifndef STORE_WIRE_H
#define STORE_WIRE_H

#include <string.h>

#include "base/arena.h"
#include "base/fatal.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "record/common.pb-c.h"

static inline struct view
wire_view(ProtobufCBinaryData d)
{
	return view_of(d.data, d.len);
}

/* Borrows: protobuf-c has no const, and nothing that packs a message writes to it. */
static inline ProtobufCBinaryData
wire_bytes(struct view v)
{
	return (ProtobufCBinaryData){ .len = v.len, .data = (uint8_t *)(uintptr_t)v.data };
}

static inline ProtobufCBinaryData
wire_str(const char *s)
{
	return wire_bytes(view_str(s));
}

/* Borrows *id. */
static inline ProtobufCBinaryData
wire_of_id(const struct id *id)
{
	return wire_bytes(id_view(id));
}

/* Borrows *hash. */
static inline ProtobufCBinaryData
wire_of_hash(const struct hash *hash)
{
	return wire_bytes(crypt_hash_view(hash));
}

/* An {id} field; an empty {id?} gives the none id. */
static inline struct id
wire_id(ProtobufCBinaryData d)
{
	struct id id = { { 0 } };
	require(d.len == 0 || d.len == ID_BYTES);
	if (d.len == ID_BYTES)
		memcpy(id.bytes, d.data, ID_BYTES);
	return id;
}

/* A {key} field that holds a hash; an empty {key?} gives the zero hash. */
static inline struct hash
wire_hash(ProtobufCBinaryData d)
{
	struct hash hash = { { 0 } };
	require(d.len == 0 || d.len == CRYPT_HASH_BYTES);
	if (d.len == CRYPT_HASH_BYTES)
		memcpy(hash.bytes, d.data, CRYPT_HASH_BYTES);
	return hash;
}

#endif
