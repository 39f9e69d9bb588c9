/* SPDX-License-Identifier: MIT */
/*
 * Reset and deletion: by the person, who proves to be it (store/proof.h), and by the operator in the place of one who cannot log in
 * (A13). What goes is store/erasure.h's.
 */
#include "record/admin.pb-c.h"
#include "record/erasure.pb-c.h"
#include "store/erasure.h"
#include "store/handle.h"
#include "store/membership.h"
#include "store/pins.h"
#include "store/proof.h"
#include "store/records.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

/* Who asks, and for what. */
struct asked {
	const Provision__Caller *caller;
	const Provision__Proof *proof;
	struct store_proof_of of;
};

/* In prepare and again in apply. */
static int
may_erase(struct store_call *c, const struct asked *asked, struct store_who *who, Provision__StoredAccount **record_r)
{
	int err = store_session_find(c, asked->caller, who);

	if (err == 0 && store_txn_is_view(c->tx))
		err = store_service_limit_account(c, &who->account);
	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&who->account), record_r);
	if (err == 0)
		err = store_proof_check(c, asked->caller, who, *record_r, &asked->of, asked->proof);
	return err == 0 ? store_membership_check_owner(c, &who->account) : err;
}

/* ---- reset ---- */

static int
may_reset(struct store_call *c, const Provision__AccountReset *m, struct store_erasure *e)
{
	struct view pins[] = { wire_view(m->pins), wire_view(m->pin_page) };
	struct asked asked = { m->caller, m->proof, { "account-reset", pins, 2 } };
	Provision__StoredAccount *record = NULL;
	struct store_who who;
	uint64_t version = 0;
	int err = may_erase(c, &asked, &who, &record);

	if (err == 0)
		err = store_pins_version(c, &who.account, &version);
	if (err == 0 && m->pins_version != version + 1)
		err = ERR_CONFLICT;
	if (err == 0)
		*e = (struct store_erasure){ .account = who.account, .record = record, .by = TRUST_ERASURE_BY_PERSON, .pins = m->pins,
			.pin_page = m->pin_page };
	return err;
}

int
handle_erasure_reset_check(struct store_call *c)
{
	struct store_erasure e;

	return may_reset(c, (const Provision__AccountReset *)c->request, &e);
}

int
handle_erasure_reset(struct store_call *c)
{
	struct store_erasure e;
	int err = may_reset(c, (const Provision__AccountReset *)c->request, &e);

	return err == 0 ? store_erasure_account(c, &e) : err;
}

/* ---- deletion ---- */

static int
may_delete(struct store_call *c, const Provision__AccountDelete *m, struct store_erasure *e)
{
	struct asked asked = { m->caller, m->proof, { "account-delete", NULL, 0 } };
	Provision__StoredAccount *record = NULL;
	struct store_who who;
	int err = may_erase(c, &asked, &who, &record);

	if (err == 0)
		*e = (struct store_erasure){ .account = who.account, .record = record, .deletes = true, .by = TRUST_ERASURE_BY_PERSON };
	return err;
}

int
handle_erasure_delete_check(struct store_call *c)
{
	struct store_erasure e;

	return may_delete(c, (const Provision__AccountDelete *)c->request, &e);
}

int
handle_erasure_delete(struct store_call *c)
{
	struct store_erasure e;
	int err = may_delete(c, (const Provision__AccountDelete *)c->request, &e);

	return err == 0 ? store_erasure_account(c, &e) : err;
}

/* ---- the operator's route ---- */

int
handle_erasure_operator(struct store_call *c)
{
	const Provision__AccountErase *m = (const Provision__AccountErase *)c->request;
	struct store_erasure e = { .deletes = m->deletes, .by = TRUST_ERASURE_BY_OPERATOR };
	Provision__StoredAccount *record;
	int err = handle_lock_find(c, m->account, m->email, &e.account, &record);

	e.record = record;
	return err == 0 ? store_erasure_account(c, &e) : err;
}
