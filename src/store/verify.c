/* SPDX-License-Identifier: MIT */
/*
 * The rows: each opens or is erased, each leads to something. Which rows lead where is a table. A row whose target's data key
 * is not alive is one of those that an erasure has still to remove.
 */
#include "store/verify.h"

#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/text.h"
#include "record/stored.pb-c.h"
#include "store/entry_form.h"
#include "store/keys.h"
#include "store/packages.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/spool.h"

#define SHOWN_KEY_BYTES 48

struct verify {
	struct store *store;
	struct store_txn *tx;
	struct arena *arena;
	struct store_verify_report *report;
};

void
store_verify_note(struct store_verify_report *r, uint32_t subject, const char *what, const char *where)
{
	r->counts[subject].checked++;
	if (what == NULL)
		return;
	r->counts[subject].wrong++;
	r->wrong++;
	if (r->finding_count == STORE_VERIFY_FINDINGS_MAX)
		return;
	struct store_verify_finding *f = &r->findings[r->finding_count++];
	f->subject = r->counts[subject].subject;
	f->what = what;
	(void)snprintf(f->where, sizeof(f->where), "%s", where);
}

static void
note_row(struct verify *v, uint32_t subject, struct view key, const char *what)
{
	char where[2 * SHOWN_KEY_BYTES + 1];
	text_hex(view_slice(key, 0, SHOWN_KEY_BYTES), where);
	store_verify_note(v->report, subject, what, where);
}

/* ---- rows that lead to other rows ---- */

struct reference {
	enum store_table from;
	bool is_in_value;
	size_t offset;               /* of an id */
	enum store_table to;         /* whose key begins with it */
	enum store_key_kind kind;    /* of the data key that covers the target */
};

#define KEY(from, offset, to, kind) { STORE_TABLE_##from, false, offset, STORE_TABLE_##to, STORE_KEY_##kind }
#define VALUE(from, offset, to, kind) { STORE_TABLE_##from, true, offset, STORE_TABLE_##to, STORE_KEY_##kind }

static const struct reference references[] = {
	VALUE(ADDRESS, 0, ACCOUNT, ACCOUNT), KEY(PINS, 0, ACCOUNT, ACCOUNT), KEY(PIN_PAGE, 0, ACCOUNT, ACCOUNT),
	KEY(TOTP, 0, ACCOUNT, ACCOUNT), KEY(SESSION_OF, 0, ACCOUNT, ACCOUNT), KEY(APP_PASSWORD_OF, 0, ACCOUNT, ACCOUNT),
	KEY(REGISTRATION_OF, 32, REGISTRATION, REGISTRATION),
	VALUE(SLUG, 0, COMPANY, COMPANY), KEY(MEMBER, 0, COMPANY, COMPANY), KEY(MEMBER, ID_BYTES, ACCOUNT, ACCOUNT),
	KEY(MEMBERSHIP, 0, ACCOUNT, ACCOUNT), KEY(MEMBERSHIP, ID_BYTES, COMPANY, COMPANY),
	KEY(INVITATION, 0, COMPANY, COMPANY), KEY(CUSTOMER_INVITATION, 0, COMPANY, COMPANY), KEY(PAST_EPOCH, 0, COMPANY, COMPANY),
	KEY(SEALED_EPOCH, 0, COMPANY, COMPANY), KEY(EPOCH_USE, 0, COMPANY, COMPANY), KEY(EPOCH_OF, 0, PACKAGE, PACKAGE),
	KEY(SUBSCRIPTION_OF, ID_BYTES, SUBSCRIPTION, SUBSCRIPTION), VALUE(PAIR, 0, SUBSCRIPTION, SUBSCRIPTION),
	VALUE(NUMBER, 0, SUBSCRIPTION, SUBSCRIPTION),
	KEY(ENTRY, 0, SUBSCRIPTION, SUBSCRIPTION), KEY(ENTRY_DAY, 0, SUBSCRIPTION, SUBSCRIPTION), KEY(MESSAGE, 0, SUBSCRIPTION, SUBSCRIPTION),
	KEY(READ_STATE, 0, SUBSCRIPTION, SUBSCRIPTION), KEY(PROVENANCE, 0, SUBSCRIPTION, SUBSCRIPTION),
	KEY(PACKAGE_OF, 0, SUBSCRIPTION, SUBSCRIPTION), KEY(PACKAGE_OF, ID_BYTES + 4, PACKAGE, PACKAGE),
	VALUE(INBOX, 0, PACKAGE, PACKAGE), KEY(HELD, 0, PACKAGE, PACKAGE), KEY(HEADER, 0, PACKAGE, PACKAGE), KEY(PART, 0, PACKAGE, PACKAGE),
	VALUE(SPOOL, 1, PACKAGE, PACKAGE),
	KEY(MAIL_READY, 8, MAIL, MAIL), KEY(SUPPORT_OF, ID_BYTES, SUPPORT, SUPPORT),
};

