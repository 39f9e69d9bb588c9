/* SPDX-License-Identifier: MIT */
/*
 * Withdrawals: made by the sender's client, checked by the store before it removes a package and by the recipient's client before it says
 * "withdrawn". Knows nothing of contents: a package's id is enough.
 */
#include "package/withdrawal.h"

#include "trust/statement.h"

#define MAGIC "PVpw"
#define PURPOSE "provision/1/package-withdrawal"

int
package_withdrawal_make(const struct package_withdrawal *w, const struct secret *sign_private, struct buf *out)
{
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, w->package.bytes, ID_BYTES);
	encoder_bytes(&e, w->subscription.bytes, ID_BYTES);
	package_format_put_signer(&e, &w->signer);
	trust_statement_sign(&e, sign_private, PURPOSE);
	return encoder_end(&e);
}

int
package_withdrawal_parse(struct view bytes, struct package_withdrawal *withdrawal_r)
{
	struct package_withdrawal w;
	struct cursor c = cursor_of(bytes);
	int err = bytes.len > PACKAGE_RECEIPT_MAX ? ERR_SYNTAX : trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	w.package = trust_statement_get_id(&c);
	w.subscription = trust_statement_get_id(&c);
	w.signer = package_format_get_signer(&c);
	err = trust_statement_close(&c, bytes, &w.signer.who.key, PURPOSE);
	if (err == 0)
		*withdrawal_r = w;
	return err;
}

int
package_withdrawal_check(const struct package_withdrawal *w, const struct id *package, const struct id *subscription,
    const struct package_identity *expected, struct trust_certificate *member_r)
{
	if (!id_equal(&w->package, package) || !id_equal(&w->subscription, subscription))
		return ERR_TRUST;
	return package_identity_check(expected, &w->signer.who, w->signer.certificate, w->signer.time_ms, member_r);
}
