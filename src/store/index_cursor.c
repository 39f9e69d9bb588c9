/* SPDX-License-Identifier: MIT */
/*
 * Ranges. A cursor of Berkeley DB holds a lock on its page, so none is kept between two calls: rows are fetched in
 * portions that grow, each from where the last one ended. One of the index*.c files that know the library.
 */
#include "store/index_db.h"

#include <string.h>

#include "base/cursor.h"
#include "base/fatal.h"
#include "base/mem.h"

#define FIRST_ROWS 4
#define MOST_ROWS 64
#define FIRST_VALUE_BYTES 1024
#define PORTION_BYTES ((size_t)64 * 1024)   /* no further row is fetched beyond that */
#define PORTION_MAX (PORTION_BYTES + STORE_KEY_MAX + STORE_VALUE_MAX + 64)

/* A DBT that reads into *b, grown as needed. */
struct cell {
	DBT dbt;
	struct buf bytes;
};

struct store_cursor {
	struct store_txn *tx;
	DB *db;
	enum store_direction direction;
	struct buf from, until;   /* bounds, until exclusive, empty = none */
	struct buf last;          /* the key fetched last */
	bool has_last, is_at_end;
	uint32_t portion;         /* rows to fetch next */
	struct buf rows;          /* fetched: block(key) block(value) ... */
	struct cursor unread;     /* of rows */
	struct cell key, value;   /* what the library reads into */
};

static void
cell_init(struct cell *s, size_t max)
{
	memset(&s->dbt, 0, sizeof(s->dbt));
	buf_init(&s->bytes, max);
	s->dbt.flags = DB_DBT_USERMEM;
}

static void
cell_size(struct cell *s, size_t n)
{
	uint8_t *space;
	require(buf_reserve(&s->bytes, n, &space) == 0);
	s->dbt.data = space;
	s->dbt.ulen = (u_int32_t)n;
}

static struct view
cell_view(const struct cell *s)
{
	return view_of(s->dbt.data, s->dbt.size);
}

static void
cell_set(struct cell *s, struct view v)
{
	cell_size(s, STORE_KEY_MAX);
	memcpy(s->dbt.data, v.data, v.len);
	s->dbt.size = (u_int32_t)v.len;
}

/* One step of a cursor of the library, the value's room grown if need be. */
static int
step(DBC *dbc, struct cell *key, struct cell *value, u_int32_t how)
{
	int e = dbc->get(dbc, &key->dbt, &value->dbt, how);
	if (e == DB_BUFFER_SMALL) {
		cell_size(value, value->dbt.size);
		e = dbc->get(dbc, &key->dbt, &value->dbt, how);
	}
	return e;
}

/* To the first row of the next portion, forward. */
static int
seek_forward(struct store_cursor *c, DBC *dbc, struct cell *key, struct cell *value)
{
	struct view at = buf_view(c->has_last ? &c->last : &c->from);
	if (at.len == 0)
		return step(dbc, key, value, DB_FIRST);
	cell_set(key, at);
	int e = step(dbc, key, value, DB_SET_RANGE);
	if (e == 0 && c->has_last && view_equal(cell_view(key), at))
		e = step(dbc, key, value, DB_NEXT);
	return e;
}

/* The same backward: the row before the last one, or before until. */
static int
seek_backward(struct store_cursor *c, DBC *dbc, struct cell *key, struct cell *value)
{
	struct view at = buf_view(c->has_last ? &c->last : &c->until);
	if (at.len == 0)
		return step(dbc, key, value, DB_LAST);
	cell_set(key, at);
	int e = step(dbc, key, value, DB_SET_RANGE);
	return step(dbc, key, value, e == DB_NOTFOUND ? DB_LAST : DB_PREV);
}

static bool
is_inside(const struct store_cursor *c, struct view key)
{
	if (c->direction == STORE_FORWARD)
		return c->until.len == 0 || view_compare(key, buf_view(&c->until)) < 0;
	return view_compare(key, buf_view(&c->from)) >= 0;
}

static void
keep_row(struct store_cursor *c, struct view key, struct view value)
{
	require(buf_append_block(&c->rows, key) == 0 && buf_append_block(&c->rows, value) == 0);
	buf_clear(&c->last);
	require(buf_append_view(&c->last, key) == 0);
	c->has_last = true;
}

