/* SPDX-License-Identifier: MIT */
/*
 * The store's side of trust/: what clients claim about keys is checked against what is stored. Holds no key itself.
 */
#include "store/trusting.h"

#include "base/buf.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/wire.h"
#include "trust/certificate.h"
#include "trust/epoch.h"
#include "trust/root.h"

#define COMPANY_BYTES_MAX ((TRUST_EPOCHS_MAX + TRUST_FORMER_ROOTS_MAX + 1) * (TRUST_STATEMENT_MAX + 4))

int
store_trusting_err(int err)
{
	return err == ERR_CRYPTO ? ERR_TRUST : err;
}

static struct hash
statement_hash(const Provision__StoredAccount *record)
{
	return crypt_hash("provision/1/store/statement", wire_view(record->statement));
}

static struct hash
company_hash(const Provision__StoredCompany *record)
{
	struct buf all;
	struct hash h;

	buf_init(&all, COMPANY_BYTES_MAX);
	int err = buf_append_block(&all, wire_view(record->root));
	for (size_t i = 0; err == 0 && i < record->n_epochs; i++)
		err = buf_append_block(&all, wire_view(record->epochs[i]));
	for (size_t i = 0; err == 0 && i < record->n_former_roots; i++)
		err = buf_append_block(&all, wire_view(record->former_roots[i]));
	require(err == 0);
	h = crypt_hash("provision/1/store/company", buf_view(&all));
	buf_deinit(&all);
	return h;
}

int
store_trusting_account(struct store_call *c, const struct id *account, struct trust_account *keys_r,
    struct store_trusting *checked)
{
	Provision__StoredAccount *record;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account), &record);

	if (err == 0)
		err = trust_account_parse(wire_view(record->statement), keys_r);
	if (err == 0 && checked != NULL)
		checked->statement = statement_hash(record);
	return store_trusting_err(err);
}

int
store_trusting_company(struct store_call *c, const Provision__StoredCompany *record, struct trust_company **company_r,
    struct store_trusting *checked)
{
	struct view epochs[TRUST_EPOCHS_MAX], former[TRUST_FORMER_ROOTS_MAX];
	int err;

	if (record->activated_ms == 0)
		return ERR_STATE;
	require(record->n_epochs <= TRUST_EPOCHS_MAX && record->n_former_roots <= TRUST_FORMER_ROOTS_MAX);
	for (size_t i = 0; i < record->n_former_roots; i++)
		former[i] = wire_view(record->former_roots[i]);
	for (size_t i = 0; i < record->n_epochs; i++)
		epochs[i] = wire_view(record->epochs[i]);
	*company_r = arena_alloc(c->arena, sizeof(**company_r));
	err = trust_company_load_former(wire_view(record->root), former, record->n_former_roots, epochs, record->n_epochs, *company_r);
	if (err == 0 && checked != NULL)
		checked->company = company_hash(record);
	return store_trusting_err(err);
}

int
store_trusting_recheck(struct store_call *c, const struct store_trusting *checked,
    const Provision__StoredCompany *company, const struct id *account)
{
	Provision__StoredAccount *record;
	struct hash now;
	int err;

	if (company != NULL) {
		now = company_hash(company);
		if (!crypt_hash_equal(&now, &checked->company))
			return ERR_CONFLICT;
	}
	if (account == NULL)
		return 0;
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account), &record);
	if (err != 0)
		return err;
	now = statement_hash(record);
	return crypt_hash_equal(&now, &checked->statement) ? 0 : ERR_CONFLICT;
}

int
store_trusting_certificate(struct store_call *c, struct view bytes, const struct trust_company *company, const struct id *account,
    enum trust_role role, struct store_trusting *checked)
{
	struct trust_certificate certificate;
	struct trust_account member;
	int err = store_trusting_account(c, account, &member, checked);

	if (err == 0)
		err = trust_certificate_parse(bytes, &company->root, &certificate);
	if (err == 0)
		err = trust_certificate_is_for(&certificate, &member);
	if (err == 0 && (certificate.role != role || certificate.epoch != trust_company_current(company)->number))
		err = ERR_TRUST;
	return store_call_blame(c, "certificate", store_trusting_err(err));
}

int
store_trusting_founder(struct store_call *c, const Provision__CompanyActivate *m, const struct id *company,
    const struct id *account, struct store_trusting *checked)
{
	struct trust_company *loaded = arena_alloc(c->arena, sizeof(*loaded));
	struct view epoch = wire_view(m->epoch);
	struct trust_root root;
	int err = trust_root_parse(wire_view(m->root), &root);

	if (err == 0 && !id_equal(&root.company, company))
		err = ERR_TRUST;
	err = store_call_blame(c, "root", store_trusting_err(err));
	if (err == 0)
		err = trust_company_load(wire_view(m->root), &epoch, 1, loaded);
	if (err == 0 && trust_company_current(loaded)->number != 1)
		err = ERR_TRUST;
	err = store_call_blame(c, "epoch", store_trusting_err(err));
	return err != 0 ? err : store_trusting_certificate(c, wire_view(m->certificate), loaded, account, TRUST_ROLE_OWNER, checked);
}

int
store_trusting_member(struct store_call *c, const Provision__MemberSeal *m, const Provision__StoredCompany *company,
    const struct id *account, Provision__MemberRole role, struct store_trusting *checked)
{
	bool is_owner = role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER;
	struct trust_company *loaded;
	int err = store_trusting_company(c, company, &loaded, checked);

	if (err == 0 && (m->sealed_root.len != 0) != is_owner)
		err = store_call_blame(c, "sealed_root", ERR_SYNTAX);
	if (err != 0)
		return err;
	return store_trusting_certificate(c, wire_view(m->certificate), loaded, account,
	    is_owner ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT, checked);
}

int
store_trusting_room(struct store_call *c, const struct id *account)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_MEMBERSHIP, id_view(account),
	    view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;

	while (n < STORE_MEMBERSHIPS_MAX && store_cursor_next(cursor, &key, &value))
		n++;
	store_cursor_close(&cursor);
	return n < STORE_MEMBERSHIPS_MAX ? 0 : ERR_LIMIT;
}
