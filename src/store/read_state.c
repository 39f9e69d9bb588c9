/* SPDX-License-Identifier: MIT */
/*
 * The rows of the table "read_state": they go with the subscription and with the person. Knows no rights. Called by
 * handle_read_state.c and by whoever lists conversations.
 */
#include "store/read_state.h"

#include "record/stored.pb-c.h"
#include "store/records.h"
#include "store/rowkey.h"

int
store_read_state_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription, const struct id *account,
    uint64_t *sequence_r)
{
	struct store_rowkey key = rowkey_ids(subscription, account);
	Provision__StoredReadState *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_READ_STATE, rowkey_view(&key), &r);

	*sequence_r = err == 0 ? r->sequence : 0;
	return err == ERR_NOT_FOUND ? 0 : err;
}

int
store_read_state_put(struct store_call *c, const struct id *subscription, const struct id *account, uint64_t sequence)
{
	struct store_key_name own = { STORE_KEY_SUBSCRIPTION, *subscription, 0 }, person = { STORE_KEY_ACCOUNT, *account, 0 };
	struct store_rowkey key = rowkey_ids(subscription, account);
	Provision__StoredReadState r = PROVISION__STORED_READ_STATE__INIT;

	r.sequence = sequence;
	return store_records_put2(c->store, c->tx, STORE_TABLE_READ_STATE, rowkey_view(&key), &own, &person, &r.base);
}
