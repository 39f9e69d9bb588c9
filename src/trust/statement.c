/* SPDX-License-Identifier: MIT */
/*
 * Common pieces of the signed formats. Knows no format; called by every file of trust/ and package/ that writes or reads
 * one.
 */
#include "trust/statement.h"

#include "base/fatal.h"

void
trust_statement_begin(struct encoder *e, const char *magic)
{
	struct view m = view_str(magic);
	require(m.len == TRUST_STATEMENT_MAGIC_LEN);
	encoder_view(e, m);
	encoder_u16(e, TRUST_STATEMENT_VERSION);
}

int
trust_statement_open(struct cursor *c, const char *magic)
{
	cursor_expect(c, view_str(magic));
	uint16_t version = cursor_u16(c);
	if (c->err != 0 || version == 0)
		return ERR_SYNTAX;
	return version == TRUST_STATEMENT_VERSION ? 0 : ERR_VERSION;
}

void
trust_statement_sign(struct encoder *e, const struct secret *sign_private, const char *purpose)
{
	if (e->err != 0)
		return;
	struct signature sig = crypt_sign(sign_private, purpose, encoder_so_far(e));
	encoder_bytes(e, sig.bytes, sizeof(sig.bytes));
}

struct hash
trust_statement_get_hash(struct cursor *c)
{
	struct hash h;
	cursor_copy(c, h.bytes, sizeof(h.bytes));
	return h;
}

struct id
trust_statement_get_id(struct cursor *c)
{
	struct id id;
	cursor_copy(c, id.bytes, sizeof(id.bytes));
	return id;
}

struct sign_public
trust_statement_get_sign(struct cursor *c)
{
	struct sign_public key;
	cursor_copy(c, key.bytes, sizeof(key.bytes));
	return key;
}

struct signature
trust_statement_get_signature(struct cursor *c)
{
	struct signature sig;
	cursor_copy(c, sig.bytes, sizeof(sig.bytes));
	return sig;
}

struct view
trust_statement_before(struct view whole, const struct cursor *c)
{
	return view_slice(whole, 0, whole.len - c->rest.len);
}

int
trust_statement_close(struct cursor *c, struct view whole, const struct sign_public *key, const char *purpose)
{
	struct view statement = trust_statement_before(whole, c);
	struct signature sig = trust_statement_get_signature(c);
	int err = cursor_end(c);
	return err == 0 ? crypt_sign_verify(key, purpose, statement, &sig) : err;
}
