/* SPDX-License-Identifier: MIT */
/*
 * The one place that says whether a signature's key is the key of whom it should be. Used for seals and receipts by readers,
 * senders' clients and the store.
 */
#include "package/identity.h"

#include <string.h>

#include "base/fatal.h"

static int
check_account(const struct trust_account *account, const struct package_sender *s, struct view certificate)
{
	if (s->kind != PACKAGE_PARTY_CUSTOMER || certificate.len != 0 || !id_equal(&s->account, &account->account) ||
	    !crypt_sign_public_equal(&s->key, &account->sign))
		return ERR_TRUST;
	return 0;
}

static int
check_member(const struct trust_company *company, const struct package_sender *s, struct view certificate,
    uint64_t signed_ms, struct trust_certificate *member)
{
	if (s->kind != PACKAGE_PARTY_COMPANY || !id_equal(&s->company, &company->root.company))
		return ERR_TRUST;
	int err = trust_certificate_parse_of(certificate, company, member);
	if (err == 0)
		err = trust_certificate_check(member, company, signed_ms);
	if (err != 0)
		return err;
	if (!id_equal(&member->account, &s->account) || !crypt_sign_public_equal(&member->sign, &s->key))
		return ERR_TRUST;
	return 0;
}

static int
check_gateway(const struct sign_public *gateway, const struct package_sender *s, struct view certificate)
{
	if (s->kind != PACKAGE_PARTY_GATEWAY || certificate.len != 0 || !crypt_sign_public_equal(&s->key, gateway))
		return ERR_TRUST;
	return 0;
}

int
package_identity_check(const struct package_identity *expected, const struct package_sender *s, struct view certificate,
    uint64_t signed_ms, struct trust_certificate *member_r)
{
	struct trust_certificate member;
	int err;
	require((expected->account != NULL) + (expected->company != NULL) + (expected->gateway != NULL) == 1);
	memset(&member, 0, sizeof(member));
	if (expected->account != NULL)
		err = check_account(expected->account, s, certificate);
	else if (expected->company != NULL)
		err = check_member(expected->company, s, certificate, signed_ms, &member);
	else
		err = check_gateway(expected->gateway, s, certificate);
	if (err == 0 && member_r != NULL)
		*member_r = member;
	return err;
}

struct package_recipient
package_identity_recipient_account(const struct trust_account *account)
{
	return (struct package_recipient){ PACKAGE_PARTY_CUSTOMER, account->account, account->number, account->fingerprint };
}

struct package_recipient
package_identity_recipient_epoch(const struct trust_epoch *epoch)
{
	return (struct package_recipient){ PACKAGE_PARTY_COMPANY, epoch->company, epoch->number, epoch->fingerprint };
}
