/* SPDX-License-Identifier: MIT */
/*
 * A company's recovery key (trust/recovery.h) as it is kept: its statement, the company's private keys sealed to it by owners'
 * clients at every renewal, and the mails when a code was made, replaced or used. The store can open none of it.
 */
#ifndef STORE_COMPANY_CODE_H
#define STORE_COMPANY_CODE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/id.h"
#include "record/company.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"
#include "trust/company.h"

/*
 * What a renewal says of the recovery key: the new epoch (next's current one) names the statement that will be kept, and the
 * keys are there for it. ERR_SYNTAX, ERR_VERSION: malformed, or keys without a recovery key or the other way. ERR_TRUST:
 * another company's or root's, or not the one that the epoch names.
 */
int store_company_code_check(struct store_call *c, const Provision__CompanyRenew *m, const Provision__StoredCompany *record,
    const struct trust_company *next) ERR_CHECK;
/* That who asks has the code: the recovery key's signature. *used_r false: nobody says so. ERR_TRUST: not by this key. */
int store_company_code_prove(struct store_call *c, const Provision__CompanyRenew *m, const struct id *account,
    const struct id *company, const Provision__StoredCompany *record, bool *used_r) ERR_CHECK;
/* apply() only: into record, which the caller writes, and as the new epoch's; tells owners and the contact. */
int store_company_code_keep(struct store_call *c, const Provision__CompanyRenew *m, const struct id *company,
    Provision__StoredCompany *record) ERR_CHECK;

#endif
