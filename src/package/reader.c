/* SPDX-License-Identifier: MIT */
/*
 * The recipient's side of a package. package_reader_new() is the gate: each step believes only what the steps before it have
 * checked, and nothing is decrypted before the sender's signature and identity hold. Knows no file and no network.
 */
#include "package/reader.h"

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/digest.h"
#include "crypt/seal.h"
#include "package/grid.h"
#include "package/header.h"
#include "package/keys.h"
#include "package/receipt.h"
#include "package/tree.h"

struct package_reader {
	struct package_grid grid;
	struct secret *fingerprint_key;
	struct package_manifest *manifest;
	struct package_layout *layout;
	struct package_seal seal;               /* without its views */
	struct trust_certificate member;        /* of the sender, when it is a company's */
};

/* Step 1: header and seal are about what was asked for and belong together; the signature holds. */
static int
check_promises(const struct package_reader_args *args, struct package_header *h, struct package_seal *s)
{
	int err = args->seal.len > PACKAGE_SEAL_MAX ? ERR_LIMIT : package_header_parse(args->header, h);
	if (err == 0)
		err = package_seal_parse(args->seal, s);
	if (err == 0)
		err = package_seal_matches(s, args->header);
	if (err == 0 && package_seal_bytes(s) != args->seal.len)
		err = ERR_SYNTAX;
	if (err != 0)
		return err;
	if (!id_equal(&h->package, &args->package) || !id_equal(&h->subscription, &args->subscription) ||
	    !package_format_recipient_equal(&h->recipient, &args->recipient))
		return ERR_TRUST;
	return 0;
}

/* Step 3: the package key, which must be the one the sender committed to. */
static int
open_key(const struct package_reader_args *args, const struct package_header *h, struct secret **key_r)
{
	struct secret *key;
	int err = crypt_seal_open(args->private, h->sealed_key, &key);
	if (err != 0)
		return err;
	if (secret_len(key) == CRYPT_KEY_BYTES) {
		struct hash commitment = package_keys_commitment(key, &h->package);
		if (crypt_hash_equal(&commitment, &h->commitment)) {
			*key_r = key;
			return 0;
		}
	}
	secret_free(&key);
	return ERR_CRYPTO;
}

/* Step 4: the manifest, as the header describes it. */
static int
open_manifest(struct package_reader *r, const struct package_reader_args *args, const struct package_header *h,
    const struct secret *key)
{
	struct hash sum;
	if (args->manifest.len != h->manifest_bytes)
		return ERR_CRYPTO;
	crypt_digest_sha256(args->manifest, sum.bytes);
	if (!crypt_hash_equal(&sum, &h->manifest_hash))
		return ERR_CRYPTO;
	int err = package_manifest_open(args->manifest, &h->package, key, &r->manifest);
	if (err != 0)
		return err;
	if (package_manifest_count(r->manifest) != h->entry_count ||
	    package_manifest_chunk_count(r->manifest) != h->chunk_count ||
	    package_manifest_plain_bytes(r->manifest) != h->plain_bytes)
		return ERR_TRUST;
	return 0;
}

/* Step 5: the leaves, and that they lead to the signed content root. */
static int
open_leaves(struct package_reader *r, const struct package_reader_args *args)
{
	const struct package_seal *s = &r->seal;
	struct view sealed = view_slice(args->seal, s->head_bytes, s->leaves_bytes);
	struct hash sum;
	crypt_digest_sha256(sealed, sum.bytes);
	if (!crypt_hash_equal(&sum, &s->leaves_hash))
		return ERR_CRYPTO;
	int err = package_tree_open_leaves(r->grid.key, &s->package, sealed, r->grid.leaves);
	if (err != 0)
		return err;
	struct hash root = package_tree_root(r->fingerprint_key, r->manifest, r->layout, package_grid_leaves(&r->grid));
	return crypt_hash_equal(&root, &s->content_root) ? 0 : ERR_TRUST;
}

