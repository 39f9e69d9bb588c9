/* SPDX-License-Identifier: MIT */
/*
 * Beginning a package and its file records; giving it up; showing it. The header says from whom, to whom and in which
 * subscription: all three are held against what is stored, the recipient's key must be the current one. Completing is
 * in handle_complete.c, bytes are in handle_upload.c.
 */
#include <string.h>

#include "package/header.h"
#include "package/identity.h"
#include "package/seal.h"
#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/erase.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/packages.h"
#include "store/policy.h"
#include "store/provenance.h"
#include "store/quota.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/subscription.h"
#include "store/trusting.h"
#include "store/wire.h"

#define ACTIVE PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE
#define ARRIVING PROVISION__PACKAGE_STATE__PACKAGE_STATE_ARRIVING

/* What prepare leaves for apply. */
struct plan {
	struct store_trusting checked;
	struct hash header_hash;
	struct id subscription;
	bool is_from_company;
	uint32_t entry_count;
	uint64_t manifest_bytes, body_bytes, seal_bytes_max;
};

/* ---- creating ---- */

/* May the caller send in this subscription now? ERR_NOT_FOUND: none of the caller's. ERR_STATE: not accepted. */
static int
may_send(struct store_call *c, const Provision__Caller *caller, const struct id *subscription, bool is_from_company,
    struct store_who *who, struct store_subscription_access *a)
{
	unsigned side = is_from_company ? STORE_RELATION_AGENT | STORE_RELATION_OWNER : STORE_RELATION_CUSTOMER;
	int err = store_session_find(c, caller, who);

	if (err == 0)
		err = store_access_subscription(c, who, subscription, STORE_ACTION_PACKAGE_SEND, a);
	if (err == 0 && (a->relation & side) == 0)
		err = ERR_TRUST;
	if (err == 0 && a->record->state != ACTIVE)
		err = ERR_STATE;
	return err;
}

/* Sender and recipient of the header against what is stored. ERR_TRUST: not these, or not their current keys. */
static int
check_parties(struct store_call *c, const struct package_header *h, const struct store_who *who,
    const struct store_subscription_access *a, struct store_trusting *checked)
{
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);
	struct package_identity sender = { NULL, NULL, NULL };
	struct package_recipient recipient;
	Provision__StoredCompany *record;
	struct trust_company *company;
	struct trust_account customer;
	struct view certificate = view_of(NULL, 0);
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&a->company), &record);

	if (err == 0)
		err = store_trusting_company(c, record, &company, checked);
	if (err == 0)
		err = store_trusting_account(c, &a->customer, &customer, checked);
	if (err != 0)
		return err;
	if (h->sender.kind == PACKAGE_PARTY_COMPANY) {
		sender.company = company;
		certificate = wire_view(a->member->certificate);
		recipient = package_identity_recipient_account(&customer);
	} else {
		sender.account = &customer;
		recipient = package_identity_recipient_epoch(trust_company_current(company));
	}
	if (!id_equal(&h->sender.account, &who->account) || !package_format_recipient_equal(&h->recipient, &recipient))
		return ERR_TRUST;
	return store_trusting_err(package_identity_check(&sender, &h->sender, certificate, now_ms, NULL));
}

int
handle_package_create_check(struct store_call *c)
{
	const Provision__PackageCreate *m = (const Provision__PackageCreate *)c->request;
	struct plan *plan = arena_alloc(c->arena, sizeof(*plan));
	struct id package = wire_id(m->package);
	struct store_subscription_access a;
	struct package_header h;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_call_blame(c, "header", package_header_parse(wire_view(m->header), &h));
	if (err != 0)
		return store_trusting_err(err);
	if (!id_equal(&h.package, &package) || h.sender.kind == PACKAGE_PARTY_GATEWAY || !package_header_is_bound(&h.package, &h.subscription))
		return store_call_blame(c, "header", ERR_TRUST);
	plan->is_from_company = h.sender.kind == PACKAGE_PARTY_COMPANY;
	err = may_send(c, m->caller, &h.subscription, plan->is_from_company, &who, &a);
	if (err == 0)
		err = store_service_limit_account(c, &who.account);
	if (err == 0 && h.plain_bytes > store_policy_package_max_bytes(c->settings))
		err = ERR_LIMIT;
	if (err == 0)
		err = check_parties(c, &h, &who, &a, &plan->checked);
	err = store_call_blame(c, "header", err);
	plan->header_hash = package_header_hash(wire_view(m->header));
	plan->subscription = h.subscription;
	plan->entry_count = h.entry_count;
	plan->manifest_bytes = h.manifest_bytes;
	plan->body_bytes = h.body_bytes;
	plan->seal_bytes_max = package_seal_bytes_max(&h);
	c->state = plan;
	return err;
}

