/* SPDX-License-Identifier: MIT */
/*
 * Receipts: made by the reader when everything was released, checked by the store before it removes a package and by the
 * sender's client before it says "received".
 */
#include "package/receipt.h"

#include "package/keys.h"
#include "trust/statement.h"

#define MAGIC "PVpr"
#define PURPOSE "provision/1/package-receipt"

int
package_receipt_make(const struct package_receipt *r, const struct secret *sign_private, struct buf *out)
{
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, r->package.bytes, ID_BYTES);
	encoder_bytes(&e, r->subscription.bytes, ID_BYTES);
	encoder_bytes(&e, r->header_hash.bytes, CRYPT_HASH_BYTES);
	encoder_bytes(&e, r->content_root.bytes, CRYPT_HASH_BYTES);
	encoder_bytes(&e, r->proof.bytes, CRYPT_HASH_BYTES);
	package_format_put_signer(&e, &r->receiver);
	trust_statement_sign(&e, sign_private, PURPOSE);
	return encoder_end(&e);
}

int
package_receipt_parse(struct view bytes, struct package_receipt *receipt_r)
{
	struct package_receipt r;
	struct cursor c = cursor_of(bytes);
	int err = bytes.len > PACKAGE_RECEIPT_MAX ? ERR_SYNTAX : trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	r.package = trust_statement_get_id(&c);
	r.subscription = trust_statement_get_id(&c);
	r.header_hash = trust_statement_get_hash(&c);
	r.content_root = trust_statement_get_hash(&c);
	r.proof = trust_statement_get_hash(&c);
	r.receiver = package_format_get_signer(&c);
	err = trust_statement_close(&c, bytes, &r.receiver.who.key, PURPOSE);
	if (err == 0)
		*receipt_r = r;
	return err;
}

int
package_receipt_check(const struct package_receipt *r, const struct id *package, const struct id *subscription,
    const struct hash *header_hash, const struct hash *content_root, const struct package_identity *expected,
    struct trust_certificate *member_r)
{
	if (!id_equal(&r->package, package) || !id_equal(&r->subscription, subscription) ||
	    !crypt_hash_equal(&r->header_hash, header_hash) || !crypt_hash_equal(&r->content_root, content_root))
		return ERR_TRUST;
	return package_identity_check(expected, &r->receiver.who, r->receiver.certificate, r->receiver.time_ms, member_r);
}

int
package_receipt_prove(const struct package_receipt *r, const struct secret *receipt_key)
{
	struct hash proof = package_keys_proof_by(receipt_key, &r->header_hash, &r->content_root);
	return crypt_hash_equal(&proof, &r->proof) ? 0 : ERR_TRUST;
}
