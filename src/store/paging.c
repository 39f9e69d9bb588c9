/* SPDX-License-Identifier: MIT */
/*
 * Cursors, and the one loop over the rows of a list. Knows no rights, and of messages only their size: handlers ask
 * access.h first and say how a row is made. Called by the handlers that list.
 */
#include "store/paging.h"

#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "crypt/equal.h"
#include "ipc/message.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/service.h"
#include "store/wire.h"

#define MAC_BYTES 16
#define LIST_MAX 32
#define PURPOSE_MAX 48

/* ---- cursors ---- */

/* Over the request's name, the list's name with its length, and the place. */
static struct hash
mac_of(struct store_call *c, struct view list, struct view place)
{
	uint8_t bytes[1 + LIST_MAX + STORE_PAGING_PLACE_MAX] = { (uint8_t)list.len };
	char purpose[PURPOSE_MAX];
	int n = snprintf(purpose, sizeof(purpose), "cursor/%s", ipc_message_find(c->handler->type)->name);

	require(n > 0 && (size_t)n < sizeof(purpose));
	require(list.len > 0 && list.len <= LIST_MAX && place.len > 0 && place.len <= STORE_PAGING_PLACE_MAX);
	memcpy(bytes + 1, list.data, list.len);
	memcpy(bytes + 1 + list.len, place.data, place.len);
	return store_service_token_hash(c->store->service, purpose, view_of(bytes, 1 + list.len + place.len));
}

int
store_paging_place(struct store_call *c, struct view list, ProtobufCBinaryData cursor, struct view *place_r)
{
	struct view v = wire_view(cursor);
	struct hash mac;

	*place_r = view_of(NULL, 0);
	if (v.len == 0)
		return 0;
	if (v.len <= MAC_BYTES || v.len > MAC_BYTES + STORE_PAGING_PLACE_MAX)
		return store_call_blame(c, "cursor", ERR_SYNTAX);
	*place_r = view_slice(v, 0, v.len - MAC_BYTES);
	mac = mac_of(c, list, *place_r);
	return crypt_equal(view_slice(v, place_r->len, MAC_BYTES), view_of(mac.bytes, MAC_BYTES)) ? 0 :
	    store_call_blame(c, "cursor", ERR_SYNTAX);
}

void
store_paging_more(struct store_call *c, struct view list, struct view place, struct store_page *page)
{
	struct hash mac = mac_of(c, list, place);
	uint8_t *bytes = arena_alloc(c->arena, place.len + MAC_BYTES);

	memcpy(bytes, place.data, place.len);
	memcpy(bytes + place.len, mac.bytes, MAC_BYTES);
	page->next = wire_bytes(view_of(bytes, place.len + MAC_BYTES));
}

/* ---- pages ---- */

int
store_paging_begin(struct store_call *c, uint32_t limit, struct store_page *page_r)
{
	*page_r = (struct store_page){ .items = (ProtobufCMessage **)store_rows_array(c->arena, limit), .limit = limit };
	return page_r->items != NULL ? 0 : ERR_LIMIT;
}

bool
store_paging_is_full(const struct store_page *page)
{
	return page->count == page->limit || page->bytes >= STORE_PAGING_BYTES;
}

void
store_paging_add(struct store_page *page, ProtobufCMessage *row)
{
	require(page->count < page->limit);
	page->items[page->count++] = row;
	page->bytes += protobuf_c_message_get_packed_size(row);
}

/* ---- rows of tables: a place is the number of the source and the key behind the list's name ---- */

struct reading {
	struct store_call *call;
	struct view list;
	void *arg;
	struct store_page *page;
	struct store_rowkey place;     /* of the last row of the page */
};

/* after: the key's end behind which to begin, empty: at the first. */
static int
read_source(struct reading *r, const struct store_paging_source *source, uint8_t number, struct view after)
{
	struct store_call *c = r->call;
	struct store_rowkey from = rowkey_of(r->list, after);
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, source->table, r->list,
	    after.len == 0 ? after : rowkey_view(&from), source->direction);
	struct view key, value;
	int err = 0;

	while (err == 0 && r->page->next.len == 0 && store_cursor_next(cursor, &key, &value)) {
		ProtobufCMessage *row = NULL;
		if (store_paging_is_full(r->page)) {
			store_paging_more(c, r->list, rowkey_view(&r->place), r->page);
			break;
		}
		err = source->fill(c, r->arg, key, value, &row);
		if (err == 0) {
			r->place = rowkey_of(view_of(&number, 1), view_slice(key, r->list.len, key.len));
			store_paging_add(r->page, row);
		} else if (err == ERR_NOT_FOUND) {
			err = 0;
		}
	}
	store_cursor_close(&cursor);
	return err;
}

int
store_paging_read(struct store_call *c, struct view list, const struct store_paging_source *sources, size_t source_count,
    void *arg, ProtobufCBinaryData cursor, uint32_t limit, struct store_page *page_r)
{
	struct reading r = { .call = c, .list = list, .arg = arg, .page = page_r };
	struct view place;
	int err = store_paging_place(c, list, cursor, &place);

	if (err == 0)
		err = store_paging_begin(c, limit, page_r);
	for (size_t i = place.len == 0 ? 0 : place.data[0]; err == 0 && i < source_count && page_r->next.len == 0; i++) {
		bool is_begun = place.len > 0 && i == place.data[0];
		err = read_source(&r, &sources[i], (uint8_t)i, is_begun ? view_slice(place, 1, place.len) : view_of(NULL, 0));
	}
	return err;
}