static int
open_contents(struct package_reader *r, const struct package_reader_args *args, const struct package_header *h)
{
	struct secret *key;
	int err = open_key(args, h, &key);
	if (err != 0)
		return err;
	err = open_manifest(r, args, h, key);
	if (err == 0) {
		r->layout = package_layout_new(r->manifest);
		r->fingerprint_key = package_keys_derive(key, PACKAGE_KEY_FINGERPRINT, &h->package);
		package_grid_init(&r->grid, key, &h->package, r->layout);
		err = open_leaves(r, args);
	}
	secret_free(&key);
	return err;
}

int
package_reader_new(const struct package_reader_args *args, struct package_reader **r_r)
{
	struct package_header h;
	struct package_reader *r = mem_alloc(sizeof(*r));
	int err = check_promises(args, &h, &r->seal);
	/* step 2: whose signature it is */
	if (err == 0)
		err = package_identity_check(&args->sender, &r->seal.sender, r->seal.certificate, r->seal.sealed_ms, &r->member);
	if (err == 0)
		err = open_contents(r, args, &h);
	r->seal.certificate = r->seal.statement = view_of(NULL, 0);
	if (err == 0)
		*r_r = r;
	else
		package_reader_free(&r);
	return err;
}

void
package_reader_free(struct package_reader **r)
{
	if (*r == NULL)
		return;
	package_grid_deinit(&(*r)->grid);
	secret_free(&(*r)->fingerprint_key);
	package_layout_free(&(*r)->layout);
	package_manifest_free(&(*r)->manifest);
	mem_free(r);
}

struct package_grid *
package_reader_grid(struct package_reader *r)
{
	return &r->grid;
}

const struct package_manifest *
package_reader_manifest(const struct package_reader *r)
{
	return r->manifest;
}

const struct package_layout *
package_reader_layout(const struct package_reader *r)
{
	return r->layout;
}

const struct package_seal *
package_reader_seal(const struct package_reader *r)
{
	return &r->seal;
}

const struct trust_certificate *
package_reader_member(const struct package_reader *r)
{
	return r->seal.sender.kind == PACKAGE_PARTY_COMPANY ? &r->member : NULL;
}

struct hash
package_reader_fingerprint(const struct package_reader *r, uint32_t entry)
{
	const struct package_entry *e = package_manifest_at(r->manifest, entry);
	if (e->kind == PACKAGE_ENTRY_FOLDER)
		return (struct hash){ { 0 } };
	return package_tree_fingerprint(r->fingerprint_key, entry, e->size,
	    package_tree_leaves_of(r->layout, entry, package_grid_leaves(&r->grid)));
}

struct secret *
package_reader_key(const struct package_reader *r)
{
	return secret_copy(r->grid.key);
}

uint32_t
package_reader_missing(const struct package_reader *r)
{
	return r->grid.missing;
}

void
package_reader_forget(struct package_reader *r, uint32_t chunk_number)
{
	package_grid_unclaim(&r->grid, chunk_number);
}

int
package_reader_receipt(const struct package_reader *r, const struct package_sender *receiver,
    const struct secret *sign_private, struct view certificate, uint64_t now_ms, struct buf *out)
{
	const struct package_seal *s = &r->seal;
	struct sign_public key = crypt_sign_public(sign_private);
	if (r->grid.missing != 0)
		return ERR_STATE;
	if (!crypt_sign_public_equal(&key, &receiver->key) || receiver->kind != s->recipient.kind)
		return ERR_TRUST;
	if ((receiver->kind == PACKAGE_PARTY_COMPANY) != (certificate.len > 0))
		return ERR_SYNTAX;
	struct package_receipt receipt = {
		.package = s->package, .subscription = s->subscription, .header_hash = s->header_hash,
		.content_root = s->content_root, .receiver = { *receiver, now_ms, certificate },
		.proof = package_keys_proof(r->grid.key, &s->package, &s->header_hash, &s->content_root),
	};
	return package_receipt_make(&receipt, sign_private, out);
}
