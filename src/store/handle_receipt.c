/* SPDX-License-Identifier: MIT */
/*
 * Fetching a package, and the receipt that removes it (C6). Only the recipient's side gets descriptors, and only its
 * signed word that everything is decrypted, checked and on disk takes the stored stream away: before the answer goes out
 * its data key is overwritten, and the files are unlinked right after. The history entry stays.
 */
#include <string.h>

#include "base/mem.h"
#include "package/receipt.h"
#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/erase.h"
#include "store/handle.h"
#include "store/notice.h"
#include "store/packages.h"
#include "store/records.h"
#include "store/side.h"
#include "store/spool.h"
#include "store/wire.h"

#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING
#define RECEIVED PROVISION__PACKAGE_STATE__PACKAGE_STATE_RECEIVED
#define BODY PROVISION__PACKAGE_PART__PACKAGE_PART_BODY

/* ---- fetching ---- */

/* That a package is being fetched is noted once, by a write of its own, so that opening stays a read. */
struct fetching {
	struct store_write write;
	struct store *store;
	struct id package;
};

static int
fetching_apply(struct store_write *w, struct store_txn *tx)
{
	struct fetching *f = (struct fetching *)w;
	struct arena *a = store_records_arena();
	Provision__StoredPackage *r;
	int err = store_records_get(f->store, tx, a, STORE_TABLE_PACKAGE, id_view(&f->package), &r);

	if (err == 0 && r->state == WAITING && !r->is_fetched) {
		r->is_fetched = true;
		for (size_t i = 0; err == 0 && i < r->n_parts; i++) {
			struct id file = wire_id(r->parts[i]->upload);
			err = store_spool_move(f->store->spool, tx, &file, STORE_FOLDER_CUR);
		}
		if (err == 0)
			err = store_packages_put(f->store, tx, &f->package, r);
	}
	arena_free(&a);
	return err;
}

static void
fetching_done(struct store_write *w, int err)
{
	struct fetching *f = (struct fetching *)w;

	(void)err;   /* received or erased meanwhile */
	mem_free(&f);
}

static void
note_fetching(struct store *s, const struct id *package)
{
	struct fetching *f = mem_alloc(sizeof(*f));

	f->write.apply = fetching_apply;
	f->write.done = fetching_done;
	f->store = s;
	f->package = *package;
	store_committer_submit(s->committer, &f->write);
}

int
handle_receipt_part_open(struct store_call *c)
{
	const Provision__PartOpen *m = (const Provision__PartOpen *)c->request;
	Provision__PartOpenReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct id id = wire_id(m->package);
	const Provision__StoredPart *part;
	struct store_package_access a;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_access_package(c, &who, &id, STORE_ACTION_PACKAGE_FETCH, &a);
	if (err != 0)
		return err;
	if (a.record->state != WAITING)
		return a.record->completed_ms == 0 ? ERR_NOT_FOUND : ERR_ERASED;
	part = store_packages_part(a.record, m->part);
	err = store_packages_open_part(c->store, part, &c->reply_fd);
	if (err != 0)
		return err;
	if (m->part == BODY && !a.record->is_fetched)
		note_fetching(c->store, &a.package);
	provision__part_open_reply__init(reply);
	reply->size = part->length;
	c->reply = &reply->base;
	return 0;
}

/* ---- the receipt ---- */

/* What prepare leaves for apply. */
struct plan {
	struct store_side recipient;
	char receiver_name[TRUST_DISPLAY_NAME_MAX + 1];
};

/* *is_done_r: this very receipt was taken before. ERR_CONFLICT: another one was. ERR_STATE: there is nothing to receive. */
static int
may_receive(struct store_call *c, const Provision__PackageReceive *m, struct store_who *who,
    struct store_package_access *a, bool *is_done_r)
{
	struct id id = wire_id(m->package);
	int err = store_session_find(c, m->caller, who);

	*is_done_r = false;
	if (err == 0)
		err = store_access_package(c, who, &id, STORE_ACTION_PACKAGE_RECEIVE, a);
	if (err != 0 || a->record->state == WAITING)
		return err;
	if (a->record->state != RECEIVED)
		return ERR_STATE;
	*is_done_r = view_equal(wire_view(a->record->receipt), wire_view(m->receipt));
	return *is_done_r ? 0 : ERR_CONFLICT;
}

/* Signed by the very person whose session brings it, for exactly this package. */
static int
check_receipt(struct store_call *c, const Provision__PackageReceive *m, const struct store_who *who,
    const struct store_package_access *a, struct plan *plan)
{
	struct hash header_hash = wire_hash(a->record->header_hash), root = wire_hash(a->record->content_root);
	struct trust_certificate member;
	struct package_receipt receipt;
	int err = package_receipt_parse(wire_view(m->receipt), &receipt);

	if (err == 0 && !id_equal(&receipt.receiver.who.account, &who->account))
		err = ERR_TRUST;
	if (err == 0)
		err = store_side_load(c, &a->of, !a->record->is_from_company, &plan->recipient);
	if (err == 0)
		err = package_receipt_check(&receipt, &a->package, &a->of.subscription, &header_hash, &root, &plan->recipient.identity,
		    &member);
	if (err == 0 && plan->recipient.is_company)
		memcpy(plan->receiver_name, member.display_name, sizeof(plan->receiver_name));
	return store_call_blame(c, "receipt", store_trusting_err(err));
}

int
handle_receipt_check(struct store_call *c)
{
	const Provision__PackageReceive *m = (const Provision__PackageReceive *)c->request;
	struct plan *plan = arena_alloc(c->arena, sizeof(*plan));
	struct store_package_access a;
	struct store_who who;
	bool is_done;
	int err = may_receive(c, m, &who, &a, &is_done);

	c->state = plan;
	return err == 0 && !is_done ? check_receipt(c, m, &who, &a, plan) : err;
}

int
handle_receipt(struct store_call *c)
{
	const Provision__PackageReceive *m = (const Provision__PackageReceive *)c->request;
	const struct plan *plan = c->state;
	struct store_package_access a;
	struct store_who who;
	bool is_done;
	int err = may_receive(c, m, &who, &a, &is_done);

	if (err != 0 || is_done)
		return err;
	err = store_side_recheck(c, &a.of, &plan->recipient, &a.record->signer_statement);
	if (err == 0)
		err = store_erase_content(c->store, c->tx, &a.package);
	if (err != 0)
		return err;
	a.record->state = RECEIVED;
	a.record->received_ms = store_clock_guard_now_ms(c->store->clock);
	a.record->receipt = m->receipt;
	a.record->receiver_kept = m->kept;
	a.record->receiver = wire_of_id(&who.account);
	a.record->receiver_name = wire_str(plan->receiver_name);
	for (size_t i = 0; i < a.record->n_parts; i++)
		a.record->parts[i]->upload = (ProtobufCBinaryData){ .len = 0 };
	err = store_packages_put_changed(c->store, c->tx, &a.package, a.record);
	return err == 0 ? store_notice_received(c->store, c->tx, a.record) : err;
}
