/* SPDX-License-Identifier: MIT */
/*
 * The sender's side of a package. Holds the package key, the manifest and the leaves that lanes put in; knows no file and no
 * network.
 */
#include "package/writer.h"

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/digest.h"
#include "package/grid.h"
#include "package/header.h"
#include "package/keys.h"
#include "package/seal.h"
#include "package/tree.h"

struct package_writer {
	struct package_grid grid;
	struct secret *fingerprint_key;
	struct package_header header;        /* borrows from header_bytes */
	struct buf header_bytes;
	struct buf manifest_bytes;           /* as stored */
	struct package_manifest *manifest;
	struct package_layout *layout;
};

/* Everything that follows from key, id and manifest. */
static struct package_writer *
writer_of(const struct secret *key, const struct id *package, struct package_manifest *manifest)
{
	struct package_writer *w = mem_alloc(sizeof(*w));
	w->fingerprint_key = package_keys_derive(key, PACKAGE_KEY_FINGERPRINT, package);
	w->manifest = manifest;
	w->layout = package_layout_new(manifest);
	package_grid_init(&w->grid, key, package, w->layout);
	buf_init(&w->header_bytes, PACKAGE_HEADER_MAX);
	buf_init(&w->manifest_bytes, PACKAGE_MANIFEST_MAX);
	return w;
}

static void
fill_header(struct package_writer *w, const struct package_writer_args *args)
{
	struct package_header *h = &w->header;
	h->suite = PACKAGE_SUITE_1;
	h->package = args->package;
	h->subscription = args->subscription;
	h->sender = args->sender;
	h->recipient = args->recipient;
	h->commitment = package_keys_commitment(w->grid.key, &args->package);
	crypt_digest_sha256(buf_view(&w->manifest_bytes), h->manifest_hash.bytes);
	h->manifest_bytes = (uint32_t)w->manifest_bytes.len;
	h->entry_count = (uint32_t)package_manifest_count(w->manifest);
	h->chunk_count = package_layout_chunk_count(w->layout);
	h->plain_bytes = package_manifest_plain_bytes(w->manifest);
	h->body_bytes = package_layout_body_bytes(w->layout);
}

static int
make_header(struct package_writer *w, const struct package_writer_args *args)
{
	struct buf sealed;
	buf_init(&sealed, PACKAGE_SEALED_KEY_MAX);
	int err = package_manifest_seal(w->manifest, &args->package, w->grid.key, &w->manifest_bytes);
	if (err == 0)
		err = crypt_seal(&args->recipient_key, secret_view(w->grid.key), &sealed);
	if (err == 0) {
		fill_header(w, args);
		w->header.sealed_key = buf_view(&sealed);
		err = package_header_put(&w->header, &w->header_bytes);
	}
	/* nothing leaves this machine that the other side would refuse */
	if (err == 0)
		err = package_header_parse(buf_view(&w->header_bytes), &w->header);
	buf_deinit(&sealed);
	return err;
}

int
package_writer_new(const struct package_writer_args *args, struct package_manifest **m, struct package_writer **w_r)
{
	struct secret *key = secret_random(CRYPT_KEY_BYTES);
	struct package_writer *w = writer_of(key, &args->package, *m);
	secret_free(&key);
	int err = make_header(w, args);
	if (err == 0) {
		*m = NULL;
		*w_r = w;
	} else {
		w->manifest = NULL;   /* stays the caller's */
		package_writer_free(&w);
	}
	return err;
}

void
package_writer_free(struct package_writer **w)
{
	if (*w == NULL)
		return;
	package_grid_deinit(&(*w)->grid);
	secret_free(&(*w)->fingerprint_key);
	buf_deinit(&(*w)->header_bytes);
	buf_deinit(&(*w)->manifest_bytes);
	package_layout_free(&(*w)->layout);
	package_manifest_free(&(*w)->manifest);
	mem_free(w);
}

struct package_grid *
package_writer_grid(struct package_writer *w)
{
	return &w->grid;
}

struct secret *
package_writer_key(const struct package_writer *w)
{
	return secret_copy(w->grid.key);
}

/* That header, stored manifest, opened manifest and key belong together. */
static int
check_resumed(const struct package_header *h, struct view manifest_bytes, const struct package_manifest *m,
    const struct secret *key)
{
	struct hash sum, commitment = package_keys_commitment(key, &h->package);
	crypt_digest_sha256(manifest_bytes, sum.bytes);
	if (!crypt_hash_equal(&sum, &h->manifest_hash) || !crypt_hash_equal(&commitment, &h->commitment))
		return ERR_TRUST;
	if (h->entry_count != package_manifest_count(m) || h->chunk_count != package_manifest_chunk_count(m) ||
	    h->plain_bytes != package_manifest_plain_bytes(m))
		return ERR_TRUST;
	return 0;
}