static const char *
follow(struct verify *v, const struct reference *r, struct view row)
{
	struct store_slot slot;
	if (row.len < r->offset + ID_BYTES)
		return "it is too short";
	struct store_key_name name = { r->kind, rowkey_id(row, r->offset), 0 };
	if (store_index_has(v->tx, r->to, id_view(&name.owner)))
		return NULL;
	return store_keys_find(v->store->keys, v->tx, &name, &slot) == 0 ? "it leads to something that is not there" : NULL;
}

/* ---- rows themselves ---- */

/* 0, ERR_ERASED or what is wrong. */
static int
open_row(struct verify *v, enum store_table table, struct view key, struct view value)
{
	void *record;
	if (table == STORE_TABLE_ENTRY) {
		struct id subscription = rowkey_id(key, 0);
		struct store_entry_opener opener = store_entry_opener_of(v->store, &subscription);
		Provision__StoredEntry *entry;
		int err = store_entry_open(&opener, v->tx, key, value, v->arena, &entry);
		store_entry_opener_clear(&opener);
		return err == ERR_NOT_FOUND ? ERR_ERASED : err;
	}
	if (!store_records_is_sealed(table))
		return 0;
	int err = store_records_open(v->store, v->arena, table, key, value, &record);
	return err == ERR_NOT_FOUND ? ERR_ERASED : err;
}

static void
check_row(struct verify *v, enum store_table table, struct view key, struct view value)
{
	const char *what = NULL;
	arena_reset(v->arena);
	int err = open_row(v, table, key, value);
	v->report->counts[table].erased += err == ERR_ERASED;
	if (err != 0 && err != ERR_ERASED)
		what = "it does not open";
	for (size_t i = 0; what == NULL && err == 0 && i < sizeof(references) / sizeof(references[0]); i++)
		if (references[i].from == table)
			what = follow(v, &references[i], references[i].is_in_value ? value : key);
	note_row(v, table, key, what);
}

/* ---- keys and files ---- */

static void
check_key(struct verify *v, struct view key, struct view value)
{
	bool is_living, is_mirrored;
	int err = store_keys_check(v->store->keys, key, value, &is_living, &is_mirrored);
	v->report->counts[STORE_VERIFY_SLOTS].erased += !is_living;
	note_row(v, STORE_VERIFY_SLOTS, key, err == 0 ? NULL : is_living ? "its slot does not open" : "its slot is not overwritten");
	note_row(v, STORE_VERIFY_MIRROR, key, is_mirrored ? NULL : "the mirror's slot is another one");
}

/* A part that is complete is as long as its package says. */
static void
check_package(struct verify *v, struct view key, struct view value)
{
	Provision__StoredPackage *p;
	if (store_records_open(v->store, v->arena, STORE_TABLE_PACKAGE, key, value, &p) != 0 ||
	    p->state != PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING)
		return;
	for (size_t i = 0; i < p->n_parts; i++) {
		int fd = -1, err = store_packages_open_part(v->store, p->parts[i], &fd);
		note_row(v, STORE_VERIFY_STREAMS, key, err == 0 ? NULL : err == ERR_NOT_FOUND ? "a part of the package is not there" :
		    "a part of the package has another size");
		file_close(&fd);
	}
}

static void
check_table(struct verify *v, enum store_table table)
{
	struct store_cursor *c = store_cursor_open(v->tx, table, view_of(NULL, 0), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	while (store_cursor_next(c, &key, &value)) {
		check_row(v, table, key, value);
		if (table == STORE_TABLE_KEYS)
			check_key(v, key, value);
		else if (table == STORE_TABLE_PACKAGE)
			check_package(v, key, value);
	}
	store_cursor_close(&c);
}

void
store_verify(struct store *s, const char *state_path, struct store_verify_report *report)
{
	static const char *const others[] = { "directory", "streams", "slots", "mirror" };
	struct verify v = { .store = s, .tx = store_txn_view(s->index), .arena = store_records_arena(), .report = report };
	memset(report, 0, sizeof(*report));
	for (int t = 0; t < STORE_VERIFY_COUNTS; t++)
		report->counts[t].subject = t < STORE_TABLE_COUNT ? store_table_row((enum store_table)t)->name : others[t - STORE_TABLE_COUNT];
	store_verify_files(state_path, report);
	for (int t = 0; t < STORE_TABLE_COUNT; t++)
		check_table(&v, (enum store_table)t);
	arena_free(&v.arena);
	store_txn_abort(&v.tx);
}
