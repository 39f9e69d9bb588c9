/* SPDX-License-Identifier: MIT */
/*
 * Addresses as look-up hashes, for registering and logging in. The one place that knows which form is hashed.
 */
#include "store/address.h"

#include <string.h>

#include "base/fatal.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/vault.h"

int
store_address_parse(struct view email, struct mail_address_text *normal_r)
{
	struct mail_address a;
	int err = mail_address_parse(email, &a);

	if (err != 0)
		return ERR_SYNTAX;
	*normal_r = mail_address_key(&a);
	return 0;
}

struct hash
store_address_hash(struct store *s, const struct mail_address_text *normal)
{
	return store_vault_lookup(s->vault, "address", view_str(normal->s));
}

int
store_address_account(struct store_txn *tx, const struct hash *hash, struct id *account_r)
{
	return store_records_get_id(tx, STORE_TABLE_ADDRESS, crypt_hash_view(hash), account_r);
}

bool
store_address_nearest(struct store_txn *tx, const struct hash *hash, struct id *account_r)
{
	struct store_cursor *cursor = store_cursor_open(tx, STORE_TABLE_ADDRESS, crypt_hash_view(hash), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;

	require(store_cursor_next(cursor, &key, &value));
	bool is_own = view_equal(key, crypt_hash_view(hash));
	*account_r = rowkey_id(value, 0);
	store_cursor_close(&cursor);
	return is_own;
}

void
store_address_close_table(struct store_txn *tx, const struct id *stand_in)
{
	struct hash last;

	memset(last.bytes, 0xff, sizeof(last.bytes));
	store_records_put_id(tx, STORE_TABLE_ADDRESS, crypt_hash_view(&last), stand_in);
}

int
store_address_find(struct store *s, struct store_txn *tx, struct view email, struct id *account_r)
{
	struct mail_address_text text;
	int err = store_address_parse(email, &text);

	if (err != 0)
		return err;
	struct hash hash = store_address_hash(s, &text);
	return store_address_account(tx, &hash, account_r);
}
