/* SPDX-License-Identifier: MIT */
/*
 * Members of a company: an owner opens a place, the invited person takes it, an owner's client certifies and seals the
 * keys in. The server carries MACs, certificates and sealed keys; it can check the certificate but make none.
 */
#include "record/company.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/epochs.h"
#include "store/handle.h"
#include "store/jobs.h"
#include "store/listeners.h"
#include "store/paging.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/rows.h"
#include "store/service.h"
#include "store/trusting.h"
#include "store/wire.h"
#include "trust/certificate.h"

/* ---- inviting ---- */

static struct store_rowkey
invitation_key(const struct id *company, ProtobufCBinaryData invitation)
{
	return rowkey_of(id_view(company), wire_view(invitation));
}

/* ERR_NOT_FOUND: none, or over. */
static int
find_invitation(struct store_call *c, const struct id *company, ProtobufCBinaryData invitation,
    Provision__StoredInvitation **r_r)
{
	struct store_rowkey key = invitation_key(company, invitation);
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_INVITATION, rowkey_view(&key), r_r);

	if (err == 0 && store_clock_guard_now_ms(c->store->clock) >= (*r_r)->end_ms)
		err = ERR_NOT_FOUND;
	return err;
}

static int
write_invitation(struct store_call *c, const struct id *company, ProtobufCBinaryData invitation,
    const Provision__StoredInvitation *r)
{
	struct store_rowkey key = invitation_key(company, invitation);
	struct store_key_name name = { STORE_KEY_INVITATION, wire_id(invitation), 0 };

	return store_records_put(c->store, c->tx, STORE_TABLE_INVITATION, rowkey_view(&key), &name, &r->base);
}

static unsigned
count_prefix(struct store_call *c, enum store_table table, const struct id *prefix)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, table, id_view(prefix), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;

	while (n < STORE_MEMBERS_MAX && store_cursor_next(cursor, &key, &value))
		n++;
	store_cursor_close(&cursor);
	return n;
}

static int
may_invite(struct store_call *c, const Provision__MemberInvite *m, struct store_who *who, struct store_company_access *a)
{
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_company(c, who, wire_view(m->slug), STORE_ACTION_MEMBER_INVITE, a);
	return err;
}

int
handle_member_invite_check(struct store_call *c)
{
	struct store_company_access a;
	struct store_who who;
	int err = may_invite(c, (const Provision__MemberInvite *)c->request, &who, &a);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_member_invite(struct store_call *c)
{
	const Provision__MemberInvite *m = (const Provision__MemberInvite *)c->request;
	struct store_key_name name = { STORE_KEY_INVITATION, wire_id(m->invitation), 0 };
	Provision__StoredInvitation r = PROVISION__STORED_INVITATION__INIT, *old;
	struct store_company_access a;
	struct store_rowkey key;
	struct store_who who;
	int err = may_invite(c, m, &who, &a);

	if (err != 0)
		return err;
	if (find_invitation(c, &a.company, m->invitation, &old) == 0)
		return old->role == m->role ? 0 : ERR_EXISTS;
	if (count_prefix(c, STORE_TABLE_MEMBER, &a.company) + count_prefix(c, STORE_TABLE_INVITATION, &a.company) >=
	    STORE_MEMBERS_MAX)
		return ERR_LIMIT;
	err = store_keys_create(c->store->keys, c->tx, &name);
	if (err != 0)
		return err;
	r.role = m->role;
	r.inviter = wire_of_id(&who.account);
	r.created_ms = store_clock_guard_now_ms(c->store->clock);
	r.end_ms = r.created_ms + store_retention_ms(c->settings, STORE_RETENTION_MEMBER_INVITATION);
	key = invitation_key(&a.company, m->invitation);
	store_jobs_put(c->store, c->tx, STORE_JOB_INVITATION_END, r.end_ms, rowkey_view(&key));
	return write_invitation(c, &a.company, m->invitation, &r);
}

static int
end_invitation(struct store *s, struct store_txn *tx, const struct id *company, const struct id *invitation)
{
	struct store_key_name name = { STORE_KEY_INVITATION, *invitation, 0 };
	struct store_rowkey key = rowkey_ids(company, invitation);

	return store_records_end(s, tx, STORE_TABLE_INVITATION, rowkey_view(&key), &name);
}

int
handle_member_invitation_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct id company = rowkey_id(item->reference, 0), invitation = rowkey_id(item->reference, ID_BYTES);

	return end_invitation(s, tx, &company, &invitation);
}

/* ---- joining ---- */

/* The invitation is the right: whoever names it may join, once. */
static int
may_join(struct store_call *c, const Provision__MemberJoin *m, struct store_who *who, struct store_company_access *a,
    Provision__StoredInvitation **r_r)
{
	struct id joined;
	int err = store_session_find(c, m->caller, who);

	if (err != 0)
		return err;
	a->record = NULL;
	err = store_access_company(c, who, wire_view(m->slug), STORE_ACTION_COMPANY_SEE, a);
	if (a->record == NULL)
		return err != 0 ? err : ERR_NOT_FOUND;
	err = find_invitation(c, &a->company, m->invitation, r_r);
	if (err != 0)
		return err;
	joined = wire_id((*r_r)->joined);
	if (!id_is_none(&joined) && !id_equal(&joined, &who->account))
		return ERR_NOT_FOUND;
	return a->member == NULL ? 0 : ERR_STATE;
}

