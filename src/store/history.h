/* SPDX-License-Identifier: MIT */
/*
 * Entries as a person sees them: decompressed, with their author's name, a package with its row. For everyone who shows entries
 * of a conversation.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/view.h"
#include "record/conversation.pb-c.h"
#include "store/access.h"
#include "store/call.h"
#include "store/entry_form.h"

struct store_history_author;

/* One conversation as one person looks at it. */
struct store_history {
	struct store_call *call;
	const struct store_who *who;
	const struct store_subscription_access *access;
	bool has_origin;                      /* own entries with address and user agent */
	struct store_entry_opener opener;
	struct store_history_author *authors; /* seen so far */
};

/* The person who wrote for a company, in a. ERR_NOT_FOUND: is not a member any more, and has no name there. */
int store_history_member(struct store *s, struct store_txn *tx, struct arena *a, const struct id *company, const struct id *account,
    Provision__StoredAccount **person_r) ERR_CHECK;

/* Borrows all until store_history_end(). access: of STORE_ACTION_HISTORY_SEE. */
struct store_history store_history_begin(struct store_call *c, const struct store_who *who,
    const struct store_subscription_access *access, bool has_origin);
void store_history_end(struct store_history *h);
/* The row of a key and value of the table "entry", in the call's arena. ERR_NOT_FOUND: nothing to be shown. */
int store_history_row(struct store_history *h, struct view key, struct view value, Provision__ConversationEntry **row_r) ERR_CHECK;

#endif
