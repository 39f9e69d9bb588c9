/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a package's parts. They never pass through here: the writer (web) gets a descriptor that only appends, and
 * what it wrote counts once it was flushed and its offset recorded. One writer at a time; the spool sees to it.
 */
#include "crypt/random.h"
#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/handle.h"
#include "store/packages.h"
#include "store/quota.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/spool.h"
#include "store/wire.h"

#define ARRIVING PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING

/* An upload that the caller may work on. */
struct upload {
	struct id id;
	struct store_package_access a;
	Provision__StoredPart *part;
};

/* ERR_STATE: the package is complete. */
static int
may_write(struct store_call *c, const struct store_who *who, const struct id *package, struct store_package_access *a)
{
	int err = store_access_package(c, who, package, STORE_ACTION_PACKAGE_BUILD, a);

	return err == 0 && a->record->state != ARRIVING ? ERR_STATE : err;
}

static int
find_upload(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData upload, struct upload *u)
{
	Provision__StoredUpload *r;
	struct store_who who;
	struct id package;
	int err = store_session_find(c, caller, &who);

	u->id = wire_id(upload);
	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_UPLOAD, id_view(&u->id), &r);
	if (err != 0)
		return err;
	package = wire_id(r->package);
	err = may_write(c, &who, &package, &u->a);
	if (err == 0)
		u->part = store_packages_part(u->a.record, r->part);
	return err;
}

static void
reply_upload(struct store_call *c, const struct id *upload, const Provision__StoredPackage *record,
    const Provision__StoredPart *part)
{
	Provision__UploadReply *reply = arena_alloc(c->arena, sizeof(*reply));

	provision__upload_reply__init(reply);
	reply->upload = wire_bytes(arena_dup(c->arena, id_view(upload)));
	reply->offset = part->offset;
	reply->length = part->length;
	reply->expires_ms = record->expires_ms;
	c->reply = &reply->base;
}

/* ---- creating ---- */

/* ERR_CONFLICT: another length than the header's or than this part was begun with. ERR_LIMIT: the seal is longer than the header allows. */
static int
check_length(const Provision__StoredPackage *r, const Provision__StoredPart *part, Provision__PackagePart which, uint64_t length)
{
	if (part->length != 0 || part->upload.len != 0)
		return length == part->length ? 0 : ERR_CONFLICT;
	if (which != PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL || length == 0)
		return ERR_CONFLICT;
	return length <= r->seal_bytes_max ? 0 : ERR_LIMIT;
}

/* What was begun may go on; nothing new begins beyond a quota that was lowered meanwhile. */
static int
may_create(struct store_call *c, const Provision__UploadCreate *m, struct store_package_access *a)
{
	struct id package = wire_id(m->package);
	const Provision__StoredPart *part = NULL;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = may_write(c, &who, &package, a);
	if (err == 0) {
		part = store_packages_part(a->record, m->part);
		err = check_length(a->record, part, m->part, m->length);
	}
	if (err != 0 || part->upload.len != 0)
		return err;
	return store_quota_check_held(c, a->record->is_from_company ? &a->of.company : &a->of.customer, a->record->is_from_company);
}

int
handle_upload_create_check(struct store_call *c)
{
	struct store_package_access a;

	return may_create(c, (const Provision__UploadCreate *)c->request, &a);
}

static struct store_rowkey
part_key(const struct id *package, Provision__PackagePart part)
{
	struct store_rowkey k = rowkey_of(id_view(package), view_of(NULL, 0));

	rowkey_add_number(&k, (uint64_t)part, 1);
	return k;
}

static int
write_upload(struct store_call *c, const Provision__UploadCreate *m, const struct store_package_access *a,
    const struct id *id)
{
	struct store_key_name subscription = { STORE_KEY_SUBSCRIPTION, a->of.subscription, 0 };
	struct store_key_name package = { STORE_KEY_PACKAGE, a->package, 0 };
	struct store_rowkey key = part_key(&a->package, m->part);
	Provision__StoredUpload r = PROVISION__STORED_UPLOAD__INIT;
	int err = store_spool_add(c->store->spool, c->tx, id, &a->package);

	if (err != 0)
		return err;
	r.package = wire_of_id(&a->package);
	r.part = m->part;
	store_records_put_id(c->tx, STORE_TABLE_PART, rowkey_view(&key), id);
	return store_records_put2(c->store, c->tx, STORE_TABLE_UPLOAD, id_view(id), &subscription, &package, &r.base);
}

int
handle_upload_create(struct store_call *c)
{
	const Provision__UploadCreate *m = (const Provision__UploadCreate *)c->request;
	struct store_package_access a;
	Provision__StoredPart *part;
	struct id id;
	int err = may_create(c, m, &a);

	if (err != 0)
		return err;
	part = store_packages_part(a.record, m->part);
	if (part->upload.len != 0) {
		id = wire_id(part->upload);
	} else {
		id = id_random();
		part->upload = wire_of_id(&id);
		part->length = m->length;
		part->offset = 0;
		err = write_upload(c, m, &a, &id);
		if (err == 0)
			err = store_packages_put(c->store, c->tx, &a.package, a.record);
	}
	if (err == 0)
		reply_upload(c, &id, a.record, part);
	return err;
}

