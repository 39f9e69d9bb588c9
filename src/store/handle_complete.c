/* SPDX-License-Identifier: MIT */
/*
 * Completing a package: everything the server can check without a key is checked once, in a thread that may wait for the
 * disk; then one transaction makes the package visible to both sides and queues the notice. The seal is read from
 * the spool: its front is a signed statement over header, file records and leaves.
 */
#include "base/file.h"
#include "base/mem.h"
#include "crypt/digest.h"
#include "package/files.h"
#include "package/header.h"
#include "package/identity.h"
#include "package/seal.h"
#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/entries.h"
#include "store/epochs.h"
#include "store/erase.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/packages.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/notice.h"
#include "store/reminder.h"
#include "store/rowkey.h"
#include "store/side.h"
#include "store/spool.h"
#include "store/subscription.h"
#include "store/trusting.h"
#include "store/wire.h"

#define MANIFEST PROVISION__PACKAGE_PART__PACKAGE_PART_MANIFEST
#define SEAL PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL
#define ARRIVING PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING
#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING
#define READ_BYTES ((size_t)64 * 1024)

/* What prepare leaves for apply: what it found right, and in which uploads. */
struct plan {
	struct hash content_root;
	struct id uploads[STORE_PARTS];
	uint32_t epoch;             /* of the company that gets it, 0: a customer gets it */
};

static int
may_complete(struct store_call *c, const Provision__PackageComplete *m, struct store_who *who,
    struct store_package_access *a)
{
	struct id id = wire_id(m->package);
	int err = store_session_find(c, m->caller, who);

	return err == 0 ? store_access_package(c, who, &id, STORE_ACTION_PACKAGE_BUILD, a) : err;
}

/* ERR_STATE: a part or a file record is missing. */
static int
check_all_there(const struct store_package_access *a)
{
	if (a->of.record->state != PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE)
		return ERR_STATE;
	if (a->record->files_given != a->record->file_count)
		return ERR_STATE;
	for (size_t i = 0; i < STORE_PARTS; i++) {
		const Provision__StoredPart *part = a->record->parts[i];
		if (part->upload.len == 0 || part->offset != part->length)
			return ERR_STATE;
	}
	return 0;
}

/* ---- checks that read the spool ---- */

/* Nobody writes any more, and the file is exactly as long as acknowledged. ERR_BUSY: somebody writes. */
static int
settle_parts(struct store_call *c, const struct store_package_access *a)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < STORE_PARTS; i++) {
		const Provision__StoredPart *part = a->record->parts[i];
		struct id file = wire_id(part->upload);
		uint64_t size = 0;
		err = store_spool_settle(c->store->spool, &file, part->length, &size);
		if (err == 0 && size != part->length)
			err = ERR_STATE;
	}
	return err == ERR_CHANGED ? ERR_IO : err;
}

/* SHA-256 of a stored part from offset on. */
static int
hash_file(int fd, uint64_t offset, uint64_t size, uint8_t out[CRYPT_DIGEST_BYTES])
{
	struct digest *d = crypt_digest_new();
	uint8_t *block = mem_alloc(READ_BYTES);
	int err = 0;

	while (err == 0 && offset < size) {
		size_t n = size - offset < READ_BYTES ? (size_t)(size - offset) : READ_BYTES;
		err = file_pread_full(fd, block, n, offset);
		if (err == 0)
			crypt_digest_update(d, view_of(block, n));
		offset += n;
	}
	crypt_digest_final(d, out);
	mem_free(&block);
	crypt_digest_free(&d);
	return err;
}

static int
check_manifest(struct store_call *c, const struct store_package_access *a, const struct package_header *h)
{
	uint8_t hash[CRYPT_DIGEST_BYTES];
	int fd = -1;
	int err = store_packages_open_part(c->store, store_packages_part(a->record, MANIFEST), &fd);

	if (err == 0)
		err = hash_file(fd, 0, h->manifest_bytes, hash);
	file_close(&fd);
	if (err == 0 && !view_equal(view_of(hash, sizeof(hash)), crypt_hash_view(&h->manifest_hash)))
		err = ERR_TRUST;
	return store_call_blame(c, "manifest", err);
}

