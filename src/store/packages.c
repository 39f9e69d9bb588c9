/* SPDX-License-Identifier: MIT */
/*
 * Reading, writing and giving up the records of a package. Knows the keys and the layout, not who may do what (access.h)
 * and not what makes a package right (handle_package*.c).
 */
#include "store/packages.h"

#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "store/clock_guard.h"
#include "store/erase.h"
#include "store/events.h"
#include "store/jobs.h"
#include "store/records.h"
#include "store/notice.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/spool.h"
#include "store/subscription.h"
#include "store/wire.h"

#define FILES_A_PIECE 200U
#define ARRIVING PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING
#define WAITING PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING

static struct store_rowkey
day_reference(const struct id *subscription, uint32_t day)
{
	struct store_rowkey k = rowkey_of(id_view(subscription), view_of(NULL, 0));

	rowkey_add_number(&k, day, 4);
	return k;
}

int
store_packages_day(struct store *s, struct store_txn *tx, const struct store_settings *settings,
    const struct id *subscription, uint32_t day)
{
	struct store_key_name name = { STORE_KEY_SUBSCRIPTION_DAY, *subscription, day };

	return store_jobs_day_key(s, tx, &name, day, STORE_JOB_DAY_END, store_retention_day_end_ms(settings, STORE_RETENTION_HISTORY, day));
}

static void
names_of(const Provision__StoredPackage *record, struct store_key_name names[2])
{
	struct id subscription = wire_id(record->subscription);

	names[0] = (struct store_key_name){ STORE_KEY_SUBSCRIPTION, subscription, 0 };
	names[1] = (struct store_key_name){ STORE_KEY_SUBSCRIPTION_DAY, subscription, clock_day(record->created_ms) };
}

int
store_packages_put(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record)
{
	struct store_key_name names[2];

	names_of(record, names);
	return store_records_put2(s, tx, STORE_TABLE_PACKAGE, id_view(package), &names[0], &names[1], &record->base);
}

int
store_packages_put_changed(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record)
{
	struct store_event event = { .kind = PROVISION__EVENT_KIND__EVENT_KIND_CHANGED,
		.subscription = wire_id(record->subscription), .package = *package };
	struct store_package_link link;
	int err = store_erase_get_link(tx, &event.subscription, clock_day(record->created_ms), package, &link);

	if (err != 0)
		return err;
	event.customer = link.customer;
	event.company = link.company;
	event.sequence = link.sequence;
	err = store_packages_put(s, tx, package, record);
	return err == 0 ? store_events_put(s, tx, &event) : err;
}

int
store_packages_header(struct store *s, struct store_txn *tx, struct arena *a, const struct id *package,
    struct view *header_r)
{
	Provision__StoredHeader *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_HEADER, id_view(package), &r);

	if (err == 0)
		*header_r = wire_view(r->header);
	return err;
}

Provision__StoredPart *
store_packages_part(const Provision__StoredPackage *record, Provision__PackagePart part)
{
	require((unsigned)part >= 1 && (unsigned)part <= STORE_PARTS && record->n_parts == STORE_PARTS);
	return record->parts[(unsigned)part - 1];
}

int
store_packages_open_part(struct store *s, const Provision__StoredPart *part, int *fd_r)
{
	struct id file = wire_id(part->upload);
	int err = store_spool_read_open(s->spool, &file, part->length, fd_r);

	return err == ERR_CHANGED ? ERR_IO : err;
}

/* ---- file records ---- */

static struct store_rowkey
piece_key(const struct id *package, uint32_t page, uint32_t piece)
{
	struct store_rowkey k = rowkey_of(id_view(package), view_of(NULL, 0));

	rowkey_add_number(&k, page, 4);
	rowkey_add_number(&k, piece, 1);
	return k;
}

int
store_packages_put_page(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record, uint32_t page, Provision__FileRecord **files, size_t count)
{
	struct store_key_name names[2];
	int err = 0;

	names_of(record, names);
	for (uint32_t piece = 0; err == 0 && count > 0; piece++) {
		Provision__StoredFilePage r = PROVISION__STORED_FILE_PAGE__INIT;
		struct store_rowkey key = piece_key(package, page, piece);
		size_t n = piece == 0 ? STORE_FILES_SHOWN : FILES_A_PIECE;
		r.files = files;
		r.n_files = n < count ? n : count;
		err = store_records_put2(s, tx, STORE_TABLE_FILES, rowkey_view(&key), &names[0], &names[1], &r.base);
		files += r.n_files;
		count -= r.n_files;
	}
	return err;
}

int
store_packages_each(struct store *s, struct store_txn *tx, const struct id *package, uint32_t page,
    int (*fn)(void *arg, const Provision__FileRecord *file), void *arg)
{
	struct arena *a = store_records_arena();
	Provision__StoredFilePage *r;
	uint32_t piece = 0;
	int err = 0;

	for (;; piece++) {
		struct store_rowkey key = piece_key(package, page, piece);
		arena_reset(a);
		err = store_records_get(s, tx, a, STORE_TABLE_FILES, rowkey_view(&key), &r);
		for (size_t i = 0; err == 0 && i < r->n_files; i++)
			err = fn(arg, r->files[i]);
		if (err != 0)
			break;
	}
	arena_free(&a);
	return err == ERR_NOT_FOUND && piece > 0 ? 0 : err;
}

