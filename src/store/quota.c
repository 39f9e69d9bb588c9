/* SPDX-License-Identifier: MIT */
/*
 * Two plain tables: "held" says for whom a package counts, "usage" sums that up. A row of "usage" that has become zero is
 * deleted, so that nothing is left of who has gone. Called when a package is made (handle_package.c) and by
 * the one place where content ends (erase.c).
 */
#include "store/quota.h"

#include "base/buf.h"
#include "base/fatal.h"
#include "record/stored.pb-c.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rowkey.h"

#define USAGE_BYTES (2 * 8)
#define HELD_BYTES (ID_BYTES + 8)

struct usage {
	uint64_t packages, bytes;
};

static struct usage
get_usage(struct store_txn *tx, const struct id *party)
{
	struct usage u = { 0, 0 };
	struct buf value;

	buf_init(&value, USAGE_BYTES);
	if (store_index_get(tx, STORE_TABLE_USAGE, id_view(party), &value) == 0) {
		u.packages = rowkey_number(buf_view(&value), 0, 8);
		u.bytes = rowkey_number(buf_view(&value), 8, 8);
	}
	buf_deinit(&value);
	return u;
}

static void
put_usage(struct store_txn *tx, const struct id *party, struct usage u)
{
	struct store_rowkey value = { .len = 0 };

	if (u.packages == 0) {
		store_records_delete(tx, STORE_TABLE_USAGE, id_view(party));
		return;
	}
	rowkey_add_number(&value, u.packages, 8);
	rowkey_add_number(&value, u.bytes, 8);
	store_index_put(tx, STORE_TABLE_USAGE, id_view(party), rowkey_view(&value));
}

int
store_quota_read(struct store_call *c, const struct id *party, bool is_company, struct store_quota *q_r)
{
	struct usage u = get_usage(c->tx, party);
	Provision__StoredParty *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PARTY, id_view(party), &r);

	if (err != 0)
		return err;
	*q_r = (struct store_quota){
		.bytes = u.bytes,
		.bytes_max = r->quota_bytes != 0 ? r->quota_bytes : store_policy_quota_bytes(c->settings, is_company),
		.packages = u.packages,
		.packages_max = r->quota_packages != 0 ? r->quota_packages :
		    store_policy_quota_packages(c->settings, is_company),
	};
	return 0;
}

static int
full(struct store_call *c, const char *field, uint64_t limit, uint64_t used)
{
	c->field = field;
	c->limit = limit;
	c->used = used;
	return ERR_FULL;
}

static int
check(struct store_call *c, const struct id *party, bool is_company, uint64_t packages, uint64_t bytes)
{
	struct store_quota q;
	int err = store_quota_read(c, party, is_company, &q);

	if (err != 0)
		return err;
	if (q.packages > q.packages_max || packages > q.packages_max - q.packages)
		return full(c, "quota_packages", q.packages_max, q.packages);
	if (q.bytes > q.bytes_max || bytes > q.bytes_max - q.bytes)
		return full(c, "quota_bytes", q.bytes_max, q.bytes);
	return 0;
}

int
store_quota_check(struct store_call *c, const struct id *party, bool is_company, uint64_t bytes)
{
	return check(c, party, is_company, 1, bytes);
}

int
store_quota_check_held(struct store_call *c, const struct id *party, bool is_company)
{
	return check(c, party, is_company, 0, 0);
}

int
store_quota_hold(struct store_call *c, const struct id *party, bool is_company, const struct id *package, uint64_t bytes)
{
	struct usage u = get_usage(c->tx, party);
	struct store_rowkey value = rowkey_of(id_view(party), view_of(NULL, 0));
	int err = store_quota_check(c, party, is_company, bytes);

	if (err != 0)
		return err;
	rowkey_add_number(&value, bytes, 8);
	store_index_put(c->tx, STORE_TABLE_HELD, id_view(package), rowkey_view(&value));
	put_usage(c->tx, party, (struct usage){ u.packages + 1, u.bytes + bytes });
	return 0;
}

void
store_quota_release(struct store_txn *tx, const struct id *package)
{
	struct buf value;

	buf_init(&value, HELD_BYTES);
	if (store_index_get(tx, STORE_TABLE_HELD, id_view(package), &value) == 0) {
		struct id party = rowkey_id(buf_view(&value), 0);
		uint64_t bytes = rowkey_number(buf_view(&value), ID_BYTES, 8);
		struct usage u = get_usage(tx, &party);
		require(u.packages > 0 && u.bytes >= bytes);
		put_usage(tx, &party, (struct usage){ u.packages - 1, u.bytes - bytes });
		store_records_delete(tx, STORE_TABLE_HELD, id_view(package));
	}
	buf_deinit(&value);
}
