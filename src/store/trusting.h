/* SPDX-License-Identifier: MIT */
/*
 * Where the store checks keys and certificates that clients bring. Signatures are checked in prepare, which
 * remembers by hash what they were checked against; apply only compares the hashes, since an account's
 * statement or a company's epochs may have changed in between.
 *
 * Errors of trust/ and package/ reach clients as ERR_SYNTAX, ERR_LIMIT, ERR_VERSION and ERR_TRUST; a signature that does
 * not hold is ERR_TRUST too.
 */
#ifndef STORE_TRUSTING_H
#define STORE_TRUSTING_H

#include "base/err.h"
#include "base/id.h"
#include "crypt/hash.h"
#include "record/company.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "trust/account.h"
#include "trust/certificate.h"
#include "trust/company.h"

/* What was checked against: zero where nothing was. A plain value. */
struct store_trusting {
	struct hash statement;      /* of the account in question */
	struct hash company;        /* root and epochs */
};

/* ERR_CRYPTO as ERR_TRUST, the rest as it is. */
int store_trusting_err(int err) ERR_CHECK;
/* The keys of an account as stored; notes the statement in *checked (may be NULL). ERR_NOT_FOUND: no such account. */
int store_trusting_account(struct store_call *c, const struct id *account, struct trust_account *keys_r,
    struct store_trusting *checked) ERR_CHECK;
/* A company's root and epochs as stored; notes them. In arena memory: it is large. ERR_STATE: not activated. */
int store_trusting_company(struct store_call *c, const Provision__StoredCompany *record, struct trust_company **company_r,
    struct store_trusting *checked) ERR_CHECK;
/* In apply: ERR_CONFLICT when the company's keys or the account's statement are not what was checked. Either may be
 * NULL when it was not. */
int store_trusting_recheck(struct store_call *c, const struct store_trusting *checked,
    const Provision__StoredCompany *company, const struct id *account) ERR_CHECK;

/* The first owner's root, epoch 1 and certificate for account. */
int store_trusting_founder(struct store_call *c, const Provision__CompanyActivate *m, const struct id *company,
    const struct id *account, struct store_trusting *checked) ERR_CHECK;
/* A certificate itself: by company's root, for account with its keys as stored, in that role and the current epoch. */
int store_trusting_certificate(struct store_call *c, struct view bytes, const struct trust_company *company,
    const struct id *account, enum trust_role role, struct store_trusting *checked) ERR_CHECK;
/* A new member's certificate, by the company's root, in its current epoch, for account in that role; the root for owners. */
int store_trusting_member(struct store_call *c, const Provision__MemberSeal *m, const Provision__StoredCompany *company,
    const struct id *account, Provision__MemberRole role, struct store_trusting *checked) ERR_CHECK;
/* In apply: ERR_LIMIT when the account is a member of as many companies as it may. */
int store_trusting_room(struct store_call *c, const struct id *account) ERR_CHECK;

#endif
