/* SPDX-License-Identifier: MIT */
/*
 * The leaves of one file, as if it were a package of its own: leaves do not depend on the place, fingerprints do. Called by the
 * command line; knows no server and no record.
 */
#include "package/prove.h"

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "package/grid.h"
#include "package/keys.h"
#include "package/lane.h"
#include "package/tree.h"

struct package_prove {
	struct package_manifest *manifest;   /* of this file alone */
	struct package_layout *layout;
	struct package_grid grid;
	struct secret *fingerprint_key;
	uint64_t size;
};

static int
read_all(struct package_prove *p, int fd)
{
	struct package_lane *lane = package_lane_of_grid(&p->grid);
	uint8_t *plain = mem_alloc(PACKAGE_CHUNK_BYTES);
	int err = 0;
	for (uint32_t i = 0; err == 0 && i < package_layout_chunk_count(p->layout); i++) {
		struct package_chunk chunk = package_layout_chunk(p->layout, i);
		err = file_pread_full(fd, plain, chunk.plain_bytes, (uint64_t)i * PACKAGE_CHUNK_BYTES);
		if (err == 0)
			err = package_lane_hash(lane, &chunk, view_of(plain, chunk.plain_bytes));
	}
	mem_free(&plain);
	package_lane_free(&lane);
	return err == ERR_CLOSED ? ERR_CHANGED : err;
}

int
package_prove_file(const struct secret *key, const struct id *package, int fd, uint64_t size, struct package_prove **p_r)
{
	struct package_entry entry = { .kind = PACKAGE_ENTRY_FILE, .size = size, .path = VIEW_LIT("file") };
	struct package_manifest *m = NULL;
	int err = package_manifest_new(&entry, 1, &m, NULL);
	if (err != 0)
		return err;
	struct package_prove *p = mem_alloc(sizeof(*p));
	p->manifest = m;
	p->size = size;
	p->layout = package_layout_new(m);
	package_grid_init(&p->grid, key, package, p->layout);
	p->fingerprint_key = package_keys_derive(key, PACKAGE_KEY_FINGERPRINT, package);
	err = read_all(p, fd);
	if (err != 0)
		package_prove_free(&p);
	*p_r = p;
	return err;
}

void
package_prove_free(struct package_prove **p)
{
	if (*p == NULL)
		return;
	package_grid_deinit(&(*p)->grid);
	secret_free(&(*p)->fingerprint_key);
	package_layout_free(&(*p)->layout);
	package_manifest_free(&(*p)->manifest);
	mem_free(p);
}

struct hash
package_prove_fingerprint(const struct package_prove *p, uint32_t entry)
{
	return package_tree_fingerprint(p->fingerprint_key, entry, p->size, package_grid_leaves(&p->grid));
}
