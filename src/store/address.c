/* SPDX-License-Identifier: MIT */
/*
 * Addresses as look-up hashes, for registering and logging in. The one place that knows which form is hashed.
 */
#include "store/address.h"

#include "store/records.h"
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