int
handle_member_join_check(struct store_call *c)
{
	Provision__StoredInvitation *r;
	struct store_company_access a;
	struct store_who who;
	int err = may_join(c, (const Provision__MemberJoin *)c->request, &who, &a, &r);

	return err == 0 ? store_service_limit_account(c, &who.account) : err;
}

int
handle_member_join(struct store_call *c)
{
	const Provision__MemberJoin *m = (const Provision__MemberJoin *)c->request;
	Provision__StoredInvitation *r;
	struct store_company_access a;
	struct store_who who;
	int err = may_join(c, m, &who, &a, &r);

	if (err != 0)
		return err;
	r->joined = wire_of_id(&who.account);
	r->mac = m->mac;
	return write_invitation(c, &a.company, m->invitation, r);
}

/* ---- sealing in ---- */

struct sealing {
	struct store_who who;
	struct store_company_access a;
	struct id account;          /* who joined */
	bool is_done;               /* by an earlier, equal request */
	Provision__MemberRole role;
};

/* The invitation is gone after it was used; then the certificate tells whether this is the same request again. */
static bool
is_sealed_already(struct store_call *c, const Provision__MemberSeal *m, const struct id *company)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_MEMBER, id_view(company), view_of(NULL, 0),
	    STORE_FORWARD);
	struct arena *a = store_records_arena();
	Provision__StoredMember *member;
	struct view key, value;
	bool found = false;

	while (!found && store_cursor_next(cursor, &key, &value)) {
		arena_reset(a);
		found = store_records_open(c->store, a, STORE_TABLE_MEMBER, key, value, &member) == 0 &&
		    view_equal(wire_view(member->invitation), wire_view(m->invitation)) &&
		    view_equal(wire_view(member->certificate), wire_view(m->certificate));
	}
	arena_free(&a);
	store_cursor_close(&cursor);
	return found;
}

static int
may_seal(struct store_call *c, const Provision__MemberSeal *m, struct sealing *s)
{
	Provision__StoredInvitation *r;
	struct store_rowkey key;
	int err = store_session_find(c, m->caller, &s->who);

	if (err == 0)
		err = store_access_company(c, &s->who, wire_view(m->slug), STORE_ACTION_MEMBER_SEAL, &s->a);
	if (err != 0)
		return err;
	err = find_invitation(c, &s->a.company, m->invitation, &r);
	s->is_done = err == ERR_NOT_FOUND && is_sealed_already(c, m, &s->a.company);
	if (err != 0)
		return s->is_done ? 0 : err;
	s->account = wire_id(r->joined);
	s->role = r->role;
	key = rowkey_ids(&s->a.company, &s->account);
	return id_is_none(&s->account) || store_index_has(c->tx, STORE_TABLE_MEMBER, rowkey_view(&key)) ? ERR_STATE : 0;
}

int
handle_member_seal_check(struct store_call *c)
{
	const Provision__MemberSeal *m = (const Provision__MemberSeal *)c->request;
	struct store_trusting *checked = arena_alloc(c->arena, sizeof(*checked));
	struct sealing s;
	int err = may_seal(c, m, &s);

	c->state = checked;
	if (err == 0 && !s.is_done)
		err = store_trusting_member(c, m, s.a.record, &s.account, s.role, checked);
	return err;
}

static int
write_member(struct store_call *c, const Provision__MemberSeal *m, const struct sealing *s)
{
	struct store_key_name key = { STORE_KEY_COMPANY, s->a.company, 0 };
	struct store_rowkey member_key = rowkey_ids(&s->a.company, &s->account);
	struct store_rowkey membership = rowkey_ids(&s->account, &s->a.company);
	Provision__StoredMember r = PROVISION__STORED_MEMBER__INIT;

	r.role = s->role;
	r.certificate = m->certificate;
	r.sealed_root = m->sealed_root;
	r.invitation = m->invitation;
	r.created_ms = store_clock_guard_now_ms(c->store->clock);
	store_index_put(c->tx, STORE_TABLE_MEMBERSHIP, rowkey_view(&membership), view_of(NULL, 0));
	store_listeners_wake_after(c->store, c->tx, &s->account);
	return store_records_put(c->store, c->tx, STORE_TABLE_MEMBER, rowkey_view(&member_key), &key, &r.base);
}

int
handle_member_seal(struct store_call *c)
{
	const Provision__MemberSeal *m = (const Provision__MemberSeal *)c->request;
	struct id invitation = wire_id(m->invitation);
	struct sealing s;
	int err = may_seal(c, m, &s);

	if (err != 0 || s.is_done)
		return err;
	err = store_trusting_recheck(c, c->state, s.a.record, &s.account);
	if (err == 0)
		err = store_trusting_room(c, &s.account);
	if (err == 0)
		err = store_epochs_seal(c->store, c->tx, &s.a.company, s.a.record->epoch_number, &s.account, m->sealed_epoch);
	if (err == 0)
		err = write_member(c, m, &s);
	return err == 0 ? end_invitation(c->store, c->tx, &s.a.company, &invitation) : err;
}

