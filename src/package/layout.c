/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic of the body. Two sums over the entries, and searches in them; called for every chunk by all threads, so it
 * never changes after it was made.
 */
#include "package/layout.h"

#include "base/fatal.h"
#include "base/mem.h"

struct package_layout {
	const struct package_manifest *m;
	size_t count;
	uint32_t *first;      /* count + 1: number of each entry's first chunk; the last is the chunk count */
	uint64_t *offset;     /* count + 1: where each entry begins in the body; the last is the content's length */
};

struct package_layout *
package_layout_new(const struct package_manifest *m)
{
	struct package_layout *l = mem_alloc(sizeof(*l));
	l->m = m;
	l->count = package_manifest_count(m);
	l->first = mem_array(l->count + 1, sizeof(l->first[0]));
	l->offset = mem_array(l->count + 1, sizeof(l->offset[0]));
	for (size_t i = 0; i < l->count; i++) {
		uint64_t size = package_manifest_at(m, i)->size;
		uint32_t chunks = (uint32_t)package_format_chunks(size);
		l->first[i + 1] = l->first[i] + chunks;
		l->offset[i + 1] = l->offset[i] + size + (uint64_t)chunks * PACKAGE_CHUNK_OVERHEAD;
	}
	return l;
}

void
package_layout_free(struct package_layout **l)
{
	if (*l == NULL)
		return;
	mem_free(&(*l)->first);
	mem_free(&(*l)->offset);
	mem_free(l);
}

uint32_t
package_layout_chunk_count(const struct package_layout *l)
{
	return l->first[l->count];
}

uint64_t
package_layout_content_bytes(const struct package_layout *l)
{
	return l->offset[l->count];
}

uint64_t
package_layout_body_bytes(const struct package_layout *l)
{
	return package_format_padded(l->offset[l->count]);
}

uint32_t
package_layout_first(const struct package_layout *l, uint32_t entry)
{
	require(entry <= l->count);
	return l->first[entry];
}

static struct package_chunk
chunk_of(const struct package_layout *l, size_t entry, uint32_t index)
{
	uint32_t chunks = l->first[entry + 1] - l->first[entry];
	uint64_t at = (uint64_t)index * PACKAGE_CHUNK_BYTES;
	struct package_chunk c = {
		.entry = (uint32_t)entry, .index = index, .is_last = index + 1 == chunks, .number = l->first[entry] + index,
		.plain_bytes = PACKAGE_CHUNK_BYTES, .stored_offset = l->offset[entry] + (uint64_t)index * PACKAGE_STORED_CHUNK_BYTES,
	};
	if (c.is_last)
		c.plain_bytes = (uint32_t)(package_manifest_at(l->m, entry)->size - at);
	c.stored_bytes = c.plain_bytes + PACKAGE_CHUNK_OVERHEAD;
	return c;
}

struct package_chunk
package_layout_chunk(const struct package_layout *l, uint32_t number)
{
	size_t low = 0, high = l->count;
	require(number < package_layout_chunk_count(l));
	/* the last entry that begins at or before number; entries without chunks begin where the next one does */
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (l->first[mid] <= number)
			low = mid;
		else
			high = mid;
	}
	return chunk_of(l, low, number - l->first[low]);
}

bool
package_layout_find(const struct package_layout *l, uint32_t entry, uint32_t index, struct package_chunk *chunk_r)
{
	if (entry >= l->count || index >= l->first[entry + 1] - l->first[entry])
		return false;
	*chunk_r = chunk_of(l, entry, index);
	return true;
}

bool
package_layout_locate(const struct package_layout *l, uint64_t stored_offset, struct package_chunk *chunk_r)
{
	size_t low = 0, high = l->count;
	if (stored_offset >= package_layout_content_bytes(l))
		return false;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (l->offset[mid] <= stored_offset)
			low = mid;
		else
			high = mid;
	}
	*chunk_r = chunk_of(l, low, (uint32_t)((stored_offset - l->offset[low]) / PACKAGE_STORED_CHUNK_BYTES));
	return true;
}