/* After a refusal it is called again: the rows it has got stay, it goes on behind the last. */
static int
fetch_rows(struct store_cursor *c, DBC *dbc, struct cell *key, struct cell *value)
{
	bool is_forward = c->direction == STORE_FORWARD;
	int e = is_forward ? seek_forward(c, dbc, key, value) : seek_backward(c, dbc, key, value);
	for (uint32_t n = 0; e == 0; n++) {
		if (!is_inside(c, cell_view(key)))
			return DB_NOTFOUND;
		keep_row(c, cell_view(key), cell_view(value));
		if (n + 1 >= c->portion || c->rows.len >= PORTION_BYTES)
			return 0;
		e = step(dbc, key, value, is_forward ? DB_NEXT : DB_PREV);
	}
	return e;
}

/* 0, or what ended it: DB_NOTFOUND (no more rows) or a refusal (only for a view). */
static int
fetch_portion(void *arg, DB_TXN *txn)
{
	struct store_cursor *c = arg;
	DBC *dbc;
	int e = c->db->cursor(c->db, txn, &dbc, 0);
	if (e != 0)
		return e;
	e = fetch_rows(c, dbc, &c->key, &c->value);
	(void)dbc->close(dbc);
	return e;
}

/* Fills c->rows. */
static void
fetch(struct store_cursor *c)
{
	buf_clear(&c->rows);
	cell_size(&c->key, STORE_KEY_MAX);
	cell_size(&c->value, FIRST_VALUE_BYTES);
	int e = c->tx->db != NULL ? fetch_portion(c, c->tx->db) : store_index_read(c->tx->index, fetch_portion, c);
	if (e == DB_NOTFOUND)
		c->is_at_end = true;
	else if (e != 0)
		store_index_fatal("cursor", e);
	c->unread = cursor_of(buf_view(&c->rows));
	c->portion = c->portion < MOST_ROWS ? c->portion * 2 : MOST_ROWS;
}

struct store_cursor *
store_cursor_open(struct store_txn *tx, enum store_table table, struct view from, struct view until,
    enum store_direction direction)
{
	struct store_cursor *c = mem_alloc(sizeof(*c));
	c->tx = tx;
	c->db = tx->index->tables[table];
	c->direction = direction;
	c->portion = FIRST_ROWS;
	buf_init(&c->from, STORE_KEY_MAX);
	buf_init(&c->until, STORE_KEY_MAX);
	buf_init(&c->last, STORE_KEY_MAX);
	buf_init(&c->rows, PORTION_MAX);
	cell_init(&c->key, STORE_KEY_MAX);
	cell_init(&c->value, STORE_VALUE_MAX);
	require(buf_append_view(&c->from, from) == 0 && buf_append_view(&c->until, until) == 0);
	return c;
}

/* The least key above all that begin with prefix; stays empty if there is none (all bytes 0xff). */
static void
prefix_end(struct view prefix, struct buf *out)
{
	size_t n = prefix.len;
	while (n > 0 && prefix.data[n - 1] == 0xff)
		n--;
	require(buf_append_view(out, view_slice(prefix, 0, n)) == 0);
	if (n > 0)
		out->data[n - 1]++;
}

struct store_cursor *
store_cursor_open_prefix(struct store_txn *tx, enum store_table table, struct view prefix, struct view after,
    enum store_direction direction)
{
	struct buf end;
	buf_init(&end, STORE_KEY_MAX);
	prefix_end(prefix, &end);
	struct store_cursor *c = store_cursor_open(tx, table, prefix, buf_view(&end), direction);
	buf_deinit(&end);
	if (after.len > 0) {
		require(buf_append_view(&c->last, after) == 0);
		c->has_last = true;
	}
	return c;
}

bool
store_cursor_next(struct store_cursor *c, struct view *key_r, struct view *value_r)
{
	if (cursor_is_empty(&c->unread) && !c->is_at_end)
		fetch(c);
	if (cursor_is_empty(&c->unread))
		return false;
	*key_r = cursor_block(&c->unread, STORE_KEY_MAX);
	*value_r = cursor_block(&c->unread, STORE_VALUE_MAX);
	require(c->unread.err == 0);
	return true;
}

void
store_cursor_close(struct store_cursor **c)
{
	if (*c == NULL)
		return;
	buf_deinit(&(*c)->from);
	buf_deinit(&(*c)->until);
	buf_deinit(&(*c)->last);
	buf_deinit(&(*c)->rows);
	buf_deinit(&(*c)->key.bytes);
	buf_deinit(&(*c)->value.bytes);
	mem_free(c);
}