/* ---- lists ---- */

/* Name and keys of a person. */
static int
fill_person(struct store_call *c, const struct id *account, Provision__MemberRow *row)
{
	Provision__StoredAccount *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_ACCOUNT, id_view(account), &r);

	row->account = wire_bytes(arena_dup(c->arena, id_view(account)));
	if (err == ERR_NOT_FOUND)
		return 0;
	if (err != 0)
		return err;
	row->first_name = r->first_name;
	row->last_name = r->last_name;
	row->statement = r->statement;
	return 0;
}

static Provision__MemberRow *
new_row(struct store_call *c, ProtobufCMessage **row_r)
{
	Provision__MemberRow *row = arena_alloc(c->arena, sizeof(*row));

	provision__member_row__init(row);
	*row_r = &row->base;
	return row;
}

static int
row_of_member(struct store_call *c, void *arg, struct view key, struct view value, ProtobufCMessage **row_r)
{
	struct id account = rowkey_id(key, ID_BYTES);
	Provision__MemberRow *row = new_row(c, row_r);
	Provision__StoredMember *r;
	int err = store_records_open(c->store, c->arena, STORE_TABLE_MEMBER, key, value, &r);

	(void)arg;
	if (err != 0)
		return err;
	row->role = r->role;
	row->invitation = r->invitation;
	row->certificate = r->certificate;
	return fill_person(c, &account, row);
}

static int
row_of_invitation(struct store_call *c, void *arg, struct view key, struct view value, ProtobufCMessage **row_r)
{
	struct id invitation = rowkey_id(key, ID_BYTES), joined;
	Provision__MemberRow *row = new_row(c, row_r);
	Provision__StoredInvitation *r;
	int err = store_records_open(c->store, c->arena, STORE_TABLE_INVITATION, key, value, &r);

	(void)arg;
	if (err != 0)
		return err;
	row->role = r->role;
	row->invitation = wire_bytes(arena_dup(c->arena, id_view(&invitation)));
	row->mac = r->mac;
	joined = wire_id(r->joined);
	return id_is_none(&joined) ? 0 : fill_person(c, &joined, row);
}

/* Members first, then open invitations. */
int
handle_member_list(struct store_call *c)
{
	static const struct store_paging_source rows[] = {
		{ STORE_TABLE_MEMBER, STORE_FORWARD, row_of_member },
		{ STORE_TABLE_INVITATION, STORE_FORWARD, row_of_invitation },
	};
	const Provision__MemberList *m = (const Provision__MemberList *)c->request;
	Provision__MemberListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_company_access a;
	struct store_page page;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_access_company(c, &who, wire_view(m->slug), STORE_ACTION_MEMBERS_SEE, &a);
	if (err == 0)
		err = store_paging_read(c, id_view(&a.company), rows, 2, NULL, m->cursor, m->limit, &page);
	if (err != 0)
		return err;
	provision__member_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &page);
	c->reply = &reply->base;
	return 0;
}

static int
membership_row(struct store_call *c, void *arg, struct view of, struct view value, ProtobufCMessage **row_r)
{
	struct id account = rowkey_id(of, 0), company = rowkey_id(of, ID_BYTES);
	struct store_rowkey key = rowkey_ids(&company, &account);
	Provision__MembershipRow *row = arena_alloc(c->arena, sizeof(*row));
	struct store_epochs_list older;
	Provision__StoredCompany *record;
	Provision__StoredMember *member;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(&company), &record);

	(void)arg;
	(void)value;
	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_MEMBER, rowkey_view(&key), &member);
	if (err != 0)
		return err;
	provision__membership_row__init(row);
	err = store_epochs_sealed(c, &company, record->epoch_number, &account, &row->sealed_epoch);
	if (err == 0)
		err = store_epochs_older(c, &company, record->epoch_number, &older);
	if (err != 0)
		return err;
	row->n_older = older.count;
	row->older = older.items;
	if (member->role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER)
		row->recovery = record->recovery;
	row->company = store_rows_company(c->arena, &company, record);
	row->role = member->role;
	row->renewal = (Provision__CompanyRenewal)record->renewal;
	row->certificate = member->certificate;
	row->sealed_root = member->sealed_root;
	*row_r = &row->base;
	return 0;
}

int
handle_member_memberships(struct store_call *c)
{
	static const struct store_paging_source rows = { STORE_TABLE_MEMBERSHIP, STORE_FORWARD, membership_row };
	const Provision__MembershipList *m = (const Provision__MembershipList *)c->request;
	Provision__MembershipListReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_page page;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_paging_read(c, id_view(&who.account), &rows, 1, NULL, m->cursor, m->limit, &page);
	if (err != 0)
		return err;
	provision__membership_list_reply__init(reply);
	STORE_PAGING_GIVE(reply, &page);
	c->reply = &reply->base;
	return 0;
}
