/* SPDX-License-Identifier: MIT */
/*
 * Rows of pin stores: the root under the account's id, a page under id and first place. A page that the client splits keeps
 * its row and gets a second one behind it, so that rows are only removed when the whole store is made anew.
 */
#include "store/pins.h"

#include "store/records.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/wire.h"

#define PAGES_MAX 1024
#define PLACE_BYTES 4

static struct store_rowkey
row_of(const struct id *account, uint32_t at)
{
	struct store_rowkey key = { .len = 0 };

	rowkey_add(&key, id_view(account));
	rowkey_add_number(&key, at, PLACE_BYTES);
	return key;
}

static int
read_root(struct store_call *c, const struct id *account, Provision__StoredPins **root_r)
{
	return store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PINS, id_view(account), root_r);
}

int
store_pins_read(struct store_call *c, const struct id *account, uint64_t *version_r, ProtobufCBinaryData *root_r,
    ProtobufCBinaryData *page_r)
{
	struct store_rowkey at = row_of(account, 0);
	Provision__StoredPinPage *page;
	Provision__StoredPins *root;
	int err = read_root(c, account, &root);

	if (err != 0)
		return err;
	*version_r = root->version;
	*root_r = root->pins;
	if (root->pages != 1)
		return 0;
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PIN_PAGE, rowkey_view(&at), &page);
	if (err == 0)
		*page_r = page->page;
	return err;
}

int
store_pins_version(struct store_call *c, const struct id *account, uint64_t *version_r)
{
	Provision__StoredPins *root;
	int err = read_root(c, account, &root);

	if (err == 0)
		*version_r = root->version;
	return err;
}

/* --- writing */

static int
put_root(struct store_call *c, const struct id *account, uint64_t version, ProtobufCBinaryData root, uint32_t pages)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	Provision__StoredPins record = PROVISION__STORED_PINS__INIT;

	record.version = version;
	record.pins = root;
	record.pages = pages;
	return store_records_put(c->store, c->tx, STORE_TABLE_PINS, id_view(account), &key, &record.base);
}

static int
put_page(struct store_call *c, const struct id *account, uint32_t at, ProtobufCBinaryData page)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };
	struct store_rowkey row = row_of(account, at);
	Provision__StoredPinPage record = PROVISION__STORED_PIN_PAGE__INIT;

	record.page = page;
	return store_records_put(c->store, c->tx, STORE_TABLE_PIN_PAGE, rowkey_view(&row), &key, &record.base);
}

static void
remove_pages(struct store_call *c, const struct id *account)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_PIN_PAGE, id_view(account), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;

	while (store_cursor_next(cursor, &key, &value))
		store_records_delete(c->tx, STORE_TABLE_PIN_PAGE, key);
	store_cursor_close(&cursor);
}

int
store_pins_begin(struct store_call *c, const struct id *account, uint64_t version, ProtobufCBinaryData root,
    ProtobufCBinaryData page)
{
	remove_pages(c, account);
	int err = put_page(c, account, 0, page);

	return err == 0 ? put_root(c, account, version, root, 1) : err;
}

static bool
has_page(struct store_call *c, const struct id *account, uint32_t at)
{
	struct store_rowkey row = row_of(account, at);

	return store_index_has(c->tx, STORE_TABLE_PIN_PAGE, rowkey_view(&row));
}

int
store_pins_put(struct store_call *c, const struct id *account, const Provision__PinsPut *m)
{
	Provision__StoredPins *old;
	int err = read_root(c, account, &old);

	if (err != 0)
		return err;
	if (m->version == old->version && view_equal(wire_view(m->pins), wire_view(old->pins)))
		return 0;
	if (old->version == UINT64_MAX || m->version != old->version + 1)
		return ERR_CONFLICT;
	uint32_t pages = old->pages;
	for (size_t i = 0; i < m->n_pages && err == 0; i++) {
		pages += !has_page(c, account, m->pages[i]->at);
		err = pages > PAGES_MAX ? ERR_FULL : put_page(c, account, m->pages[i]->at, m->pages[i]->page);
	}
	return err == 0 ? put_root(c, account, m->version, m->pins, pages) : err;
}

/* --- pages */

static int
add_page(struct store_call *c, struct view key, struct view value, Provision__PinPagesGetReply *reply)
{
	Provision__PinPage *item = arena_alloc(c->arena, sizeof(*item));
	Provision__StoredPinPage *record;
	int err = store_records_open(c->store, c->arena, STORE_TABLE_PIN_PAGE, key, value, &record);

	if (err != 0)
		return err;
	provision__pin_page__init(item);
	item->at = (uint32_t)rowkey_number(key, ID_BYTES, PLACE_BYTES);
	item->page = record->page;
	reply->items[reply->n_items++] = item;
	return 0;
}

int
store_pins_pages(struct store_call *c, const struct id *account, const Provision__PinPagesGet *m,
    Provision__PinPagesGetReply *reply)
{
	uint32_t limit = m->count == 0 ? 1 : m->count;
	struct store_rowkey from = row_of(account, m->at), until = row_of(account, UINT32_MAX);
	struct view key, value;
	uint64_t version;
	int err = store_pins_version(c, account, &version);

	if (err == 0 && version != m->version)
		err = ERR_CONFLICT;
	if (err != 0)
		return err;
	reply->items = (Provision__PinPage **)store_rows_array(c->arena, limit);
	if (reply->items == NULL)
		return ERR_LIMIT;
	struct store_cursor *cursor = store_cursor_open(c->tx, STORE_TABLE_PIN_PAGE, rowkey_view(&from), rowkey_view(&until), STORE_FORWARD);
	while (err == 0 && reply->n_items < limit && store_cursor_next(cursor, &key, &value))
		err = add_page(c, key, value, reply);
	store_cursor_close(&cursor);
	return err;
}
