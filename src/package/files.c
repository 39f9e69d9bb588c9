/* SPDX-License-Identifier: MIT */
/*
 * The content root: SHA-256 over the canonical records. The store feeds it page by page from what it keeps, writer and reader
 * from manifest and leaves.
 */
#include "package/files.h"

#include <string.h>

#include "base/buf.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/digest.h"
#include "package/format.h"
#include "package/name.h"

#define PURPOSE "provision/1/package-content"
#define RECORD_MAX (4 + PACKAGE_PATH_MAX + 8 + 4 + CRYPT_HASH_BYTES)

struct package_files {
	struct digest *digest;
	uint32_t left;                       /* records still to come */
	uint64_t plain_bytes;
	struct buf record;                   /* of the current record */
	uint8_t last[PACKAGE_PATH_MAX];      /* path before, without its '/' */
	size_t last_len;                     /* 0: none yet */
};

struct package_files *
package_files_new(uint32_t count)
{
	struct package_files *f = mem_alloc(sizeof(*f));
	f->left = count;
	f->digest = crypt_digest_new();
	buf_init(&f->record, RECORD_MAX);
	require(buf_append_u32(&f->record, count) == 0);
	crypt_digest_update(f->digest, view_of(PURPOSE, sizeof(PURPOSE)));
	crypt_digest_update(f->digest, buf_view(&f->record));
	return f;
}

void
package_files_free(struct package_files **f)
{
	if (*f == NULL)
		return;
	crypt_digest_free(&(*f)->digest);
	buf_deinit(&(*f)->record);
	mem_free(f);
}

/* The rules of a record; *bare_r: the path without a folder's '/'. */
static int
check(const struct package_files *f, struct view path, uint64_t size, struct view fingerprint, struct view *bare_r)
{
	bool is_folder = path.len > 1 && path.data[path.len - 1] == '/';
	struct view bare = view_slice(path, 0, path.len - is_folder);
	int err = path.len > PACKAGE_PATH_MAX ? ERR_SYNTAX : package_name_check(bare);
	if (err != 0)
		return err;
	if (is_folder ? size != 0 || fingerprint.len != 0 : fingerprint.len != CRYPT_HASH_BYTES)
		return ERR_SYNTAX;
	if (f->last_len > 0 && package_name_compare(view_of(f->last, f->last_len), bare) >= 0)
		return ERR_SYNTAX;
	if (size > (uint64_t)PACKAGE_CHUNKS_MAX * PACKAGE_CHUNK_BYTES - f->plain_bytes)
		return ERR_LIMIT;
	*bare_r = bare;
	return 0;
}

int
package_files_add(struct package_files *f, struct view path, uint64_t size, struct view fingerprint)
{
	struct view bare;
	if (f->left == 0)
		return ERR_LIMIT;
	int err = check(f, path, size, fingerprint, &bare);
	if (err != 0)
		return err;
	buf_clear(&f->record);
	struct encoder e = encoder_of(&f->record);
	encoder_block(&e, path);
	encoder_u64(&e, size);
	encoder_block(&e, fingerprint);
	err = encoder_end(&e);
	if (err != 0)
		return err;
	crypt_digest_update(f->digest, buf_view(&f->record));
	memcpy(f->last, bare.data, bare.len);
	f->last_len = bare.len;
	f->plain_bytes += size;
	f->left--;
	return 0;
}

int
package_files_root(struct package_files *f, struct hash *content_root_r)
{
	if (f->left != 0)
		return ERR_SYNTAX;
	crypt_digest_final(f->digest, content_root_r->bytes);
	return 0;
}

uint64_t
package_files_plain_bytes(const struct package_files *f)
{
	return f->plain_bytes;
}