/* The statement in front, in arena memory, and the leaves behind it by their hash. */
static int
read_seal(struct store_call *c, const struct store_package_access *a, struct package_seal *seal)
{
	uint64_t length = store_packages_part(a->record, SEAL)->length;
	size_t n = length < PACKAGE_SEAL_HEAD_MAX ? (size_t)length : PACKAGE_SEAL_HEAD_MAX;
	uint8_t *head = arena_alloc(c->arena, n);
	uint8_t hash[CRYPT_DIGEST_BYTES];
	int fd = -1;
	int err = store_packages_open_part(c->store, store_packages_part(a->record, SEAL), &fd);

	if (err == 0)
		err = file_pread_full(fd, head, n, 0);
	if (err == 0)
		err = package_seal_parse(view_of(head, n), seal);
	if (err == 0 && package_seal_bytes(seal) != length)
		err = ERR_TRUST;
	if (err == 0)
		err = hash_file(fd, seal->head_bytes, length, hash);
	file_close(&fd);
	if (err == 0 && !view_equal(view_of(hash, sizeof(hash)), crypt_hash_view(&seal->leaves_hash)))
		err = ERR_TRUST;
	return store_trusting_err(err);
}

/* ---- checks against records ---- */

static int
add_file(void *arg, const Provision__FileRecord *file)
{
	return package_files_add(arg, wire_view(file->path), file->size, wire_view(file->fingerprint));
}

/* The value over all file records as the server has them. ERR_TRUST: not in order, or another sum of sizes. */
static int
compute_root(struct store_call *c, const struct store_package_access *a, const struct package_header *h,
    struct hash *root_r)
{
	struct package_files *files = package_files_new(a->record->file_count);
	int err = 0;

	for (uint32_t page = 0; err == 0 && page < a->record->page_count; page++)
		err = store_packages_each(c->store, c->tx, &a->package, page, add_file, files);
	if (err == 0 && package_files_plain_bytes(files) != h->plain_bytes)
		err = ERR_TRUST;
	if (err == 0)
		err = package_files_root(files, root_r);
	package_files_free(&files);
	return err == ERR_SYNTAX || err == ERR_LIMIT ? ERR_TRUST : err;
}

static int
check_seal(struct store_call *c, const struct store_package_access *a, struct view header, const struct package_header *h,
    struct hash *root_r)
{
	struct package_seal seal;
	struct store_side sender;
	int err = read_seal(c, a, &seal);

	if (err == 0)
		err = store_trusting_err(package_seal_matches(&seal, header));
	if (err == 0 && seal.sequence != a->record->sequence)
		err = ERR_TRUST;
	if (err == 0)
		err = store_side_load(c, &a->of, a->record->is_from_company, &sender);
	/* by the sender of the header, at the time the seal says */
	if (err == 0)
		err = store_trusting_err(package_identity_check(&sender.identity, &seal.sender, seal.certificate, seal.sealed_ms, NULL));
	err = store_call_blame(c, "seal", err);
	if (err == 0)
		err = compute_root(c, a, h, root_r);
	if (err == 0 && !crypt_hash_equal(root_r, &seal.content_root))
		err = ERR_TRUST;
	return store_call_blame(c, "files", err);
}

int
handle_complete_check(struct store_call *c)
{
	const Provision__PackageComplete *m = (const Provision__PackageComplete *)c->request;
	struct plan *plan = arena_alloc(c->arena, sizeof(*plan));
	struct store_package_access a;
	struct package_header h;
	struct view header;
	struct store_who who;
	int err = may_complete(c, m, &who, &a);

	c->state = plan;
	if (err != 0 || a.record->state != ARRIVING)
		return err;
	err = check_all_there(&a);
	for (size_t i = 0; err == 0 && i < STORE_PARTS; i++)
		plan->uploads[i] = wire_id(a.record->parts[i]->upload);
	if (err == 0)
		err = settle_parts(c, &a);
	if (err == 0)
		err = store_packages_header(c->store, c->tx, c->arena, &a.package, &header);
	if (err == 0)
		err = store_trusting_err(package_header_parse(header, &h));
	if (err == 0)
		plan->epoch = a.record->is_from_company ? 0 : h.recipient.key_number;
	if (err == 0)
		err = check_manifest(c, &a, &h);
	if (err == 0)
		err = check_seal(c, &a, header, &h, &plan->content_root);
	return err;
}