static int
write_header(struct store_call *c, const struct plan *plan, const struct id *package)
{
	const Provision__PackageCreate *m = (const Provision__PackageCreate *)c->request;
	struct store_key_name names[2] = {
		{ STORE_KEY_PACKAGE, *package, 0 },
		{ STORE_KEY_SUBSCRIPTION, plan->subscription, 0 },
	};
	Provision__StoredHeader r = PROVISION__STORED_HEADER__INIT;
	int err = store_keys_create(c->store->keys, c->tx, &names[0]);

	r.header = m->header;
	if (err == 0)
		err = store_records_put2(c->store, c->tx, STORE_TABLE_HEADER, id_view(package), &names[0], &names[1], &r.base);
	return err == ERR_EXISTS ? ERR_CONFLICT : err;
}

/* The metadata, the row by which an erasure finds the package, and the item that gives it up. */
static int
write_record(struct store_call *c, const struct plan *plan, const struct id *package, const struct store_who *who,
    const struct store_subscription_access *a, uint64_t now_ms, uint64_t sequence)
{
	const Provision__PackageCreate *m = (const Provision__PackageCreate *)c->request;
	struct store_package_link link = { .customer = a->customer, .company = a->company,
		.is_from_company = plan->is_from_company };
	struct store_rowkey reference = rowkey_of(id_view(&plan->subscription), view_of(NULL, 0));
	Provision__StoredPart parts[STORE_PARTS], *part_list[STORE_PARTS];
	Provision__StoredPackage r = PROVISION__STORED_PACKAGE__INIT;

	for (size_t i = 0; i < STORE_PARTS; i++) {
		provision__stored_part__init(&parts[i]);
		part_list[i] = &parts[i];
	}
	parts[0].length = plan->manifest_bytes;
	parts[1].length = plan->body_bytes;
	r.subscription = wire_of_id(&plan->subscription);
	r.state = ARRIVING;
	r.is_from_company = plan->is_from_company;
	r.author = wire_of_id(&who->account);
	r.comment = m->comment;
	r.created_ms = now_ms;
	r.expires_ms = now_ms + store_retention_ms(c->settings, STORE_RETENTION_ARRIVING);
	r.sequence = sequence;
	r.file_count = plan->entry_count;
	r.seal_bytes_max = plan->seal_bytes_max;
	r.n_parts = STORE_PARTS;
	r.parts = part_list;
	r.header_hash = wire_of_hash(&plan->header_hash);
	rowkey_add_number(&reference, clock_day(now_ms), 4);
	rowkey_add(&reference, id_view(package));
	store_erase_put_link(c->tx, &plan->subscription, clock_day(now_ms), package, &link);
	store_jobs_put(c->store, c->tx, STORE_JOB_PACKAGE_GIVE_UP, r.expires_ms, rowkey_view(&reference));
	return store_packages_put(c->store, c->tx, package, &r);
}

/* Whose packages it counts among: the sending person's, or the sending company's. */
static struct id
party_of(const struct plan *plan, const struct store_who *who, const struct store_subscription_access *a)
{
	return plan->is_from_company ? a->company : who->account;
}

static int
write_new(struct store_call *c, const struct plan *plan, const struct id *package, const struct store_who *who,
    struct store_subscription_access *a, Provision__PackageCreateReply *reply)
{
	const Provision__PackageCreate *m = (const Provision__PackageCreate *)c->request;
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);
	uint64_t *newest = plan->is_from_company ? &a->record->sent_by_company : &a->record->sent_by_customer;
	struct id party = party_of(plan, who, a);
	Provision__StoredCompany *company;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&a->company), &company);

	if (err == 0)
		err = store_trusting_recheck(c, &plan->checked, company, &a->customer);
	if (err != 0)
		return err;
	reply->sequence = ++*newest;
	reply->expires_ms = now_ms + store_retention_ms(c->settings, STORE_RETENTION_ARRIVING);
	err = store_subscription_put(c->store, c->tx, &plan->subscription, a->record);
	if (err == 0)
		err = store_packages_day(c->store, c->tx, c->settings, &plan->subscription, clock_day(now_ms));
	if (err == 0)
		err = store_quota_hold(c, &party, plan->is_from_company, package, plan->manifest_bytes + plan->body_bytes + plan->seal_bytes_max);
	if (err == 0)
		err = write_header(c, plan, package);
	if (err == 0)
		err = store_provenance_put(c->store, c->tx, &plan->subscription, package, m->caller, now_ms);
	return err == 0 ? write_record(c, plan, package, who, a, now_ms, reply->sequence) : err;
}

