/* SPDX-License-Identifier: MIT */
/*
 * The plain values of the format: parties, padding, chunk counts. Knows no key and no file.
 */
#include "package/format.h"

#include "trust/certificate.h"
#include "trust/statement.h"

#define SHIFT_CHUNK 20

_Static_assert(1U << SHIFT_CHUNK == PACKAGE_CHUNK_BYTES, "chunk size");

void
package_format_put_sender(struct encoder *e, const struct package_sender *s)
{
	encoder_u8(e, (uint8_t)s->kind);
	encoder_bytes(e, s->account.bytes, ID_BYTES);
	encoder_bytes(e, s->company.bytes, ID_BYTES);
	encoder_bytes(e, s->key.bytes, sizeof(s->key.bytes));
}

void
package_format_put_recipient(struct encoder *e, const struct package_recipient *r)
{
	encoder_u8(e, (uint8_t)r->kind);
	encoder_bytes(e, r->principal.bytes, ID_BYTES);
	encoder_u32(e, r->key_number);
	encoder_bytes(e, r->fingerprint.bytes, sizeof(r->fingerprint.bytes));
}

/* Which ids a sender of each kind has. */
static bool
is_sender(const struct package_sender *s)
{
	bool has_account = !id_is_none(&s->account), has_company = !id_is_none(&s->company);
	switch (s->kind) {
	case PACKAGE_PARTY_CUSTOMER:
		return has_account && !has_company;
	case PACKAGE_PARTY_COMPANY:
		return has_account && has_company;
	case PACKAGE_PARTY_GATEWAY:
		return !has_account && !has_company;
	}
	return false;
}

struct package_sender
package_format_get_sender(struct cursor *c)
{
	struct package_sender s;
	s.kind = (enum package_party_kind)cursor_u8(c);
	s.account = trust_statement_get_id(c);
	s.company = trust_statement_get_id(c);
	s.key = trust_statement_get_sign(c);
	if (!is_sender(&s))
		cursor_fail(c);
	return s;
}

struct package_recipient
package_format_get_recipient(struct cursor *c)
{
	struct package_recipient r;
	r.kind = (enum package_party_kind)cursor_u8(c);
	r.principal = trust_statement_get_id(c);
	r.key_number = cursor_u32(c);
	r.fingerprint = trust_statement_get_hash(c);
	if (r.kind != PACKAGE_PARTY_CUSTOMER && r.kind != PACKAGE_PARTY_COMPANY)
		cursor_fail(c);
	if (id_is_none(&r.principal) || r.key_number == 0)
		cursor_fail(c);
	return r;
}

void
package_format_put_signer(struct encoder *e, const struct package_signer *s)
{
	package_format_put_sender(e, &s->who);
	encoder_u64(e, s->time_ms);
	encoder_block(e, s->certificate);
}

struct package_signer
package_format_get_signer(struct cursor *c)
{
	struct package_signer s;
	s.who = package_format_get_sender(c);
	s.time_ms = cursor_u64(c);
	s.certificate = cursor_block(c, TRUST_CERTIFICATE_MAX);
	if (s.who.kind == PACKAGE_PARTY_GATEWAY || (s.who.kind == PACKAGE_PARTY_COMPANY) != (s.certificate.len > 0))
		cursor_fail(c);
	return s;
}

bool
package_format_sender_equal(const struct package_sender *a, const struct package_sender *b)
{
	return a->kind == b->kind && id_equal(&a->account, &b->account) && id_equal(&a->company, &b->company) &&
	    crypt_sign_public_equal(&a->key, &b->key);
}

bool
package_format_recipient_equal(const struct package_recipient *a, const struct package_recipient *b)
{
	return a->kind == b->kind && id_equal(&a->principal, &b->principal) && a->key_number == b->key_number &&
	    crypt_hash_equal(&a->fingerprint, &b->fingerprint);
}

/* floor(log2(n)), n > 0 */
static unsigned
log2_of(uint64_t n)
{
	unsigned bits = 0;
	while (n >>= 1)
		bits++;
	return bits;
}

uint64_t
package_format_padded(uint64_t n)
{
	if (n < PACKAGE_PADDED_MIN)
		n = PACKAGE_PADDED_MIN;
	unsigned exponent = log2_of(n);
	unsigned told = log2_of(exponent) + 1;
	uint64_t mask = (UINT64_C(1) << (exponent - told)) - 1;
	return (n + mask) & ~mask;
}

uint64_t
package_format_chunks(uint64_t size)
{
	return (size >> SHIFT_CHUNK) + ((size & (PACKAGE_CHUNK_BYTES - 1)) != 0);
}
