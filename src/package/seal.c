/* SPDX-License-Identifier: MIT */
/*
 * The signed statement of a seal. Made by the writer, read by the reader and by the store, which sees that what it keeps is
 * what was signed, though it cannot open it.
 */
#include "package/seal.h"

#include "crypt/record.h"
#include "trust/statement.h"

#define MAGIC "PVps"
#define PURPOSE "provision/1/package-seal"

int
package_seal_put(const struct package_seal *s, const struct secret *sign_private, struct buf *out)
{
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, s->package.bytes, ID_BYTES);
	encoder_bytes(&e, s->subscription.bytes, ID_BYTES);
	package_format_put_sender(&e, &s->sender);
	package_format_put_recipient(&e, &s->recipient);
	encoder_bytes(&e, s->header_hash.bytes, CRYPT_HASH_BYTES);
	encoder_bytes(&e, s->content_root.bytes, CRYPT_HASH_BYTES);
	encoder_bytes(&e, s->leaves_hash.bytes, CRYPT_HASH_BYTES);
	encoder_u32(&e, s->chunk_count);
	encoder_u64(&e, s->sequence);
	encoder_u64(&e, s->sealed_ms);
	encoder_block(&e, s->certificate);
	trust_statement_sign(&e, sign_private, PURPOSE);
	return encoder_end(&e);
}

static void
get_fields(struct cursor *c, struct package_seal *s)
{
	s->package = trust_statement_get_id(c);
	s->subscription = trust_statement_get_id(c);
	s->sender = package_format_get_sender(c);
	s->recipient = package_format_get_recipient(c);
	s->header_hash = trust_statement_get_hash(c);
	s->content_root = trust_statement_get_hash(c);
	s->leaves_hash = trust_statement_get_hash(c);
	s->chunk_count = cursor_u32(c);
	s->sequence = cursor_u64(c);
	s->sealed_ms = cursor_u64(c);
	s->certificate = cursor_block(c, TRUST_CERTIFICATE_MAX);
	if (s->chunk_count > PACKAGE_CHUNKS_MAX || s->sequence == 0)
		cursor_fail(c);
	/* exactly a company's members have certificates */
	if ((s->sender.kind == PACKAGE_PARTY_COMPANY) != (s->certificate.len > 0))
		cursor_fail(c);
}

static uint32_t
leaves_bytes(uint32_t chunk_count)
{
	return chunk_count * CRYPT_HASH_BYTES + CRYPT_RECORD_OVERHEAD;
}

int
package_seal_parse(struct view bytes, struct package_seal *seal_r)
{
	struct package_seal s;
	struct cursor c = cursor_of(bytes);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	get_fields(&c, &s);
	s.statement = trust_statement_before(bytes, &c);
	s.sig = trust_statement_get_signature(&c);
	if (c.err != 0)
		return ERR_SYNTAX;
	err = crypt_sign_verify(&s.sender.key, PURPOSE, s.statement, &s.sig);
	if (err != 0)
		return err;
	s.head_bytes = (uint32_t)trust_statement_before(bytes, &c).len;
	s.leaves_bytes = leaves_bytes(s.chunk_count);
	*seal_r = s;
	return 0;
}

int
package_seal_matches(const struct package_seal *s, struct view header)
{
	struct package_header h;
	struct hash hash = package_header_hash(header);
	if (package_header_parse(header, &h) != 0 || !crypt_hash_equal(&s->header_hash, &hash))
		return ERR_TRUST;
	if (!id_equal(&s->package, &h.package) || !id_equal(&s->subscription, &h.subscription) ||
	    !package_format_sender_equal(&s->sender, &h.sender) ||
	    !package_format_recipient_equal(&s->recipient, &h.recipient) || s->chunk_count != h.chunk_count)
		return ERR_TRUST;
	return 0;
}

uint64_t
package_seal_bytes_max(const struct package_header *h)
{
	return (uint64_t)PACKAGE_SEAL_HEAD_MAX + leaves_bytes(h->chunk_count);
}

uint64_t
package_seal_bytes(const struct package_seal *s)
{
	return (uint64_t)s->head_bytes + s->leaves_bytes;
}

enum package_order
package_seal_order(uint64_t highest_seen, uint64_t sequence)
{
	if (sequence <= highest_seen)
		return PACKAGE_ORDER_LATE;
	return sequence - highest_seen == 1 ? PACKAGE_ORDER_NEXT : PACKAGE_ORDER_GAP;
}
