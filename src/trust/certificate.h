/* SPDX-License-Identifier: MIT */
/*
 * Membership certificates: the root says that this person's keys act for the company, in which role and from which
 * epoch on. They travel with every package and receipt a member signs. Bytes: trust/FORMAT.md, "Membership
 * certificate".
 */
#ifndef TRUST_CERTIFICATE_H
#define TRUST_CERTIFICATE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/seal.h"
#include "crypt/secret.h"
#include "crypt/sign.h"
#include "trust/account.h"
#include "trust/company.h"

#define TRUST_CERTIFICATE_MAX 2048
#define TRUST_DISPLAY_NAME_MAX 256

enum trust_role { TRUST_ROLE_OWNER = 1, TRUST_ROLE_AGENT = 2 };

struct trust_certificate {
	struct id company;
	struct hash root;                /* fingerprint */
	struct id account;
	struct hash statement;           /* fingerprint of the member's account statement */
	struct sign_public sign;         /* the member's own keys */
	struct seal_public seal;
	enum trust_role role;
	uint32_t epoch;                  /* issued in; signs nothing new once the next epoch has begun */
	uint64_t not_before_ms;
	char display_name[TRUST_DISPLAY_NAME_MAX + 1];   /* UTF-8 without controls, NUL-terminated */
};

/*
 * For member, in company's current epoch. display_name: 1..TRUST_DISPLAY_NAME_MAX bytes of UTF-8 without
 * controls (ERR_SYNTAX). ERR_TRUST: root_private is not the company's.
 */
int trust_certificate_make(const struct trust_company *company, const struct secret *root_private,
    const struct trust_account *member, enum trust_role role, struct view display_name, uint64_t now_ms,
    struct buf *out) ERR_CHECK;
/*
 * Form, and that root signed it. ERR_SYNTAX, ERR_VERSION: malformed. ERR_TRUST: of another company or root.
 * ERR_CRYPTO: not signed by root. Says nothing about time: see trust_certificate_check().
 */
int trust_certificate_parse(struct view bytes, const struct trust_root *root,
    struct trust_certificate *certificate_r) ERR_CHECK;
/* The same for a certificate by the company's current or a former root. */
int trust_certificate_parse_of(struct view bytes, const struct trust_company *company,
    struct trust_certificate *certificate_r) ERR_CHECK;
/*
 * Whether what the member signed at signed_ms counts: not before the certificate, and before the epoch after the
 * certificate's began (an older epoch signs nothing new), and the root is that of its epoch. ERR_TRUST otherwise.
 */
int trust_certificate_check(const struct trust_certificate *certificate, const struct trust_company *company,
    uint64_t signed_ms) ERR_CHECK;
/* ERR_TRUST unless the certificate is for these very keys of this account. */
int trust_certificate_is_for(const struct trust_certificate *certificate, const struct trust_account *member) ERR_CHECK;

#endif
