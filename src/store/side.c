/* SPDX-License-Identifier: MIT */
/*
 * Whose signature counts for a side, as stored. Knows neither what was signed nor who may ask. Called by handle_complete.c,
 * handle_receipt.c and handle_withdraw.c.
 */
#include "store/side.h"

#include "store/records.h"

int
store_side_load(struct store_call *c, const struct store_subscription_access *of, bool is_company, struct store_side *side_r)
{
	Provision__StoredCompany *record;
	struct trust_company *company;
	int err;

	*side_r = (struct store_side){ .is_company = is_company };
	if (!is_company) {
		side_r->identity.account = &side_r->customer;
		return store_trusting_account(c, &of->customer, &side_r->customer, &side_r->checked);
	}
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&of->company), &record);
	if (err == 0)
		err = store_trusting_company(c, record, &company, &side_r->checked);
	if (err == 0)
		side_r->identity.company = company;
	return err;
}

int
store_side_recheck(struct store_call *c, const struct store_subscription_access *of, const struct store_side *side,
    ProtobufCBinaryData *statement_r)
{
	Provision__StoredCompany *company;
	Provision__StoredAccount *customer;
	int err;

	*statement_r = (ProtobufCBinaryData){ .len = 0 };
	if (side->is_company) {
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&of->company), &company);
		return err == 0 ? store_trusting_recheck(c, &side->checked, company, NULL) : err;
	}
	err = store_trusting_recheck(c, &side->checked, NULL, &of->customer);
	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&of->customer), &customer);
	if (err == 0)
		*statement_r = customer->statement;
	return err;
}
