/* SPDX-License-Identifier: MIT */
/*
 * Company roots: made by the first owner's client, checked by everybody.
 */
#include "trust/root.h"

#include "trust/statement.h"

#define MAGIC "PVcr"
#define PURPOSE "provision/1/company-root"

int
trust_root_make(const struct id *company, uint64_t now_ms, struct secret **private_r, struct buf *out)
{
	struct sign_public public;
	struct secret *private;
	if (id_is_none(company))
		return ERR_SYNTAX;
	crypt_sign_keypair(&public, &private);
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, company->bytes, ID_BYTES);
	encoder_bytes(&e, public.bytes, sizeof(public.bytes));
	encoder_u64(&e, now_ms);
	trust_statement_sign(&e, private, PURPOSE);
	int err = encoder_end(&e);
	if (err == 0)
		*private_r = private;
	else
		secret_free(&private);
	return err;
}

int
trust_root_parse(struct view statement, struct trust_root *root_r)
{
	struct trust_root r;
	struct cursor c = cursor_of(statement);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	r.company = trust_statement_get_id(&c);
	r.sign = trust_statement_get_sign(&c);
	r.created_ms = cursor_u64(&c);
	if (id_is_none(&r.company))
		cursor_fail(&c);
	struct view body = trust_statement_before(statement, &c);
	struct signature sig = trust_statement_get_signature(&c);
	err = cursor_end(&c);
	if (err == 0)
		err = crypt_sign_verify(&r.sign, PURPOSE, body, &sig);
	if (err != 0)
		return err;
	r.fingerprint = crypt_hash(PURPOSE, body);
	*root_r = r;
	return 0;
}
