/* SPDX-License-Identifier: MIT */
/*
 * Showing what only clients can judge, and what only its author may see. Called by handle_show.c.
 */
#include "store/word.h"

#include "base/clock.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/wire.h"

static bool
is_by(const struct store_who *who, ProtobufCBinaryData account)
{
	return view_equal(id_view(&who->account), wire_view(account));
}

int
store_word_show(struct store_call *c, const struct store_who *who, const struct store_package_access *a,
    Provision__PackageWord **word_r)
{
	const Provision__StoredPackage *r = a->record;
	Provision__PackageWord *word = arena_try(c->arena, sizeof(*word));

	if (word == NULL)
		return ERR_LIMIT;
	provision__package_word__init(word);
	word->receipt = r->receipt;
	word->withdrawal = r->withdrawal;
	word->statement = r->signer_statement;
	/* one may be customer and member of the same company: then the sender's, which has the same in it */
	if (is_by(who, r->author))
		word->kept = r->kept;
	else if (is_by(who, r->receiver))
		word->kept = r->receiver_kept;
	*word_r = word;
	return 0;
}

int
store_word_provenance(struct store_call *c, const struct store_who *who, const struct store_package_access *a,
    Provision__InboxRow *row)
{
	struct store_rowkey key = rowkey_of(wire_view(a->record->subscription), view_of(NULL, 0));
	Provision__StoredProvenance *r;
	int err;

	if (!is_by(who, a->record->author))
		return 0;
	rowkey_add_number(&key, clock_day(a->record->created_ms), 4);
	rowkey_add(&key, id_view(&a->package));
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PROVENANCE, rowkey_view(&key), &r);
	if (err == 0) {
		row->address = r->address;
		row->user_agent = r->user_agent;
	}
	return err == ERR_NOT_FOUND ? 0 : err;
}
