/* SPDX-License-Identifier: MIT */
/*
 * Checking and keeping what renewals bring for a company's recovery key. Knows nothing of members but who has to be told.
 * handle_renew.c calls it.
 */
#include "store/company_code.h"

#include <string.h>

#include "store/epochs.h"
#include "store/mailqueue.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/trusting.h"
#include "store/wire.h"
#include "trust/action.h"
#include "trust/recovery.h"

#define KIND(name) PROVISION__MAIL_KIND__MAIL_KIND_COMPANY_CODE_##name

static struct view
statement_after(const Provision__CompanyRenew *m, const Provision__StoredCompany *record)
{
	return wire_view(m->recovery.len != 0 ? m->recovery : record->recovery);
}

int
store_company_code_check(struct store_call *c, const Provision__CompanyRenew *m, const Provision__StoredCompany *record,
    const struct trust_company *next)
{
	struct view statement = statement_after(m, record);
	bool has_code = statement.len != 0;
	struct trust_recovery recovery;
	int err;

	if ((m->recovery_epoch.len != 0) != has_code || (m->recovery_root.len != 0) != has_code)
		return store_call_blame(c, m->recovery_epoch.len != 0 ? "recovery_root" : "recovery_epoch", ERR_SYNTAX);
	err = store_trusting_err(trust_recovery_check(next, statement, &recovery));
	if (err == 0 && m->recovery.len != 0 && !crypt_hash_equal(&recovery.root, &next->root.fingerprint))
		err = ERR_TRUST;
	return err == ERR_NOT_FOUND ? 0 : store_call_blame(c, "recovery", err);
}

int
store_company_code_prove(struct store_call *c, const Provision__CompanyRenew *m, const struct id *account,
    const struct id *company, const Provision__StoredCompany *record, bool *used_r)
{
	struct trust_action action = { VIEW_LIT("company-recover"), *account, *company, wire_view(m->nonce), wire_view(m->epoch) };
	struct trust_recovery recovery;
	struct signature sig;

	*used_r = m->proof.len != 0;
	if (!*used_r)
		return 0;
	if (m->proof.len != sizeof(sig.bytes) || record->recovery.len == 0)
		return store_call_blame(c, "proof", ERR_TRUST);
	memcpy(sig.bytes, m->proof.data, sizeof(sig.bytes));
	int err = trust_recovery_parse(wire_view(record->recovery), &recovery);
	if (err == 0)
		err = trust_action_verify(&action, &recovery.sign, &sig);
	return store_call_blame(c, "proof", store_trusting_err(err));
}

/* ---- keeping it ---- */

static int
tell_owner(struct store_call *c, Provision__MailKind kind, const struct id *company, const struct id *owner)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = kind;
	mail.account = wire_of_id(owner);
	mail.peer_company = wire_of_id(company);
	return store_mailqueue_add(c->store, c->tx, &mail);
}

/* Whoever is an owner from now on, and the contact. */
static int
tell(struct store_call *c, Provision__MailKind kind, const Provision__CompanyRenew *m, const struct id *company)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;
	int err;

	mail.kind = kind;
	mail.company = mail.peer_company = wire_of_id(company);
	err = store_mailqueue_add(c->store, c->tx, &mail);
	for (size_t i = 0; err == 0 && i < m->n_members; i++) {
		struct id account = wire_id(m->members[i]->account);
		if (m->members[i]->role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER)
			err = tell_owner(c, kind, company, &account);
	}
	return err;
}

int
store_company_code_keep(struct store_call *c, const Provision__CompanyRenew *m, const struct id *company,
    Provision__StoredCompany *record)
{
	bool is_first = record->recovery.len == 0;
	int err = 0;

	if (statement_after(m, record).len == 0)
		return 0;
	if (m->recovery.len != 0) {
		record->recovery = m->recovery;
		err = tell(c, is_first ? KIND(MADE) : KIND(REPLACED), m, company);
	}
	if (err == 0 && m->proof.len != 0)
		err = tell(c, KIND(USED), m, company);
	record->recovery_root = m->recovery_root;
	return err == 0 ? store_epochs_seal(c->store, c->tx, company, record->epoch_number, company, m->recovery_epoch) : err;
}
