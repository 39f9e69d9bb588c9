/* SPDX-License-Identifier: MIT */
/*
 * Pages of lists. A cursor is the place at which a page ended and a keyed hash over the list (the request's type and whose
 * list it is) and the place: what we did not give for this very list is refused. A place is a part of a key, a time or a
 * public name, so that showing it tells nothing. Cursors never end, and hold over restarts.
 */
#ifndef STORE_PAGING_H
#define STORE_PAGING_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "record/common.pb-c.h"
#include "store/call.h"
#include "store/index.h"

/* A page ends early before it has more than this, as packed messages: it always fits an answer. */
#define STORE_PAGING_BYTES ((size_t)1024 * 1024)
/* Longest place. */
#define STORE_PAGING_PLACE_MAX 240

/* One page as it is filled. */
struct store_page {
	struct ProtobufCMessage **items;   /* room for limit, in the call's arena */
	size_t count;
	uint32_t limit;
	size_t bytes;
	ProtobufCBinaryData next;          /* none at the end */
};

/* ERR_LIMIT: the call's arena is full. */
int store_paging_begin(struct store_call *c, uint32_t limit, struct store_page *page_r) ERR_CHECK;
/* Whether nothing more may be added. */
bool store_paging_is_full(const struct store_page *page);
void store_paging_add(struct store_page *page, struct ProtobufCMessage *row);
/* Into a list's reply. */
#define STORE_PAGING_GIVE(reply, page) \
	do { \
		(reply)->items = (void *)(page)->items; \
		(reply)->n_items = (page)->count; \
		(reply)->next = (page)->next; \
	} while (0)
/* There is more behind place, where this page ended. */
void store_paging_more(struct store_call *c, struct view list, struct view place, struct store_page *page);

/*
 * The place in a cursor of list (whose it is: begins with an id); borrows cursor; empty for an empty one. ERR_SYNTAX, blaming
 * "cursor": not one of ours for this list.
 */
int store_paging_place(struct store_call *c, struct view list, ProtobufCBinaryData cursor, struct view *place_r) ERR_CHECK;

/* The row of a key and value, in the call's arena. ERR_NOT_FOUND: nothing to be shown. */
typedef int store_paging_fill(struct store_call *c, void *arg, struct view key, struct view value,
    struct ProtobufCMessage **row_r);

/* Rows of one table whose keys begin with the list's name. */
struct store_paging_source {
	enum store_table table;
	enum store_direction direction;
	store_paging_fill *fill;
};

/*
 * A page of all rows of some tables (sources; at most 255), one table after the other, whose keys begin with list. Errors are
 * those of store_paging_place(), store_paging_begin() and fill().
 */
int store_paging_read(struct store_call *c, struct view list, const struct store_paging_source *sources, size_t source_count,
    void *arg, ProtobufCBinaryData cursor, uint32_t limit, struct store_page *page_r) ERR_CHECK;

#endif
