/* SPDX-License-Identifier: MIT */
/*
 * The grid of chunks of one package. A claim is the only thing threads may do to the same chunk at the same time.
 */
#include "package/grid.h"

#include "base/fatal.h"
#include "base/mem.h"

void
package_grid_init(struct package_grid *g, const struct secret *key, const struct id *package,
    const struct package_layout *layout)
{
	uint32_t n = package_layout_chunk_count(layout);
	g->key = secret_copy(key);
	g->package = *package;
	g->layout = layout;
	g->leaves = mem_array(n, CRYPT_HASH_BYTES);
	g->done = mem_array(n, sizeof(g->done[0]));
	g->missing = n;
}

void
package_grid_deinit(struct package_grid *g)
{
	secret_free(&g->key);
	mem_free(&g->leaves);
	mem_free(&g->done);
}

struct view
package_grid_leaves(const struct package_grid *g)
{
	return view_of(g->leaves, (size_t)package_layout_chunk_count(g->layout) * CRYPT_HASH_BYTES);
}

uint8_t *
package_grid_leaf(const struct package_grid *g, uint32_t number)
{
	require(number < package_layout_chunk_count(g->layout));
	return g->leaves + (size_t)number * CRYPT_HASH_BYTES;
}

bool
package_grid_claim(struct package_grid *g, uint32_t number)
{
	require(number < package_layout_chunk_count(g->layout));
	if (atomic_exchange(&g->done[number], 1) != 0)
		return false;
	atomic_fetch_sub(&g->missing, 1);
	return true;
}

void
package_grid_unclaim(struct package_grid *g, uint32_t number)
{
	require(number < package_layout_chunk_count(g->layout));
	if (atomic_exchange(&g->done[number], 0) != 0)
		atomic_fetch_add(&g->missing, 1);
}

bool
package_grid_is_done(const struct package_grid *g, uint32_t number)
{
	require(number < package_layout_chunk_count(g->layout));
	return atomic_load(&g->done[number]) != 0;
}
