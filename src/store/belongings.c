/* SPDX-License-Identifier: MIT */
/*
 * The table of an account's belongings, and the three things that are done by it. Knows no request and decides nothing: what is
 * erased shows in the data keys that a row was sealed under. Called by erasure.c.
 */
#include "store/belongings.h"

#include <string.h>

#include "base/fatal.h"
#include "record/stored.pb-c.h"
#include "store/jobs.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/vault.h"
#include "store/wire.h"

#define ROWS_A_STEP 200
/* Rows of one step that are only looked at. */
#define LOOKED_A_STEP 2000
#define RENEWED_MAX 2048
#define RENEWED_BYTES ((size_t)64 * 1024 * 1024)

enum where {
	AT,         /* the one row whose key is the account's id */
	UNDER,      /* rows whose keys begin with it */
	NAMED,      /* plain rows whose keys begin with it, each with the key of a row in another table: the value, or the rest of the key */
	AMONG       /* a table of short-lived rows of all accounts */
};

/* What of it stays at a reset. */
enum stays { GOES, STAYS, PINS };

static const struct belonging {
	enum store_table table;
	enum where where;
	enum stays stays;
	enum store_table named;                 /* NAMED: where the rows lie */
	enum trust_erasure_kind counted;        /* in the receipt of a deletion; 0: not */
} rows[] = {
	{ STORE_TABLE_ACCOUNT, AT, STAYS, 0, TRUST_ERASURE_ACCOUNTS },
	{ STORE_TABLE_PARTY, AT, STAYS, 0, 0 },
	{ STORE_TABLE_TOTP, AT, STAYS, 0, 0 },
	{ STORE_TABLE_SESSION_OF, NAMED, STAYS, STORE_TABLE_SESSION, TRUST_ERASURE_SESSIONS },
	{ STORE_TABLE_APP_PASSWORD_OF, NAMED, STAYS, STORE_TABLE_APP_PASSWORD, TRUST_ERASURE_APP_PASSWORDS },
	{ STORE_TABLE_SUPPORT_OF, NAMED, STAYS, STORE_TABLE_SUPPORT, TRUST_ERASURE_SUPPORT_REQUESTS },
	{ STORE_TABLE_PINS, AT, PINS, 0, 0 },
	{ STORE_TABLE_PIN_PAGE, UNDER, PINS, 0, 0 },
	{ STORE_TABLE_REPEAT, UNDER, GOES, 0, 0 },
	{ STORE_TABLE_EVENT, UNDER, GOES, 0, 0 },
	{ STORE_TABLE_NONCE, AMONG, GOES, 0, 0 },
	{ STORE_TABLE_RESET, AMONG, GOES, 0, 0 },
	{ STORE_TABLE_ADDRESS_CHANGE, AMONG, GOES, 0, 0 },
	{ STORE_TABLE_MAIL, AMONG, GOES, 0, 0 },
	{ STORE_TABLE_INVITATION, AMONG, GOES, 0, 0 },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static struct store_cursor *
open_row(struct store_txn *tx, const struct belonging *row, const struct id *account, struct view after)
{
	struct view prefix = row->where == AMONG ? view_of(NULL, 0) : id_view(account);

	return store_cursor_open_prefix(tx, row->table, prefix, after, STORE_FORWARD);
}

/* Of a NAMED row. */
static struct view
named_by(struct view key, struct view value)
{
	return value.len != 0 ? value : view_slice(key, ID_BYTES, key.len);
}

/* ---- counting ---- */

void
store_belongings_count(struct store_txn *tx, const struct id *account, struct trust_erasure_list *gone)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].counted != 0)
			trust_erasure_add(gone, (uint8_t)rows[i].counted, store_records_count(tx, rows[i].table, id_view(account)));
}

/* ---- another data key ---- */

struct renewed {
	enum store_table table;
	struct store_rowkey key;
	struct store_key_name names[STORE_VAULT_KEYS_MAX];
	size_t name_count;
	struct ProtobufCMessage *record;
};

struct renewal {
	struct store *store;
	struct store_txn *tx;
	struct arena *arena;
	struct renewed *items;
	size_t count;
};

/* A record with the names of the data keys that it lies under; one that is erased is left. */
static int
take(struct renewal *r, enum store_table table, struct view key)
{
	struct renewed *item = &r->items[r->count];
	struct view value;
	int err = store_index_get_arena(r->tx, table, key, r->arena, &value);

	require(r->count < RENEWED_MAX);
	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	*item = (struct renewed){ .table = table, .key = rowkey_of(key, view_of(NULL, 0)) };
	if (store_vault_is_erased(r->store->vault, r->tx, value, item->names, &item->name_count))
		return 0;
	err = store_records_open(r->store, r->arena, table, key, value, &item->record);
	if (err == 0)
		r->count++;
	return err == ERR_NOT_FOUND ? 0 : err;
}

static int
put_back(struct renewal *r)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < r->count; i++) {
		const struct renewed *item = &r->items[i];
		err = store_vault_put(r->store->vault, r->tx, item->table, rowkey_view(&item->key), item->names, item->name_count, item->record);
	}
	return err;
}

static int
take_row(struct renewal *r, const struct belonging *row, const struct id *account)
{
	struct store_cursor *c = open_row(r->tx, row, account, view_of(NULL, 0));
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(c, &key, &value))
		err = row->where == NAMED ? take(r, row->named, named_by(key, value)) : take(r, row->table, key);
	store_cursor_close(&c);
	return err;
}