/* ---- a row ---- */

struct shown {
	struct arena *arena;
	Provision__PackageRow *row;
};

#define ENOUGH 1   /* ends store_packages_each(), no error */

static int
copy_bytes(struct arena *a, ProtobufCBinaryData from, ProtobufCBinaryData *to)
{
	uint8_t *p = from.len == 0 ? NULL : arena_try(a, from.len);

	if (from.len != 0 && p == NULL)
		return ERR_LIMIT;
	if (from.len != 0)
		memcpy(p, from.data, from.len);
	*to = (ProtobufCBinaryData){ .len = from.len, .data = p };
	return 0;
}

static int
show_file(void *arg, const Provision__FileRecord *file)
{
	struct shown *shown = arg;
	Provision__FileRecord *copy;
	int err;

	if (shown->row->n_files == STORE_FILES_SHOWN)
		return ENOUGH;
	copy = arena_try(shown->arena, sizeof(*copy));
	if (copy == NULL)
		return ERR_LIMIT;
	provision__file_record__init(copy);
	copy->size = file->size;
	err = copy_bytes(shown->arena, file->path, &copy->path);
	if (err == 0)
		err = copy_bytes(shown->arena, file->fingerprint, &copy->fingerprint);
	if (err == 0)
		shown->row->files[shown->row->n_files++] = copy;
	return err;
}

static int
show_files(struct store_call *c, const struct store_package_access *a, Provision__PackageRow *row)
{
	struct shown shown = { c->arena, row };
	int err;

	row->files = arena_try(c->arena, STORE_FILES_SHOWN * sizeof(*row->files));
	if (row->files == NULL)
		return ERR_LIMIT;
	if (a->record->page_count == 0)
		return 0;
	err = store_packages_each(c->store, c->tx, &a->package, 0, show_file, &shown);
	return err == ENOUGH || err == ERR_NOT_FOUND ? 0 : err;
}

/* Both sides' names; of the customer never the address. */
static int
show_names(struct store_call *c, const struct store_package_access *a, Provision__PackageRow *row)
{
	struct arena *scratch = store_records_arena();
	Provision__StoredCompany *company;
	Provision__StoredAccount *person;
	int err = store_records_get(c->store, c->tx, scratch, STORE_TABLE_COMPANY, id_view(&a->of.company), &company);

	if (err == 0)
		err = copy_bytes(c->arena, company->slug, &row->slug);
	if (err == 0)
		err = copy_bytes(c->arena, company->name, &row->company);
	if (err == 0)
		err = store_records_get(c->store, c->tx, scratch, STORE_TABLE_ACCOUNT, id_view(&a->of.customer), &person);
	if (err == 0)
		err = copy_bytes(c->arena, person->first_name, &row->first_name);
	if (err == 0)
		err = copy_bytes(c->arena, person->last_name, &row->last_name);
	if (err == 0)
		err = copy_bytes(c->arena, person->company_name, &row->company_name);
	arena_free(&scratch);
	return err;
}

static void
show_record(const struct store_package_access *a, Provision__PackageRow *row)
{
	const Provision__StoredPackage *r = a->record;

	row->subscription = r->subscription;
	row->state = r->state;
	row->number = a->of.record->number;
	row->comment = r->comment;
	row->created_ms = r->created_ms;
	row->completed_ms = r->completed_ms;
	row->received_ms = r->received_ms;
	row->expires_ms = r->expires_ms;
	row->file_count = r->file_count;
	row->page_count = r->page_count;
	row->manifest_bytes = store_packages_part(r, PROVISION__PACKAGE_PART__PACKAGE_PART_MANIFEST)->length;
	row->body_bytes = store_packages_part(r, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY)->length;
	row->seal_bytes = store_packages_part(r, PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL)->length;
	row->received_by = r->receiver_name;
	row->ended_ms = r->ended_ms;
	row->is_incoming = (a->of.relation & STORE_RELATION_RECIPIENT) != 0;
}

int
store_packages_row(struct store_call *c, const struct store_package_access *a, Provision__PackageRow **row_r)
{
	Provision__PackageRow *row = arena_try(c->arena, sizeof(*row));
	uint8_t *id = arena_try(c->arena, ID_BYTES), *peer = arena_try(c->arena, ID_BYTES);
	int err;

	if (row == NULL || id == NULL || peer == NULL)
		return ERR_LIMIT;
	memcpy(id, a->package.bytes, ID_BYTES);
	provision__package_row__init(row);
	row->package = wire_bytes(view_of(id, ID_BYTES));
	show_record(a, row);
	/* what came from the company was sent to the customer, and the other way */
	memcpy(peer, row->is_incoming == a->record->is_from_company ? a->of.company.bytes : a->of.customer.bytes, ID_BYTES);
	row->peer = wire_bytes(view_of(peer, ID_BYTES));
	err = show_names(c, a, row);
	if (err == 0)
		err = show_files(c, a, row);
	*row_r = row;
	return err;
}

