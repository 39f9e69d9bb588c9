/* SPDX-License-Identifier: MIT */
/*
 * From leaves to the content root. Writer and reader call the same functions, so they agree by construction; the store
 * computes the root from the file records (package/files.h).
 */
#include "package/tree.h"

#include <string.h>

#include "base/encoder.h"
#include "base/fatal.h"
#include "crypt/digest.h"
#include "crypt/record.h"
#include "package/files.h"
#include "package/keys.h"

#define LEAVES_PURPOSE "provision/1/package-leaves"
#define HEAD_BYTES 12
#define AD_BYTES (sizeof(LEAVES_PURPOSE) + ID_BYTES)

struct hash
package_tree_fingerprint(const struct secret *fingerprint_key, uint32_t entry, uint64_t size, struct view leaves)
{
	struct hash h;
	struct buf head;
	buf_init(&head, HEAD_BYTES);
	struct encoder e = encoder_of(&head);
	encoder_u32(&e, entry);
	encoder_u64(&e, size);
	require(encoder_end(&e) == 0);
	struct digest *d = crypt_digest_new_keyed(fingerprint_key);
	crypt_digest_update(d, buf_view(&head));
	crypt_digest_update(d, leaves);
	crypt_digest_final(d, h.bytes);
	crypt_digest_free(&d);
	buf_deinit(&head);
	return h;
}

struct view
package_tree_leaves_of(const struct package_layout *l, uint32_t entry, struct view leaves)
{
	size_t first = package_layout_first(l, entry), next = package_layout_first(l, entry + 1);
	return view_slice(leaves, first * CRYPT_HASH_BYTES, (next - first) * CRYPT_HASH_BYTES);
}

/* Adds one entry's record; a folder's path gets its '/'. */
static int
add_record(struct package_files *f, const struct package_entry *entry, const struct hash *fingerprint)
{
	uint8_t path[PACKAGE_PATH_MAX];
	if (entry->kind == PACKAGE_ENTRY_FILE)
		return package_files_add(f, entry->path, entry->size, crypt_hash_view(fingerprint));
	memcpy(path, entry->path.data, entry->path.len);
	path[entry->path.len] = '/';
	return package_files_add(f, view_of(path, entry->path.len + 1), 0, view_of(NULL, 0));
}

struct hash
package_tree_root(const struct secret *fingerprint_key, const struct package_manifest *m, const struct package_layout *l,
    struct view leaves)
{
	struct hash root;
	uint32_t n = (uint32_t)package_manifest_count(m);
	struct package_files *f = package_files_new(n);
	for (uint32_t i = 0; i < n; i++) {
		const struct package_entry *entry = package_manifest_at(m, i);
		struct hash fingerprint = package_tree_fingerprint(fingerprint_key, i, entry->size,
		    package_tree_leaves_of(l, i, leaves));
		/* a manifest that was made or opened obeys the rules of the records */
		require(add_record(f, entry, &fingerprint) == 0);
	}
	require(package_files_root(f, &root) == 0);
	package_files_free(&f);
	return root;
}

/* purpose || 0 || package */
static struct view
associated_data(const struct id *package, uint8_t out[AD_BYTES])
{
	memcpy(out, LEAVES_PURPOSE, sizeof(LEAVES_PURPOSE));
	memcpy(out + sizeof(LEAVES_PURPOSE), package->bytes, ID_BYTES);
	return view_of(out, AD_BYTES);
}

int
package_tree_seal_leaves(const struct secret *package_key, const struct id *package, struct view leaves, struct buf *out)
{
	uint8_t ad[AD_BYTES];
	struct secret *key = package_keys_derive(package_key, PACKAGE_KEY_LEAVES, package);
	int err = crypt_record_seal(key, associated_data(package, ad), leaves, out);
	secret_free(&key);
	return err;
}

int
package_tree_open_leaves(const struct secret *package_key, const struct id *package, struct view sealed, uint8_t *leaves_r)
{
	uint8_t ad[AD_BYTES];
	struct secret *key = package_keys_derive(package_key, PACKAGE_KEY_LEAVES, package);
	int err = crypt_record_open_at(key, associated_data(package, ad), sealed, leaves_r);
	secret_free(&key);
	return err;
}
