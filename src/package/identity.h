/* SPDX-License-Identifier: MIT */
/*
 * Whose key signed: binds a package_sender to what trust/ knows, for seals and receipts, in clients and in the store.
 */
#ifndef PACKAGE_IDENTITY_H
#define PACKAGE_IDENTITY_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "crypt/sign.h"
#include "package/format.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/company.h"

/* Whom one expects; exactly one is not NULL. All checked before (trust_account_parse(), trust_company_load(), pins). */
struct package_identity {
	const struct trust_account *account;    /* a customer */
	const struct trust_company *company;    /* a member of this company */
	const struct sign_public *gateway;      /* the server's own key */
};

/*
 * ERR_TRUST: s is not of that identity, or its certificate does not count at signed_ms; ERR_SYNTAX, ERR_VERSION,
 * ERR_CRYPTO: the certificate is bad. certificate: as it travelled, empty for all but a company.
 * *member_r (may be NULL): the certificate, for "by whom"; zeroed when there is none.
 */
int package_identity_check(const struct package_identity *expected, const struct package_sender *s, struct view certificate,
    uint64_t signed_ms, struct trust_certificate *member_r) ERR_CHECK;
/* The recipient value for a customer's statement or a company's epoch. */
struct package_recipient package_identity_recipient_account(const struct trust_account *account);
struct package_recipient package_identity_recipient_epoch(const struct trust_epoch *epoch);

#endif
