/* SPDX-License-Identifier: MIT */
/*
 * What writer and reader share with their lanes: the leaves of all chunks and which of them are done. A plain struct inside the
 * writer or reader; different chunks may be worked on by different threads at the same time. For use inside package/.
 */
#ifndef PACKAGE_GRID_H
#define PACKAGE_GRID_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "package/layout.h"

struct package_reader;
struct package_writer;

struct package_grid {
	struct secret *key;              /* the package key, owned */
	struct id package;
	const struct package_layout *layout;
	uint8_t *leaves;                 /* CRYPT_HASH_BYTES for each chunk */
	_Atomic uint8_t *done;           /* writer: the leaf is there; reader: the chunk was released */
	_Atomic uint32_t missing;        /* how many are not done */
};

/* Copies key. layout must outlive the grid. */
void package_grid_init(struct package_grid *g, const struct secret *key, const struct id *package,
    const struct package_layout *layout);
void package_grid_deinit(struct package_grid *g);
struct view package_grid_leaves(const struct package_grid *g);
/* The leaf of a chunk, CRYPT_HASH_BYTES. */
uint8_t *package_grid_leaf(const struct package_grid *g, uint32_t number);
/* True for the one caller that turned it from undone to done. */
bool package_grid_claim(struct package_grid *g, uint32_t number);
void package_grid_unclaim(struct package_grid *g, uint32_t number);
bool package_grid_is_done(const struct package_grid *g, uint32_t number);

struct package_grid *package_writer_grid(struct package_writer *w);
struct package_grid *package_reader_grid(struct package_reader *r);

#endif
