/* SPDX-License-Identifier: MIT */
/*
 * Keys of the index that are put together from several parts: ids, hashes, numbers big-endian. A plain value.
 */
#ifndef STORE_ROWKEY_H
#define STORE_ROWKEY_H

#include <stdint.h>
#include <string.h>

#include "base/fatal.h"
#include "base/id.h"
#include "base/view.h"

#define STORE_ROWKEY_MAX 96

struct store_rowkey {
	size_t len;
	uint8_t bytes[STORE_ROWKEY_MAX];
};

static inline void
rowkey_add(struct store_rowkey *k, struct view v)
{
	require(v.len <= STORE_ROWKEY_MAX - k->len);
	if (v.len > 0)
		memcpy(k->bytes + k->len, v.data, v.len);
	k->len += v.len;
}

static inline void
rowkey_add_number(struct store_rowkey *k, uint64_t value, size_t bytes)
{
	require(bytes <= 8 && bytes <= STORE_ROWKEY_MAX - k->len);
	for (size_t i = 0; i < bytes; i++)
		k->bytes[k->len + i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
	k->len += bytes;
}

static inline struct store_rowkey
rowkey_of(struct view a, struct view b)
{
	struct store_rowkey k = { .len = 0 };
	rowkey_add(&k, a);
	rowkey_add(&k, b);
	return k;
}

static inline struct store_rowkey
rowkey_ids(const struct id *a, const struct id *b)
{
	return rowkey_of(id_view(a), id_view(b));
}

/* Borrows *k. */
static inline struct view
rowkey_view(const struct store_rowkey *k)
{
	return view_of(k->bytes, k->len);
}

/* The id at offset of a key that a cursor gave; a key that is too short is a bug of ours. */
static inline struct id
rowkey_id(struct view key, size_t offset)
{
	struct id id;
	require(offset <= key.len && key.len - offset >= ID_BYTES);
	memcpy(id.bytes, key.data + offset, ID_BYTES);
	return id;
}

static inline uint64_t
rowkey_number(struct view key, size_t offset, size_t bytes)
{
	uint64_t value = 0;
	require(offset <= key.len && key.len - offset >= bytes && bytes <= 8);
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | key.data[offset + i];
	return value;
}

#endif