/* The same author's same header once more is answered as before; the id with anything else is taken. */
static int
answer_again(const Provision__StoredPackage *r, const struct plan *plan, const struct store_who *who,
    Provision__PackageCreateReply *reply)
{
	struct hash hash = wire_hash(r->header_hash);
	struct id author = wire_id(r->author);

	if (!id_equal(&author, &who->account) || !crypt_hash_equal(&hash, &plan->header_hash))
		return ERR_CONFLICT;
	reply->expires_ms = r->expires_ms;
	reply->sequence = r->sequence;
	return 0;
}

int
handle_package_create(struct store_call *c)
{
	const Provision__PackageCreate *m = (const Provision__PackageCreate *)c->request;
	Provision__PackageCreateReply *reply = arena_alloc(c->arena, sizeof(*reply));
	const struct plan *plan = c->state;
	struct store_subscription_access a;
	struct id package = wire_id(m->package);
	Provision__StoredPackage *r;
	struct store_who who;
	int err = may_send(c, m->caller, &plan->subscription, plan->is_from_company, &who, &a);

	if (err != 0)
		return err;
	provision__package_create_reply__init(reply);
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_PACKAGE, id_view(&package), &r);
	if (err == 0)
		err = answer_again(r, plan, &who, reply);
	else if (err == ERR_NOT_FOUND)
		err = write_new(c, plan, &package, &who, &a, reply);
	if (err == 0)
		c->reply = &reply->base;
	return err;
}

/* ---- building ---- */

/* A package that the caller is building. ERR_STATE: it is complete. */
static int
may_build(struct store_call *c, const Provision__Caller *caller, ProtobufCBinaryData package,
    struct store_package_access *a)
{
	struct id id = wire_id(package);
	struct store_who who;
	int err = store_session_find(c, caller, &who);

	if (err == 0)
		err = store_access_package(c, &who, &id, STORE_ACTION_PACKAGE_BUILD, a);
	if (err == 0 && a->record->state != ARRIVING)
		err = ERR_STATE;
	return err;
}

struct comparison {
	Provision__FileRecord **files;
	size_t count, at;
};

static int
compare_file(void *arg, const Provision__FileRecord *stored)
{
	struct comparison *cmp = arg;
	const Provision__FileRecord *file = cmp->at < cmp->count ? cmp->files[cmp->at++] : NULL;

	if (file == NULL || file->size != stored->size || !view_equal(wire_view(file->path), wire_view(stored->path)) ||
	    !view_equal(wire_view(file->fingerprint), wire_view(stored->fingerprint)))
		return ERR_CONFLICT;
	return 0;
}

static int
compare_page(struct store_call *c, const struct id *package, const Provision__PackageFilesPut *m)
{
	struct comparison cmp = { m->files, m->n_files, 0 };
	int err = store_packages_each(c->store, c->tx, package, m->page, compare_file, &cmp);

	return err == 0 && cmp.at != cmp.count ? ERR_CONFLICT : err;
}

int
handle_package_files_put_check(struct store_call *c)
{
	const Provision__PackageFilesPut *m = (const Provision__PackageFilesPut *)c->request;
	struct store_package_access a;
	int err = may_build(c, m->caller, m->package, &a);

	if (err == 0 && m->page < a.record->page_count)
		err = compare_page(c, &a.package, m);
	return err;
}

int
handle_package_files_put(struct store_call *c)
{
	const Provision__PackageFilesPut *m = (const Provision__PackageFilesPut *)c->request;
	struct store_package_access a;
	int err = may_build(c, m->caller, m->package, &a);

	if (err != 0)
		return err;
	if (m->page < a.record->page_count)
		return compare_page(c, &a.package, m);
	if (m->page > a.record->page_count)
		return ERR_STATE;
	if (m->n_files > a.record->file_count - a.record->files_given)
		return ERR_LIMIT;
	err = store_packages_put_page(c->store, c->tx, &a.package, a.record, m->page, m->files, m->n_files);
	a.record->page_count++;
	a.record->files_given += (uint32_t)m->n_files;
	return err == 0 ? store_packages_put(c->store, c->tx, &a.package, a.record) : err;
}

int
handle_package_abort_check(struct store_call *c)
{
	const Provision__PackageAbort *m = (const Provision__PackageAbort *)c->request;
	struct store_package_access a;

	return may_build(c, m->caller, m->package, &a);
}

int
handle_package_abort(struct store_call *c)
{
	const Provision__PackageAbort *m = (const Provision__PackageAbort *)c->request;
	struct store_package_access a;
	int err = may_build(c, m->caller, m->package, &a);

	return err == 0 ? store_packages_give_up(c->store, c->tx, &a.package, a.record) : err;
}
