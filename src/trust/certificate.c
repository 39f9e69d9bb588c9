/* SPDX-License-Identifier: MIT */
/*
 * Membership certificates: made by an owner's client, checked by customers, colleagues and the store.
 */
#include "trust/certificate.h"

#include <string.h>

#include "base/text.h"
#include "trust/statement.h"

#define MAGIC "PVcm"
#define PURPOSE "provision/1/membership"

static bool
is_display_name(struct view name)
{
	return name.len > 0 && name.len <= TRUST_DISPLAY_NAME_MAX && text_is_utf8(name) && !text_has_control(name);
}

static bool
is_role(unsigned role)
{
	return role == TRUST_ROLE_OWNER || role == TRUST_ROLE_AGENT;
}

int
trust_certificate_make(const struct trust_company *company, const struct secret *root_private,
    const struct trust_account *member, enum trust_role role, struct view display_name, uint64_t now_ms, struct buf *out)
{
	const struct trust_root *root = &company->root;
	struct sign_public public = crypt_sign_public(root_private);
	if (!crypt_sign_public_equal(&public, &root->sign))
		return ERR_TRUST;
	if (!is_display_name(display_name) || !is_role(role))
		return ERR_SYNTAX;
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, root->company.bytes, ID_BYTES);
	encoder_bytes(&e, root->fingerprint.bytes, sizeof(root->fingerprint.bytes));
	encoder_bytes(&e, member->account.bytes, ID_BYTES);
	encoder_bytes(&e, member->fingerprint.bytes, sizeof(member->fingerprint.bytes));
	encoder_bytes(&e, member->sign.bytes, sizeof(member->sign.bytes));
	encoder_bytes(&e, member->seal.bytes, sizeof(member->seal.bytes));
	encoder_u8(&e, (uint8_t)role);
	encoder_u32(&e, trust_company_current(company)->number);
	encoder_u64(&e, now_ms);
	encoder_block(&e, display_name);
	trust_statement_sign(&e, root_private, PURPOSE);
	return encoder_end(&e);
}

static void
get_body(struct cursor *c, struct trust_certificate *cert)
{
	cert->company = trust_statement_get_id(c);
	cert->root = trust_statement_get_hash(c);
	cert->account = trust_statement_get_id(c);
	cert->statement = trust_statement_get_hash(c);
	cert->sign = trust_statement_get_sign(c);
	cursor_copy(c, cert->seal.bytes, sizeof(cert->seal.bytes));
	uint8_t role = cursor_u8(c);
	cert->role = (enum trust_role)role;
	cert->epoch = cursor_u32(c);
	cert->not_before_ms = cursor_u64(c);
	struct view name = cursor_block(c, TRUST_DISPLAY_NAME_MAX);
	if (!is_role(role) || !is_display_name(name) || cert->epoch == 0 || id_is_none(&cert->account))
		cursor_fail(c);
	else
		memcpy(cert->display_name, name.data, name.len);
}

int
trust_certificate_parse(struct view bytes, const struct trust_root *root, struct trust_certificate *certificate_r)
{
	struct trust_certificate cert;
	struct cursor c = cursor_of(bytes);
	memset(&cert, 0, sizeof(cert));
	int err = bytes.len > TRUST_CERTIFICATE_MAX ? ERR_SYNTAX : trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	get_body(&c, &cert);
	struct view body = trust_statement_before(bytes, &c);
	struct signature sig = trust_statement_get_signature(&c);
	err = cursor_end(&c);
	if (err != 0)
		return err;
	if (!id_equal(&cert.company, &root->company) || !crypt_hash_equal(&cert.root, &root->fingerprint))
		return ERR_TRUST;
	err = crypt_sign_verify(&root->sign, PURPOSE, body, &sig);
	if (err == 0)
		*certificate_r = cert;
	return err;
}

int
trust_certificate_parse_of(struct view bytes, const struct trust_company *company, struct trust_certificate *certificate_r)
{
	int err = trust_certificate_parse(bytes, &company->root, certificate_r);
	for (size_t i = company->former_count; i-- > 0 && err == ERR_TRUST;)
		err = trust_certificate_parse(bytes, &company->former[i], certificate_r);
	for (size_t i = 0; company->past != NULL && i < company->past->root_count && err == ERR_TRUST; i++)
		err = trust_certificate_parse(bytes, &company->past->roots[i], certificate_r);
	return err;
}

int
trust_certificate_check(const struct trust_certificate *certificate, const struct trust_company *company, uint64_t signed_ms)
{
	const struct trust_epoch *current = trust_company_current(company);
	if (certificate->epoch > current->number || signed_ms < certificate->not_before_ms)
		return ERR_TRUST;
	const struct trust_epoch *own = trust_company_epoch(company, certificate->epoch);
	if (own != NULL && !crypt_hash_equal(&certificate->root, &own->root))
		return ERR_TRUST;
	if (own == current)
		return 0;
	const struct trust_epoch *next = trust_company_epoch(company, certificate->epoch + 1);
	if (next == NULL || (own == NULL && !crypt_hash_equal(&certificate->root, &next->root)))
		return ERR_TRUST;
	return signed_ms < next->created_ms ? 0 : ERR_TRUST;
}

int
trust_certificate_is_for(const struct trust_certificate *certificate, const struct trust_account *member)
{
	if (!id_equal(&certificate->account, &member->account) ||
	    !crypt_hash_equal(&certificate->statement, &member->fingerprint) ||
	    !crypt_sign_public_equal(&certificate->sign, &member->sign) ||
	    !crypt_seal_public_equal(&certificate->seal, &member->seal))
		return ERR_TRUST;
	return 0;
}
