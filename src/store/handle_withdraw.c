/* SPDX-License-Identifier: MIT */
/*
 * Taking back what nobody has received (C7). As with a receipt the data key is overwritten before the answer goes out; receipt and
 * withdrawal meet in the one writer, so that one of them wins. The history entry stays and says so to both sides.
 */
#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/erase.h"
#include "store/handle.h"
#include "store/nonce.h"
#include "store/packages.h"
#include "store/wire.h"

#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING
#define WITHDRAWN PROVISION__PACKAGE_STATE__PACKAGE_STATE_WITHDRAWN

/* *is_done_r: it was withdrawn before. In apply() the nonce is used up. */
static int
may_withdraw(struct store_call *c, const Provision__PackageWithdraw *m, struct store_package_access *a, bool *is_done_r)
{
	struct id id = wire_id(m->package);
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	*is_done_r = false;
	if (err == 0)
		err = store_access_package(c, &who, &id, STORE_ACTION_PACKAGE_WITHDRAW, a);
	if (err != 0)
		return err;
	*is_done_r = a->record->state == WITHDRAWN;
	if (*is_done_r)
		return 0;
	err = store_nonce_check(c, &who.account, "package-withdraw", &id, wire_view(m->nonce), wire_view(m->signature));
	return err == 0 && a->record->state != WAITING ? ERR_STATE : err;
}

int
handle_withdraw_check(struct store_call *c)
{
	struct store_package_access a;
	bool is_done;

	return may_withdraw(c, (const Provision__PackageWithdraw *)c->request, &a, &is_done);
}

int
handle_withdraw(struct store_call *c)
{
	const Provision__PackageWithdraw *m = (const Provision__PackageWithdraw *)c->request;
	struct store_package_access a;
	bool is_done;
	int err = may_withdraw(c, m, &a, &is_done);

	if (err != 0 || is_done)
		return err;
	return store_packages_remove(c->store, c->tx, &a.package, a.record, WITHDRAWN);
}
