/* SPDX-License-Identifier: MIT */
/*
 * Looking for what belongs to one person among records that are not found by persons: a walk in bounded steps, whose place goes into
 * the cursor of a page. Shared by handle_held.c and held_work.c.
 */
#ifndef STORE_HELD_H
#define STORE_HELD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/held.pb-c.h"
#include "store/call.h"
#include "store/paging.h"
#include "store/rowkey.h"

struct store_held {
	struct store_call *call;
	struct id account;
	struct arena *scratch;       /* of one record */
	struct store_page page;
	unsigned looked;             /* at so many records, for this page */
	bool is_ended;               /* this page; the place says where the next one goes on */
	struct store_rowkey place;   /* behind which, in the present part of the walk */
};

/* One more record, at this place in the present part of the walk. False: the page ends before it. */
bool store_held_look(struct store_held *h);
/* A new row of that kind, in the call's arena, to be filled; and added to the page. ERR_LIMIT. */
int store_held_add(struct store_held *h, Provision__HeldKind kind, Provision__HeldRow **row_r) ERR_CHECK;
/* A company's name in a row; none where it is gone. */
int store_held_name(struct store_held *h, const struct id *company, Provision__HeldRow *row) ERR_CHECK;

/* The part of the walk through the companies that the person is a member of. place: empty, or of this part. */
int store_held_work(struct store_held *h) ERR_CHECK;

#endif