int
package_writer_resume(const struct secret *key, struct view header, struct view manifest, struct package_writer **w_r)
{
	struct package_header h;
	struct package_manifest *m = NULL;
	if (secret_len(key) != CRYPT_KEY_BYTES)
		return ERR_SYNTAX;
	int err = package_header_parse(header, &h);
	if (err == 0)
		err = package_manifest_open(manifest, &h.package, key, &m);
	if (err == 0)
		err = check_resumed(&h, manifest, m, key);
	if (err != 0) {
		package_manifest_free(&m);
		return err;
	}
	struct package_writer *w = writer_of(key, &h.package, m);
	require(buf_append_view(&w->header_bytes, header) == 0);
	require(buf_append_view(&w->manifest_bytes, manifest) == 0);
	require(package_header_parse(buf_view(&w->header_bytes), &w->header) == 0);
	*w_r = w;
	return 0;
}

struct view
package_writer_header(const struct package_writer *w)
{
	return buf_view(&w->header_bytes);
}

struct view
package_writer_manifest_bytes(const struct package_writer *w)
{
	return buf_view(&w->manifest_bytes);
}

const struct package_manifest *
package_writer_manifest(const struct package_writer *w)
{
	return w->manifest;
}

const struct package_layout *
package_writer_layout(const struct package_writer *w)
{
	return w->layout;
}

uint32_t
package_writer_missing(const struct package_writer *w)
{
	return w->grid.missing;
}

bool
package_writer_has_leaf(const struct package_writer *w, uint32_t chunk_number)
{
	return package_grid_is_done(&w->grid, chunk_number);
}

int
package_writer_fingerprint(const struct package_writer *w, uint32_t entry, struct hash *fingerprint_r)
{
	const struct package_entry *e = package_manifest_at(w->manifest, entry);
	struct hash none = { { 0 } };
	for (uint32_t i = package_layout_first(w->layout, entry); i < package_layout_first(w->layout, entry + 1); i++)
		if (!package_grid_is_done(&w->grid, i))
			return ERR_STATE;
	struct view leaves = package_tree_leaves_of(w->layout, entry, package_grid_leaves(&w->grid));
	*fingerprint_r = e->kind == PACKAGE_ENTRY_FOLDER ? none :
	    package_tree_fingerprint(w->fingerprint_key, entry, e->size, leaves);
	return 0;
}

int
package_writer_content_root(const struct package_writer *w, struct hash *content_root_r)
{
	if (w->grid.missing != 0)
		return ERR_STATE;
	*content_root_r = package_tree_root(w->fingerprint_key, w->manifest, w->layout, package_grid_leaves(&w->grid));
	return 0;
}

/* Statement, then the leaves, which are encrypted first because the statement holds their hash. */
static int
put_seal(struct package_seal *s, const struct package_writer *w, const struct secret *sign_private, struct buf *out)
{
	struct buf leaves;
	size_t before = out->len;
	buf_init(&leaves, PACKAGE_SEAL_MAX);
	int err = package_tree_seal_leaves(w->grid.key, &w->header.package, package_grid_leaves(&w->grid), &leaves);
	if (err == 0) {
		crypt_digest_sha256(buf_view(&leaves), s->leaves_hash.bytes);
		err = package_seal_put(s, sign_private, out);
	}
	if (err == 0)
		err = buf_append_view(out, buf_view(&leaves));
	if (err != 0)
		out->len = before;
	buf_deinit(&leaves);
	return err;
}

int
package_writer_seal(const struct package_writer *w, const struct secret *sign_private, struct view certificate,
    uint64_t sequence, uint64_t now_ms, struct buf *out)
{
	struct package_seal s = {
		.package = w->header.package, .subscription = w->header.subscription, .sender = w->header.sender,
		.recipient = w->header.recipient, .header_hash = package_header_hash(buf_view(&w->header_bytes)),
		.chunk_count = w->header.chunk_count, .sequence = sequence, .sealed_ms = now_ms, .certificate = certificate,
	};
	struct sign_public key = crypt_sign_public(sign_private);
	if (!crypt_sign_public_equal(&key, &s.sender.key))
		return ERR_TRUST;
	if (sequence == 0 || (s.sender.kind == PACKAGE_PARTY_COMPANY) != (certificate.len > 0))
		return ERR_SYNTAX;
	int err = package_writer_content_root(w, &s.content_root);
	return err != 0 ? err : put_seal(&s, w, sign_private, out);
}

int
package_writer_proof(const struct package_writer *w, struct hash *proof_r)
{
	struct hash root, header_hash = package_header_hash(buf_view(&w->header_bytes));
	int err = package_writer_content_root(w, &root);
	if (err == 0)
		*proof_r = package_keys_proof(w->grid.key, &w->header.package, &header_hash, &root);
	return err;
}