/* ---- giving up and expiring ---- */

static struct store_rowkey
link_reference(const struct id *subscription, uint32_t day, const struct id *package)
{
	struct store_rowkey k = day_reference(subscription, day);

	rowkey_add(&k, id_view(package));
	return k;
}

/*
 * The newest number of a direction may be used again while no seal can carry it: so no gap is reported. Senders seal when all
 * file records have been taken, and never seal twice with one number.
 */
static int
return_sequence(struct store *s, struct store_txn *tx, struct arena *a, const Provision__StoredPackage *record)
{
	struct id subscription = wire_id(record->subscription);
	Provision__StoredSubscription *r;
	uint64_t *newest;
	int err = store_records_get(s, tx, a, STORE_TABLE_SUBSCRIPTION, id_view(&subscription), &r);

	if (err != 0)
		return err == ERR_NOT_FOUND ? 0 : err;
	if (record->files_given == record->file_count)
		return 0;
	newest = record->is_from_company ? &r->sent_by_company : &r->sent_by_customer;
	if (*newest != record->sequence || record->sequence == 0)
		return 0;
	(*newest)--;
	return store_subscription_put(s, tx, &subscription, r);
}

int
store_packages_give_up(struct store *s, struct store_txn *tx, const struct id *package,
    const Provision__StoredPackage *record)
{
	struct id subscription = wire_id(record->subscription);
	uint32_t day = clock_day(record->created_ms);
	struct store_rowkey reference = link_reference(&subscription, day, package);
	struct arena *a = store_records_arena();
	int err = return_sequence(s, tx, a, record);

	arena_free(&a);
	if (err != 0)
		return err;
	store_records_delete(tx, STORE_TABLE_PACKAGE, id_view(package));
	err = store_erase_package_step(s, tx, &subscription, day, package);
	if (err == STORE_DUE_MORE) {
		store_jobs_put(s, tx, STORE_JOB_PACKAGE_GIVE_UP, 0, rowkey_view(&reference));
		err = 0;
	}
	return err;
}

/* Also goes on with one that was given up already: then its record is gone, and the row in "package_of" is left. */
int
store_packages_give_up_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id subscription = rowkey_id(item->reference, 0), package = rowkey_id(item->reference, ID_BYTES + 4);
	uint32_t day = (uint32_t)rowkey_number(item->reference, ID_BYTES, 4);
	struct arena *a = store_records_arena();
	Provision__StoredPackage *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_PACKAGE, id_view(&package), &r);

	if (err == ERR_NOT_FOUND)
		err = store_erase_package_step(s, tx, &subscription, day, &package);
	else if (err == 0 && r->state == ARRIVING && store_clock_guard_erasure_ms(s->clock) >= r->expires_ms)
		err = store_packages_give_up(s, tx, &package, r);
	arena_free(&a);
	return err;
}

int
store_packages_remove(struct store *s, struct store_txn *tx, const struct id *package, Provision__StoredPackage *record,
    Provision__PackageState state)
{
	int err = store_erase_content(s, tx, package);

	if (err != 0)
		return err;
	record->state = state;
	record->ended_ms = store_clock_guard_now_ms(s->clock);
	for (size_t i = 0; i < record->n_parts; i++)
		record->parts[i]->upload = (ProtobufCBinaryData){ .len = 0 };
	return store_packages_put_changed(s, tx, package, record);
}

uint64_t
store_packages_end_ms(const struct store_settings *settings, const Provision__StoredPackage *record)
{
	uint64_t own_ms = record->completed_ms + store_retention_ms(settings, STORE_RETENTION_WAITING);
	uint64_t day_ms = store_retention_day_end_ms(settings, STORE_RETENTION_HISTORY, clock_day(record->created_ms));

	return own_ms < day_ms ? own_ms : day_ms;
}

uint64_t
store_packages_retime(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id package = rowkey_id(item->reference, 0);
	struct arena *a = store_records_arena();
	uint64_t end_ms = item->at_ms;
	Provision__StoredPackage *r;

	if (store_records_get(s, tx, a, STORE_TABLE_PACKAGE, item->reference, &r) == 0 && r->state == WAITING) {
		uint64_t wanted_ms = store_packages_end_ms(item->settings, r);
		bool is_earlier = wanted_ms < r->expires_ms;
		r->expires_ms = is_earlier ? wanted_ms : r->expires_ms;
		if (is_earlier && store_packages_put_changed(s, tx, &package, r) == 0)
			end_ms = r->expires_ms;
	}
	arena_free(&a);
	return end_ms;
}

int
store_packages_expire_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	struct id package = rowkey_id(item->reference, 0);
	Provision__StoredPackage *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_PACKAGE, item->reference, &r);

	if (err == 0 && r->state == WAITING && store_clock_guard_erasure_ms(s->clock) >= r->expires_ms) {
		err = store_packages_remove(s, tx, &package, r, PROVISION__PACKAGE_STATE__PACKAGE_STATE_EXPIRED);
		if (err == 0)
			err = store_notice_expired(s, tx, &package, r);
	}
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}