int
store_belongings_renew(struct store *s, struct store_txn *tx, const struct id *account, bool keeps_pins)
{
	struct store_key_name name = { STORE_KEY_ACCOUNT, *account, 0 };
	struct renewal r = { .store = s, .tx = tx, .arena = arena_new(RENEWED_BYTES) };
	int err = 0;

	r.items = arena_alloc(r.arena, RENEWED_MAX * sizeof(*r.items));
	for (size_t i = 0; err == 0 && i < ROW_COUNT; i++)
		if (rows[i].stays == STAYS || (rows[i].stays == PINS && keeps_pins))
			err = take_row(&r, &rows[i], account);
	if (err == 0)
		err = store_keys_replace(s->keys, tx, &name);
	if (err == 0)
		err = put_back(&r);
	arena_free(&r.arena);
	return err;
}

/* ---- removing ---- */

/* One run of the job: account, row of the table, key after which it goes on. */
struct run {
	struct store *store;
	struct store_txn *tx;
	struct id account;
	size_t row;
	struct store_rowkey after;
	unsigned looked, removed;
};

static void
put_job(const struct run *r)
{
	struct store_rowkey k = rowkey_of(id_view(&r->account), view_of(NULL, 0));

	rowkey_add_number(&k, r->row, 1);
	rowkey_add(&k, rowkey_view(&r->after));
	store_jobs_put(r->store, r->tx, STORE_JOB_BELONGINGS_REMOVE, 0, rowkey_view(&k));
}

/* A data key of the row's own goes with it. */
static int
end_own_key(struct run *r, struct view key, const struct store_key_name *names, size_t count)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < count; i++)
		if (view_equal(id_view(&names[i].owner), key))
			err = store_records_destroy_key(r->store, r->tx, &names[i]);
	return err;
}

/* Where nobody is a member yet, an invitation that this account has taken. */
static bool
has_joined(struct run *r, struct view key, struct view value)
{
	struct arena *a = store_records_arena();
	Provision__StoredInvitation *m;
	bool is_joined = store_records_open(r->store, a, STORE_TABLE_INVITATION, key, value, &m) == 0 &&
	    view_equal(wire_view(m->joined), id_view(&r->account));

	arena_free(&a);
	return is_joined;
}

static int
remove_one(struct run *r, const struct belonging *row, struct view key, struct view value)
{
	struct store_key_name names[STORE_VAULT_KEYS_MAX];
	struct store_rowkey k = rowkey_of(key, view_of(NULL, 0));
	size_t count;
	bool is_erased = store_vault_is_erased(r->store->vault, r->tx, value, names, &count);

	if (row->table == STORE_TABLE_INVITATION && !is_erased && has_joined(r, key, value)) {
		struct store_key_name own = { STORE_KEY_INVITATION, rowkey_id(key, ID_BYTES), 0 };
		r->removed++;
		return store_records_end(r->store, r->tx, row->table, rowkey_view(&k), &own);
	}
	if (!is_erased)
		return 0;
	r->removed++;
	store_records_delete(r->tx, row->table, rowkey_view(&k));
	return end_own_key(r, rowkey_view(&k), names, count);
}

/* A name of something that is there no more, or erased. */
static int
remove_named(struct run *r, const struct belonging *row, struct view key, struct view value)
{
	struct store_rowkey k = rowkey_of(key, view_of(NULL, 0)), named = rowkey_of(named_by(key, value), view_of(NULL, 0));
	struct buf found;
	int err;

	buf_init(&found, STORE_VALUE_MAX);
	err = store_index_get(r->tx, row->named, rowkey_view(&named), &found);
	if (err == 0)
		err = remove_one(r, &(struct belonging){ .table = row->named }, rowkey_view(&named), buf_view(&found));
	buf_deinit(&found);
	if (err != 0 && err != ERR_NOT_FOUND)
		return err;
	if (!store_index_has(r->tx, row->named, rowkey_view(&named)))
		store_records_delete(r->tx, row->table, rowkey_view(&k));
	return 0;
}

/* STORE_DUE_MORE: not all of this row. */
static int
remove_row(struct run *r)
{
	const struct belonging *row = &rows[r->row];
	struct store_cursor *c = open_row(r->tx, row, &r->account, rowkey_view(&r->after));
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(c, &key, &value)) {
		r->after = rowkey_of(key, view_of(NULL, 0));
		err = row->where == NAMED ? remove_named(r, row, key, value) : remove_one(r, row, key, value);
		if (err == 0 && (++r->looked == LOOKED_A_STEP || r->removed >= ROWS_A_STEP))
			err = STORE_DUE_MORE;
	}
	store_cursor_close(&c);
	return err;
}

static void
forget_key(struct run *r)
{
	struct store_key_name name = { STORE_KEY_ACCOUNT, r->account, 0 };
	struct store_slot slot;

	if (store_keys_find(r->store->keys, r->tx, &name, &slot) == ERR_ERASED)
		store_keys_forget(r->store->keys, r->tx, &name);
}

int
store_belongings_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct run r = { .store = s, .tx = tx, .account = rowkey_id(item->reference, 0),
		.row = (size_t)rowkey_number(item->reference, ID_BYTES, 1),
		.after = rowkey_of(view_slice(item->reference, ID_BYTES + 1, item->reference.len), view_of(NULL, 0)) };
	int err = 0;

	for (; err == 0 && r.row < ROW_COUNT; r.row += err == 0) {
		err = remove_row(&r);
		if (err == 0)
			r.after.len = 0;
	}
	if (err == STORE_DUE_MORE) {
		put_job(&r);
		err = 0;
	} else if (err == 0) {
		forget_key(&r);
	}
	return err;
}

void
store_belongings_remove(struct store *s, struct store_txn *tx, const struct id *account)
{
	struct run r = { .store = s, .tx = tx, .account = *account };

	put_job(&r);
}