/* ---- the durable offset ---- */

/* Takes over what is durable beyond what was recorded; more than the length never counts. */
static int
record_offset(struct store_call *c, struct upload *u, uint64_t durable)
{
	if (durable > u->part->length)
		durable = u->part->length;
	if (durable <= u->part->offset)
		return 0;
	u->part->offset = durable;
	return store_packages_put(c->store, c->tx, &u->a.package, u->a.record);
}

/* After a writer has died, what it left is flushed and counts; while one writes, the recorded offset is the answer. */
int
handle_upload_get_check(struct store_call *c)
{
	const Provision__UploadGet *m = (const Provision__UploadGet *)c->request;
	uint64_t *durable = arena_alloc(c->arena, sizeof(*durable));
	struct upload u;
	int err = find_upload(c, m->caller, m->upload, &u);

	if (err != 0)
		return err;
	c->state = durable;
	err = store_spool_settle(c->store->spool, &u.id, u.part->offset, durable);
	if (err == ERR_BUSY || err == ERR_NOT_FOUND) {
		*durable = 0;
		err = 0;
	}
	return err == ERR_CHANGED ? ERR_IO : err;
}

int
handle_upload_get(struct store_call *c)
{
	const Provision__UploadGet *m = (const Provision__UploadGet *)c->request;
	const uint64_t *durable = c->state;
	struct upload u;
	int err = find_upload(c, m->caller, m->upload, &u);

	if (err == 0)
		err = record_offset(c, &u, *durable);
	if (err == 0)
		reply_upload(c, &u.id, u.a.record, u.part);
	return err;
}

int
handle_upload_open(struct store_call *c)
{
	const Provision__UploadOpen *m = (const Provision__UploadOpen *)c->request;
	struct upload u;
	int err = find_upload(c, m->caller, m->upload, &u);

	if (err != 0)
		return err;
	if (m->offset != u.part->offset)
		return ERR_CONFLICT;
	if (u.part->offset == u.part->length)
		return ERR_STATE;
	err = store_spool_write_open(c->store->spool, &u.id, c->link, u.part->offset, &c->reply_fd);
	if (err == ERR_CHANGED)
		err = ERR_IO;          /* damaged, and logged: the client must begin anew */
	else if (err == ERR_CLOSED)
		err = ERR_NOT_FOUND;   /* removed meanwhile */
	if (err == 0)
		reply_upload(c, &u.id, u.a.record, u.part);
	return err;
}

/* Whatever comes of it, the writer has closed: its lease must not stay. */
int
handle_upload_close_check(struct store_call *c)
{
	const Provision__UploadClose *m = (const Provision__UploadClose *)c->request;
	uint64_t *durable = arena_alloc(c->arena, sizeof(*durable));
	struct id id = wire_id(m->upload);
	struct upload u;
	int err = find_upload(c, m->caller, m->upload, &u);

	if (err == 0)
		err = store_spool_flush(c->store->spool, &id, c->link, durable);
	store_spool_write_close(c->store->spool, &id, c->link);
	c->state = durable;
	return err;
}

int
handle_upload_close(struct store_call *c)
{
	const Provision__UploadClose *m = (const Provision__UploadClose *)c->request;
	const uint64_t *durable = c->state;
	struct upload u;
	int err = find_upload(c, m->caller, m->upload, &u);

	if (err == 0)
		err = record_offset(c, &u, *durable);
	if (err == 0)
		reply_upload(c, &u.id, u.a.record, u.part);
	return err;
}

/* ---- giving up ---- */

int
handle_upload_delete_check(struct store_call *c)
{
	const Provision__UploadDelete *m = (const Provision__UploadDelete *)c->request;
	struct upload u;

	return find_upload(c, m->caller, m->upload, &u);
}

int
handle_upload_delete(struct store_call *c)
{
	const Provision__UploadDelete *m = (const Provision__UploadDelete *)c->request;
	Provision__PackagePart part;
	struct store_rowkey key;
	struct upload u;
	int err = find_upload(c, m->caller, m->upload, &u);

	if (err != 0)
		return err;
	for (part = PROVISION__PACKAGE_PART__PACKAGE_PART_MANIFEST; store_packages_part(u.a.record, part) != u.part;)
		part++;
	key = part_key(&u.a.package, part);
	store_spool_remove(c->store->spool, c->tx, &u.id);
	store_records_delete(c->tx, STORE_TABLE_UPLOAD, id_view(&u.id));
	store_records_delete(c->tx, STORE_TABLE_PART, rowkey_view(&key));
	u.part->upload = (ProtobufCBinaryData){ .len = 0 };
	u.part->offset = 0;
	if (part == PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL)
		u.part->length = 0;
	return store_packages_put(c->store, c->tx, &u.a.package, u.a.record);
}
