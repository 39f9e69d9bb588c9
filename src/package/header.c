/* SPDX-License-Identifier: MIT */
/*
 * The header, read and written. Everything a server can check without a key is checked here, so that both sides refuse the
 * same things. Called by writer, reader and the store.
 */
#include "package/header.h"

#include <string.h>

#include "crypt/equal.h"
#include "crypt/random.h"
#include "trust/statement.h"

#define MAGIC "PVph"
#define HASH_PURPOSE "provision/1/package-header"
#define ID_PURPOSE "provision/1/package-id"
#define ID_RANDOM_BYTES 10
#define SUITE_1_SEALED_KEY_BYTES 80
#define MANIFEST_MIN (PACKAGE_PADDED_MIN + 40)

int
package_header_put(const struct package_header *h, struct buf *out)
{
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_u16(&e, h->suite);
	encoder_bytes(&e, h->package.bytes, ID_BYTES);
	encoder_bytes(&e, h->subscription.bytes, ID_BYTES);
	package_format_put_sender(&e, &h->sender);
	package_format_put_recipient(&e, &h->recipient);
	encoder_bytes(&e, h->commitment.bytes, sizeof(h->commitment.bytes));
	encoder_bytes(&e, h->manifest_hash.bytes, sizeof(h->manifest_hash.bytes));
	encoder_u32(&e, h->manifest_bytes);
	encoder_u32(&e, h->entry_count);
	encoder_u32(&e, h->chunk_count);
	encoder_u64(&e, h->plain_bytes);
	encoder_u64(&e, h->body_bytes);
	encoder_block(&e, h->sealed_key);
	return encoder_end(&e);
}

static void
get_fields(struct cursor *c, struct package_header *h)
{
	h->package = trust_statement_get_id(c);
	h->subscription = trust_statement_get_id(c);
	h->sender = package_format_get_sender(c);
	h->recipient = package_format_get_recipient(c);
	h->commitment = trust_statement_get_hash(c);
	h->manifest_hash = trust_statement_get_hash(c);
	h->manifest_bytes = cursor_u32(c);
	h->entry_count = cursor_u32(c);
	h->chunk_count = cursor_u32(c);
	h->plain_bytes = cursor_u64(c);
	h->body_bytes = cursor_u64(c);
	h->sealed_key = cursor_block(c, PACKAGE_SEALED_KEY_MAX);
	if (h->sealed_key.len != SUITE_1_SEALED_KEY_BYTES || id_is_none(&h->package) || id_is_none(&h->subscription))
		cursor_fail(c);
}

/* The sizes that follow from each other, and the limits. */
static int
check_sizes(const struct package_header *h)
{
	if (h->manifest_bytes > PACKAGE_MANIFEST_MAX || h->entry_count > PACKAGE_ENTRIES_MAX || h->chunk_count > PACKAGE_CHUNKS_MAX)
		return ERR_LIMIT;
	if (h->manifest_bytes < MANIFEST_MIN || h->entry_count == 0)
		return ERR_SYNTAX;
	/* a chunk has 1 to PACKAGE_CHUNK_BYTES bytes; only the last of each file may be short */
	uint64_t full = h->plain_bytes / PACKAGE_CHUNK_BYTES;
	if (h->chunk_count > h->plain_bytes || h->chunk_count < package_format_chunks(h->plain_bytes) ||
	    h->chunk_count > full + h->entry_count)
		return ERR_SYNTAX;
	uint64_t content = h->plain_bytes + (uint64_t)h->chunk_count * PACKAGE_CHUNK_OVERHEAD;
	return h->body_bytes == package_format_padded(content) ? 0 : ERR_SYNTAX;
}

int
package_header_parse(struct view bytes, struct package_header *header_r)
{
	struct package_header h;
	struct cursor c = cursor_of(bytes);
	if (bytes.len > PACKAGE_HEADER_MAX)
		return ERR_LIMIT;
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	h.suite = cursor_u16(&c);
	if (c.err == 0 && h.suite != PACKAGE_SUITE_1)
		return h.suite == 0 ? ERR_SYNTAX : ERR_VERSION;
	get_fields(&c, &h);
	err = cursor_end(&c);
	if (err == 0)
		err = check_sizes(&h);
	if (err == 0)
		*header_r = h;
	return err;
}

struct hash
package_header_hash(struct view bytes)
{
	return crypt_hash(HASH_PURPOSE, bytes);
}

/* The second part of the id that begins with these random bytes. */
static struct hash
id_binding(const struct id *package, const struct id *subscription)
{
	uint8_t bytes[ID_BYTES + ID_RANDOM_BYTES];

	memcpy(bytes, subscription->bytes, ID_BYTES);
	memcpy(bytes + ID_BYTES, package->bytes, ID_RANDOM_BYTES);
	return crypt_hash(ID_PURPOSE, view_of(bytes, sizeof(bytes)));
}

struct id
package_header_new_id(const struct id *subscription)
{
	struct id id = id_random();
	struct hash binding = id_binding(&id, subscription);

	memcpy(id.bytes + ID_RANDOM_BYTES, binding.bytes, ID_BYTES - ID_RANDOM_BYTES);
	return id;
}

bool
package_header_is_bound(const struct id *package, const struct id *subscription)
{
	struct hash binding = id_binding(package, subscription);

	return crypt_equal(view_of(package->bytes + ID_RANDOM_BYTES, ID_BYTES - ID_RANDOM_BYTES),
	    view_of(binding.bytes, ID_BYTES - ID_RANDOM_BYTES));
}
