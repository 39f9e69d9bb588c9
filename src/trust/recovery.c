/* SPDX-License-Identifier: MIT */
/*
 * Recovery keys of companies: derived by owners' clients, checked by them and by the store. What is sealed to them is
 * trust/sealed.h's.
 */
#include "trust/recovery.h"

#include "base/fatal.h"
#include "crypt/derive.h"
#include "trust/statement.h"

#define MAGIC "PVcy"
#define PURPOSE "provision/1/company-recovery"

void
trust_recovery_keys(const struct secret *code, const struct id *company, struct trust_keys *keys_r)
{
	struct secret *seed = crypt_derive(code, "provision/1/company-recovery-sign", id_view(company));
	struct sign_public public;
	keys_r->seal = crypt_derive(code, "provision/1/company-recovery-seal", id_view(company));
	crypt_sign_keypair_of(secret_view(seed), &public, &keys_r->sign);
	secret_free(&seed);
}

int
trust_recovery_make(const struct trust_root *root, const struct trust_keys *keys, uint64_t now_ms, struct buf *out)
{
	struct sign_public sign = crypt_sign_public(keys->sign);
	struct seal_public seal;
	int err = crypt_seal_public(keys->seal, &seal);
	if (err != 0)
		return err;
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, root->company.bytes, ID_BYTES);
	encoder_bytes(&e, root->fingerprint.bytes, sizeof(root->fingerprint.bytes));
	encoder_bytes(&e, seal.bytes, sizeof(seal.bytes));
	encoder_bytes(&e, sign.bytes, sizeof(sign.bytes));
	encoder_u64(&e, now_ms);
	trust_statement_sign(&e, keys->sign, PURPOSE);
	return encoder_end(&e);
}

int
trust_recovery_parse(struct view statement, struct trust_recovery *recovery_r)
{
	struct trust_recovery r;
	struct cursor c = cursor_of(statement);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	r.company = trust_statement_get_id(&c);
	r.root = trust_statement_get_hash(&c);
	cursor_copy(&c, r.seal.bytes, sizeof(r.seal.bytes));
	r.sign = trust_statement_get_sign(&c);
	r.created_ms = cursor_u64(&c);
	struct view body = trust_statement_before(statement, &c);
	struct signature sig = trust_statement_get_signature(&c);
	err = cursor_end(&c);
	if (err == 0)
		err = crypt_sign_verify(&r.sign, PURPOSE, body, &sig);
	if (err != 0)
		return err;
	r.fingerprint = crypt_hash(PURPOSE, body);
	*recovery_r = r;
	return 0;
}

int
trust_recovery_check(const struct trust_company *company, struct view statement, struct trust_recovery *recovery_r)
{
	const struct hash *named = &trust_company_current(company)->recovery;
	if (crypt_hash_is_zero(named))
		return statement.len == 0 ? ERR_NOT_FOUND : ERR_TRUST;
	if (statement.len == 0)
		return ERR_TRUST;
	int err = trust_recovery_parse(statement, recovery_r);
	if (err == 0 && (!crypt_hash_equal(&recovery_r->fingerprint, named) ||
	    !id_equal(&recovery_r->company, &company->root.company)))
		err = ERR_TRUST;
	return err;
}

int
trust_recovery_owns(const struct trust_recovery *recovery, const struct trust_keys *keys)
{
	struct trust_account as_account = { .seal = recovery->seal, .sign = recovery->sign };
	return trust_account_owns(&as_account, keys);
}
