/* SPDX-License-Identifier: MIT */
/*
 * Where things are in a body: the chunk grid starts anew at each file, chunks follow each other in manifest order, then
 * padding. Seekable both ways. Entries are numbered as in the manifest, chunks within an entry from 0.
 */
#ifndef PACKAGE_LAYOUT_H
#define PACKAGE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "package/manifest.h"

struct package_layout;

/* One chunk. */
struct package_chunk {
	uint32_t entry;
	uint32_t index;          /* within the entry */
	bool is_last;            /* of the entry */
	uint32_t number;         /* over the whole body: which leaf */
	uint32_t plain_bytes;    /* 1..PACKAGE_CHUNK_BYTES */
	uint32_t stored_bytes;   /* plain_bytes + PACKAGE_CHUNK_OVERHEAD */
	uint64_t stored_offset;  /* in the body */
};

struct package_layout *package_layout_new(const struct package_manifest *m);
void package_layout_free(struct package_layout **l);
uint32_t package_layout_chunk_count(const struct package_layout *l);
/* Bytes of all chunks as stored, without padding. */
uint64_t package_layout_content_bytes(const struct package_layout *l);
/* With padding: package_header.body_bytes. */
uint64_t package_layout_body_bytes(const struct package_layout *l);
/* Chunk by its number, number < chunk count (panic). */
struct package_chunk package_layout_chunk(const struct package_layout *l, uint32_t number);
/* Chunk of an entry; false when there is none. */
bool package_layout_find(const struct package_layout *l, uint32_t entry, uint32_t index, struct package_chunk *chunk_r);
/* The chunk that holds this byte of the body; false: padding, or beyond the end. */
bool package_layout_locate(const struct package_layout *l, uint64_t stored_offset, struct package_chunk *chunk_r);
/* Number of the entry's first leaf. */
uint32_t package_layout_first(const struct package_layout *l, uint32_t entry);

#endif
