/* SPDX-License-Identifier: MIT */
/*
 * Taking back what nobody has received (C7). As with a receipt the data key is overwritten before the answer goes out; receipt and
 * withdrawal meet in the one writer, so that one of them wins. The history entry stays and says so to both sides, with what was signed,
 * so that nobody but the sending side can say it.
 */
#include "package/withdrawal.h"
#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/handle.h"
#include "store/packages.h"
#include "store/side.h"
#include "store/wire.h"

#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING
#define WITHDRAWN PROVISION__PACKAGE_STATE__PACKAGE_STATE_WITHDRAWN

/* *is_done_r: this very withdrawal was taken before. ERR_CONFLICT: another one was. ERR_STATE: there is nothing to take back. */
static int
may_withdraw(struct store_call *c, const Provision__PackageWithdraw *m, struct store_who *who, struct store_package_access *a,
    bool *is_done_r)
{
	struct id id = wire_id(m->package);
	int err = store_session_find(c, m->caller, who);

	*is_done_r = false;
	if (err == 0)
		err = store_access_package(c, who, &id, STORE_ACTION_PACKAGE_WITHDRAW, a);
	if (err != 0 || a->record->state == WAITING)
		return err;
	if (a->record->state != WITHDRAWN)
		return ERR_STATE;
	*is_done_r = view_equal(wire_view(a->record->withdrawal), wire_view(m->withdrawal));
	return *is_done_r ? 0 : ERR_CONFLICT;
}

int
handle_withdraw_check(struct store_call *c)
{
	const Provision__PackageWithdraw *m = (const Provision__PackageWithdraw *)c->request;
	struct store_side *sender = arena_alloc(c->arena, sizeof(*sender));
	struct package_withdrawal withdrawal;
	struct store_package_access a;
	struct store_who who;
	bool is_done;
	int err = may_withdraw(c, m, &who, &a, &is_done);

	c->state = sender;
	if (err != 0 || is_done)
		return err;
	err = package_withdrawal_parse(wire_view(m->withdrawal), &withdrawal);
	if (err == 0 && !id_equal(&withdrawal.signer.who.account, &who.account))
		err = ERR_TRUST;
	if (err == 0)
		err = store_side_load(c, &a.of, a.record->is_from_company, sender);
	if (err == 0)
		err = package_withdrawal_check(&withdrawal, &a.package, &a.of.subscription, &sender->identity, NULL);
	return store_call_blame(c, "withdrawal", store_trusting_err(err));
}

int
handle_withdraw(struct store_call *c)
{
	const Provision__PackageWithdraw *m = (const Provision__PackageWithdraw *)c->request;
	struct store_package_access a;
	struct store_who who;
	bool is_done;
	int err = may_withdraw(c, m, &who, &a, &is_done);

	if (err != 0 || is_done)
		return err;
	err = store_side_recheck(c, &a.of, c->state, &a.record->signer_statement);
	if (err != 0)
		return err;
	a.record->withdrawal = m->withdrawal;
	return store_packages_remove(c->store, c->tx, &a.package, a.record, WITHDRAWN);
}