/* A part that was given up and begun anew since is not what was checked. */
static int
recheck_parts(const struct plan *plan, const struct store_package_access *a)
{
	int err = check_all_there(a);

	for (size_t i = 0; err == 0 && i < STORE_PARTS; i++) {
		struct id upload = wire_id(a->record->parts[i]->upload);
		if (!id_equal(&upload, &plan->uploads[i]))
			err = ERR_STATE;
	}
	return err;
}

/* Of an epoch that ended while the package arrived, somebody who was removed has the key: it must be sealed anew. */
static int
use_epoch(struct store_call *c, const struct store_package_access *a, uint32_t epoch)
{
	Provision__StoredCompany *company;
	int err;

	if (epoch == 0)
		return 0;
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&a->of.company), &company);
	if (err == 0 && company->epoch_number != epoch)
		err = ERR_TRUST;
	if (err == 0)
		store_epochs_use(c->tx, &a->of.company, epoch, &a->package);
	return err;
}

/* ---- becoming visible ---- */

/* The row by which a side's list of packages finds it. */
static void
enter_inbox(struct store_call *c, const struct id *party, bool is_outgoing, uint64_t number, const struct id *package)
{
	struct store_rowkey k = rowkey_of(id_view(party), view_of(NULL, 0));

	rowkey_add_number(&k, is_outgoing ? 1 : 0, 1);
	rowkey_add_number(&k, number, 8);
	store_records_put_id(c->tx, STORE_TABLE_INBOX, rowkey_view(&k), package);
}

/* Entry, inbox rows of both sides, and the row by which an erasure finds them. */
static int
enter_history(struct store_call *c, const struct store_package_access *a)
{
	bool is_from_company = a->record->is_from_company;
	struct store_package_link link = { .customer = a->of.customer, .company = a->of.company,
		.is_from_company = is_from_company };
	Provision__StoredEntry r = PROVISION__STORED_ENTRY__INIT;
	struct store_entry_place place;
	int err;

	r.kind = PROVISION__ENTRY_KIND__ENTRY_KIND_PACKAGE;
	r.package = wire_of_id(&a->package);
	r.is_from_company = is_from_company;
	r.author = a->record->author;
	err = store_entries_add(c->store, c->tx, c->settings, &a->of.subscription, a->of.record, &a->package, &r, &place);
	if (err != 0)
		return err;
	enter_inbox(c, &a->of.customer, !is_from_company, place.customer_number, &a->package);
	enter_inbox(c, &a->of.company, is_from_company, place.company_number, &a->package);
	link.sequence = place.sequence;
	link.customer_number = place.customer_number;
	link.company_number = place.company_number;
	store_erase_put_link(c->tx, &a->of.subscription, clock_day(a->record->created_ms), &a->package, &link);
	return 0;
}

static int
move_parts(struct store_call *c, const struct store_package_access *a)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < STORE_PARTS; i++) {
		struct id file = wire_id(a->record->parts[i]->upload);
		err = store_spool_move(c->store->spool, c->tx, &file, STORE_FOLDER_NEW);
	}
	return err;
}

int
handle_complete(struct store_call *c)
{
	const Provision__PackageComplete *m = (const Provision__PackageComplete *)c->request;
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);
	struct plan *plan = c->state;
	struct store_package_access a;
	struct store_who who;
	int err = may_complete(c, m, &who, &a);

	if (err != 0 || a.record->state != ARRIVING)
		return err;
	err = recheck_parts(plan, &a);
	if (err == 0)
		err = use_epoch(c, &a, plan->epoch);
	if (err == 0)
		err = move_parts(c, &a);
	if (err == 0)
		err = enter_history(c, &a);
	if (err != 0)
		return err;
	a.record->state = WAITING;
	a.record->completed_ms = now_ms;
	a.record->expires_ms = store_packages_end_ms(c->settings, a.record);
	a.record->content_root = wire_of_hash(&plan->content_root);
	a.record->kept = m->kept;
	store_reminder_put(c->store, c->tx, &a.package, a.record, now_ms);
	store_jobs_put(c->store, c->tx, STORE_JOB_PACKAGE_EXPIRE, a.record->expires_ms, id_view(&a.package));
	err = store_packages_put(c->store, c->tx, &a.package, a.record);
	if (err != 0)
		return err;
	return store_notice_package(c->store, c->tx, &a.package, a.record);
}
