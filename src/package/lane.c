/* SPDX-License-Identifier: MIT */
/*
 * One thread's way through chunks: leaf, nonce, cipher. The order on the way in (leaf first, nonce from it) and on the way out
 * (nonce must follow from the signed leaf, then decrypt, then the leaf again) is the heart of the format's promises; see
 * FORMAT.md.
 */
#include "package/lane.h"

#include <string.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/bulk.h"
#include "crypt/digest.h"
#include "crypt/equal.h"
#include "crypt/slices.h"
#include "package/grid.h"
#include "package/keys.h"

#define NONCE CRYPT_BULK_NONCE_BYTES
#define PLACE_BYTES 9                   /* u32 entry || u32 index || u8 last */
#define PAD_BLOCK 65536U

_Static_assert(NONCE + CRYPT_BULK_TAG_BYTES == PACKAGE_CHUNK_OVERHEAD, "chunk overhead");

struct package_lane {
	struct package_grid *grid;
	struct bulk *body;
	struct bulk *padding;
	struct slices *slices;
	struct digest *leaf;
	struct digest *nonce;
	uint8_t *pad_block;                 /* the padding block made last, and its tag; NULL before the first */
	uint8_t *pad_zeros;
	uint64_t pad_number;
};

static struct bulk *
cipher_of(const struct package_grid *g, enum package_key which)
{
	struct secret *key = package_keys_derive(g->key, which, &g->package);
	struct bulk *b = crypt_bulk_new(key);
	secret_free(&key);
	return b;
}

static struct digest *
digest_of(const struct package_grid *g, enum package_key which)
{
	struct secret *key = package_keys_derive(g->key, which, &g->package);
	struct digest *d = crypt_digest_new_keyed(key);
	secret_free(&key);
	return d;
}

static struct package_lane *
lane_of(struct package_grid *g)
{
	struct package_lane *lane = mem_alloc(sizeof(*lane));
	lane->grid = g;
	lane->body = cipher_of(g, PACKAGE_KEY_BODY);
	lane->padding = cipher_of(g, PACKAGE_KEY_PADDING);
	lane->slices = crypt_slices_new();
	lane->leaf = digest_of(g, PACKAGE_KEY_LEAF);
	lane->nonce = digest_of(g, PACKAGE_KEY_NONCE);
	return lane;
}

struct package_lane *
package_lane_of_grid(struct package_grid *g)
{
	return lane_of(g);
}

struct package_lane *
package_lane_of_writer(struct package_writer *w)
{
	return lane_of(package_writer_grid(w));
}

struct package_lane *
package_lane_of_reader(struct package_reader *r)
{
	return lane_of(package_reader_grid(r));
}

