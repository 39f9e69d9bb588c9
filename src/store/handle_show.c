/* SPDX-License-Identifier: MIT */
/*
 * Packages as their two sides see them: one, its file records, and the inbox of a customer or a company, newest first.
 */
#include <string.h>

#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/handle.h"
#include "store/notice.h"
#include "store/packages.h"
#include "store/paging.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/wire.h"
#include "store/word.h"

static int
may_see(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData package, struct store_who *who,
    struct store_package_access *a)
{
	struct id id = wire_id(package);
	int err = store_session_find(c, caller, who);

	return err == 0 ? store_access_package(c, who, &id, STORE_ACTION_PACKAGE_SEE, a) : err;
}

int
handle_show_package(struct store_call *c)
{
	const Provision__PackageGet *m = (const Provision__PackageGet *)c->request;
	Provision__PackageGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct view header = view_of(NULL, 0);
	struct store_package_access a;
	Provision__StoredAccount *customer;
	struct store_who who;
	int err = may_see(c, m->caller, m->package, &who, &a);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(&a.of.customer), &customer);
	if (err != 0)
		return err;
	provision__package_get_reply__init(reply);
	err = store_packages_header(c->store, c->tx, c->arena, &a.package, &header);
	if (err == 0 || err == ERR_NOT_FOUND)
		err = store_packages_row(c, &a, &reply->row);
	if (err != 0)
		return err;
	reply->header = wire_bytes(header);
	if (a.record->is_from_company)
		reply->recipient_statement = customer->statement;
	else
		reply->sender_statement = customer->statement;
	err = store_word_show(c, &who, &a, &reply->word);
	c->reply = &reply->base;
	return err;
}

/* ---- file records ---- */

struct page {
	struct arena *arena;
	Provision__FileRecord **files;
	size_t count, room;
};

static int
page_make_room(struct page *p)
{
	size_t room = p->room == 0 ? 64 : 2 * p->room;
	Provision__FileRecord **files = arena_try(p->arena, room * sizeof(*files));

	if (files == NULL)
		return ERR_LIMIT;
	if (p->count > 0)
		memcpy(files, p->files, p->count * sizeof(*files));
	p->files = files;
	p->room = room;
	return 0;
}

static int
page_add(void *arg, const Provision__FileRecord *file)
{
	struct page *p = arg;
	Provision__FileRecord *copy = arena_try(p->arena, sizeof(*copy));
	uint8_t *bytes = arena_try(p->arena, file->path.len + file->fingerprint.len);

	if (copy == NULL || bytes == NULL || (p->count == p->room && page_make_room(p) != 0))
		return ERR_LIMIT;
	provision__file_record__init(copy);
	memcpy(bytes, file->path.data, file->path.len);
	if (file->fingerprint.len > 0)
		memcpy(bytes + file->path.len, file->fingerprint.data, file->fingerprint.len);
	copy->size = file->size;
	copy->path = wire_bytes(view_of(bytes, file->path.len));
	copy->fingerprint = wire_bytes(view_of(bytes + file->path.len, file->fingerprint.len));
	p->files[p->count++] = copy;
	return 0;
}

int
handle_show_files(struct store_call *c)
{
	const Provision__PackageFilesGet *m = (const Provision__PackageFilesGet *)c->request;
	Provision__PackageFilesGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct page page = { .arena = c->arena };
	struct store_package_access a;
	struct store_who who;
	int err = may_see(c, m->caller, m->package, &who, &a);

	if (err == 0 && m->page >= a.record->page_count)
		err = ERR_NOT_FOUND;
	if (err == 0)
		err = store_packages_each(c->store, c->tx, &a.package, m->page, page_add, &page);
	if (err != 0)
		return err;
	provision__package_files_get_reply__init(reply);
	reply->n_files = page.count;
	reply->files = page.files;
	reply->is_last = m->page + 1 == a.record->page_count;
	c->reply = &reply->base;
	return 0;
}

/* ---- inbox: key = party, direction, number ---- */

/* Whose list it is. */
struct inbox {
	struct store_who who;
	bool outgoing;
};

static int
inbox_row(struct store_call *c, void *arg, struct view key, struct view value, ProtobufCMessage **row_r)
{
	const struct inbox *inbox = arg;
	Provision__InboxRow *row = arena_try(c->arena, sizeof(*row));
	struct store_package_access a;
	struct id package = rowkey_id(value, 0);
	uint64_t number = rowkey_number(key, ID_BYTES + 1, 8);
	int err = store_access_package(c, &inbox->who, &package, STORE_ACTION_PACKAGE_SEE, &a);

	if (err != 0)
		return err;
	if (row == NULL)
		return ERR_LIMIT;
	provision__inbox_row__init(row);
	err = store_packages_row(c, &a, &row->row);
	if (err != 0)
		return err;
	row->row->is_incoming = !inbox->outgoing;
	row->number = number;
	*row_r = &row->base;
	err = store_word_show(c, &inbox->who, &a, &row->word);
	return err == 0 ? store_word_provenance(c, &inbox->who, &a, row) : err;
}

int
handle_show_inbox(struct store_call *c)
{
	static const struct store_paging_source rows = { STORE_TABLE_INBOX, STORE_BACKWARD, inbox_row };
	const Provision__InboxList *m = (const Provision__InboxList *)c->request;
	Provision__InboxListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct inbox inbox = { .outgoing = m->outgoing };
	struct store_company_access company;
	struct store_rowkey prefix;
	struct store_page page;
	int err = store_session_find(c, m->caller, &inbox.who);

	if (err == 0 && m->slug.len != 0)
		err = store_access_company(c, &inbox.who, wire_view(m->slug), STORE_ACTION_INBOX_SEE, &company);
	if (err != 0)
		return err;
	prefix = rowkey_of(id_view(m->slug.len != 0 ? &company.company : &inbox.who.account), view_of(NULL, 0));
	if (!m->outgoing && m->cursor.len == 0)
		store_notice_look(c, m->slug.len != 0 ? &company.company : &inbox.who.account, m->slug.len != 0);
	rowkey_add_number(&prefix, m->outgoing ? 1 : 0, 1);
	err = store_paging_read(c, rowkey_view(&prefix), &rows, 1, &inbox, m->cursor, m->limit, &page);
	if (err != 0)
		return err;
	provision__inbox_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &page);
	c->reply = &reply->base;
	return 0;
}
