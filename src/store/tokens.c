/* SPDX-License-Identifier: MIT */
/*
 * Walking and finding tokens by their owner. Knows no records. Sessions and app passwords call it.
 */
#include "store/tokens.h"

#include <string.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "store/rowkey.h"

static struct hash
hash_of(struct view value)
{
	struct hash hash;

	require(value.len == sizeof(hash.bytes));
	memcpy(hash.bytes, value.data, sizeof(hash.bytes));
	return hash;
}

int
store_tokens_each(struct store_txn *tx, enum store_table of, const struct id *account,
    int (*fn)(void *arg, const struct hash *hash), void *arg)
{
	struct store_cursor *cursor = store_cursor_open_prefix(tx, of, id_view(account), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		struct hash hash = hash_of(value);
		err = fn(arg, &hash);
	}
	store_cursor_close(&cursor);
	return err;
}

int
store_tokens_find(struct store_txn *tx, enum store_table of, const struct id *account, const struct id *id, struct hash *hash_r)
{
	struct store_rowkey key = rowkey_ids(account, id);
	struct buf value;
	int err;

	buf_init(&value, sizeof(hash_r->bytes));
	err = store_index_get(tx, of, rowkey_view(&key), &value);
	if (err == 0)
		*hash_r = hash_of(buf_view(&value));
	buf_deinit(&value);
	return err;
}