void
package_lane_free(struct package_lane **lane)
{
	if (*lane == NULL)
		return;
	crypt_bulk_free(&(*lane)->body);
	crypt_bulk_free(&(*lane)->padding);
	crypt_slices_free(&(*lane)->slices);
	crypt_digest_free(&(*lane)->leaf);
	crypt_digest_free(&(*lane)->nonce);
	mem_free(&(*lane)->pad_block);
	mem_free(&(*lane)->pad_zeros);
	mem_free(lane);
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Where a chunk is: its associated data, and part of what its nonce is made from. */
static struct view
place_of(const struct package_chunk *chunk, uint8_t out[PLACE_BYTES])
{
	put_u32(out, chunk->entry);
	put_u32(out + 4, chunk->index);
	out[8] = chunk->is_last;
	return view_of(out, PLACE_BYTES);
}

/* HMAC-SHA-256(leaf key, u32 length || SHA-256 of each slice) */
static void
leaf_of(struct package_lane *lane, struct view plain, uint8_t out[CRYPT_HASH_BYTES])
{
	uint8_t input[4 + CRYPT_SLICES(PACKAGE_CHUNK_BYTES) * CRYPT_DIGEST_BYTES];
	put_u32(input, (uint32_t)plain.len);
	crypt_slices_sha256(lane->slices, plain, input + 4);
	crypt_digest_update(lane->leaf, view_of(input, 4 + CRYPT_SLICES(plain.len) * CRYPT_DIGEST_BYTES));
	crypt_digest_final(lane->leaf, out);
}

/* The first 96 bits of HMAC-SHA-256(nonce key, place || leaf) */
static void
nonce_of(struct package_lane *lane, struct view place, const uint8_t leaf[CRYPT_HASH_BYTES], uint8_t out[NONCE])
{
	uint8_t full[CRYPT_DIGEST_BYTES];
	crypt_digest_update(lane->nonce, place);
	crypt_digest_update(lane->nonce, view_of(leaf, CRYPT_HASH_BYTES));
	crypt_digest_final(lane->nonce, full);
	memcpy(out, full, NONCE);
}

/* Keeps the leaf; a second one for the same chunk must be the same. */
static int
record_leaf(struct package_lane *lane, const struct package_chunk *chunk, const uint8_t leaf[CRYPT_HASH_BYTES])
{
	uint8_t *place = package_grid_leaf(lane->grid, chunk->number);
	if (package_grid_is_done(lane->grid, chunk->number))
		return crypt_equal(view_of(place, CRYPT_HASH_BYTES), view_of(leaf, CRYPT_HASH_BYTES)) ? 0 : ERR_CHANGED;
	memcpy(place, leaf, CRYPT_HASH_BYTES);
	(void)package_grid_claim(lane->grid, chunk->number);
	return 0;
}

int
package_lane_hash(struct package_lane *lane, const struct package_chunk *chunk, struct view plain)
{
	uint8_t leaf[CRYPT_DIGEST_BYTES];
	require(plain.len == chunk->plain_bytes);
	leaf_of(lane, plain, leaf);
	return record_leaf(lane, chunk, leaf);
}

int
package_lane_encrypt(struct package_lane *lane, const struct package_chunk *chunk, struct view plain, uint8_t *out)
{
	uint8_t place[PLACE_BYTES];
	int err = package_lane_hash(lane, chunk, plain);
	if (err != 0)
		return err;
	struct view ad = place_of(chunk, place);
	nonce_of(lane, ad, package_grid_leaf(lane->grid, chunk->number), out);
	return crypt_bulk_encrypt(lane->body, out, ad, plain, out + NONCE);
}

/* The chunk must be what the signed leaf says: same nonce, valid tag, same leaf. */
static int
open_chunk(struct package_lane *lane, const struct package_chunk *chunk, struct view stored, uint8_t *out)
{
	uint8_t place[PLACE_BYTES], nonce[NONCE], again[CRYPT_DIGEST_BYTES];
	const uint8_t *leaf = package_grid_leaf(lane->grid, chunk->number);
	struct view ad = place_of(chunk, place);
	nonce_of(lane, ad, leaf, nonce);
	if (!crypt_equal(view_of(nonce, NONCE), view_slice(stored, 0, NONCE)))
		return ERR_CRYPTO;
	int err = crypt_bulk_decrypt(lane->body, nonce, ad, view_slice(stored, NONCE, SIZE_MAX), out);
	if (err != 0)
		return err;
	leaf_of(lane, view_of(out, chunk->plain_bytes), again);
	return crypt_equal(view_of(again, CRYPT_HASH_BYTES), view_of(leaf, CRYPT_HASH_BYTES)) ? 0 : ERR_CRYPTO;
}

int
package_lane_decrypt(struct package_lane *lane, const struct package_chunk *chunk, struct view stored, uint8_t *out)
{
	require(stored.len == chunk->stored_bytes);
	if (!package_grid_claim(lane->grid, chunk->number))
		return ERR_CONFLICT;
	int err = open_chunk(lane, chunk, stored, out);
	if (err != 0) {
		memset(out, 0, chunk->plain_bytes);
		package_grid_unclaim(lane->grid, chunk->number);
	}
	return err;
}

int
package_lane_verify(struct package_lane *lane, const struct package_chunk *chunk, struct view plain)
{
	uint8_t again[CRYPT_DIGEST_BYTES];
	const uint8_t *leaf = package_grid_leaf(lane->grid, chunk->number);
	require(plain.len == chunk->plain_bytes);
	if (!package_grid_claim(lane->grid, chunk->number))
		return ERR_CONFLICT;
	leaf_of(lane, plain, again);
	if (crypt_equal(view_of(again, CRYPT_HASH_BYTES), view_of(leaf, CRYPT_HASH_BYTES)))
		return 0;
	package_grid_unclaim(lane->grid, chunk->number);
	return ERR_CRYPTO;
}

/* Block number of the padding: AES-256-GCM of zeros under the padding key, nonce = number, tag not used. */
static int
make_pad_block(struct package_lane *lane, uint64_t number)
{
	uint8_t nonce[NONCE] = { 0 };
	if (lane->pad_block != NULL && lane->pad_number == number)
		return 0;
	if (lane->pad_block == NULL) {
		lane->pad_block = mem_alloc(PAD_BLOCK + CRYPT_BULK_TAG_BYTES);
		lane->pad_zeros = mem_alloc(PAD_BLOCK);
	}
	put_u32(nonce + 4, (uint32_t)(number >> 32));
	put_u32(nonce + 8, (uint32_t)number);
	int err = crypt_bulk_encrypt(lane->padding, nonce, view_of(NULL, 0), view_of(lane->pad_zeros, PAD_BLOCK), lane->pad_block);
	lane->pad_number = err == 0 ? number : UINT64_MAX;
	return err;
}

int
package_lane_padding(struct package_lane *lane, uint64_t offset, uint8_t *out, size_t len)
{
	uint64_t content = package_layout_content_bytes(lane->grid->layout);
	require(offset >= content && offset + len <= package_layout_body_bytes(lane->grid->layout));
	for (uint64_t at = offset - content; len > 0;) {
		size_t within = (size_t)(at % PAD_BLOCK);
		size_t n = PAD_BLOCK - within < len ? PAD_BLOCK - within : len;
		int err = make_pad_block(lane, at / PAD_BLOCK);
		if (err != 0)
			return err;
		memcpy(out, lane->pad_block + within, n);
		out += n;
		at += n;
		len -= n;
	}
	return 0;
}
