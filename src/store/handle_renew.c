/* SPDX-License-Identifier: MIT */
/*
 * Members go and roles change: an owner's client brings the successor epoch, certificates in it and the keys sealed to all who
 * remain, in one request, and whoever is named as removed is out when it is answered. A member who leaves alone is out at
 * once too; the epoch then waits for an owner. The server can check the chain but make none of it.
 */
#include "base/fatal.h"
#include "record/company.pb-c.h"
#include "store/access.h"
#include "store/clock_guard.h"
#include "store/company_code.h"
#include "store/epochs.h"
#include "store/handle.h"
#include "store/key_note.h"
#include "store/listeners.h"
#include "store/mailqueue.h"
#include "store/nonce.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/trusting.h"
#include "store/wire.h"
#include "trust/company.h"

#define OWNER PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER
#define RENEWAL(name) PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_##name

/* What prepare leaves for apply. */
struct plan {
	bool is_done;                    /* by an earlier, equal request */
	bool is_recovery;                /* the company's recovery code was used */
	struct store_trusting checked;   /* the company */
	struct store_trusting *people;   /* each member of the request */
	size_t epoch_cut, former_cut;    /* how many of the oldest are listed no longer; of epochs 0 or 1 */
	struct view cut_root;            /* that signed the epoch which is cut */
};

static int
may_renew(struct store_call *c, const Provision__CompanyRenew *m, struct store_who *who, struct store_company_access *a,
    bool *is_done_r)
{
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_company(c, who, wire_view(m->slug), STORE_ACTION_COMPANY_RENEW, a);
	if (err != 0)
		return err;
	require(a->record->n_epochs > 0);
	*is_done_r = view_equal(wire_view(a->record->epochs[a->record->n_epochs - 1]), wire_view(m->epoch));
	if (*is_done_r)
		return 0;
	return store_nonce_check(c, &who->account, "company-renew", &a->company, wire_view(m->nonce), wire_view(m->signature));
}

/* ---- who remains ---- */

static const Provision__RenewedMember *
find_remaining(const Provision__CompanyRenew *m, const struct id *account)
{
	for (size_t i = 0; i < m->n_members; i++)
		if (view_equal(wire_view(m->members[i]->account), id_view(account)))
			return m->members[i];
	return NULL;
}

static bool
is_removed(const Provision__CompanyRenew *m, const struct id *account)
{
	for (size_t i = 0; i < m->n_removed; i++)
		if (view_equal(wire_view(m->removed[i]), id_view(account)))
			return true;
	return false;
}

struct census {
	size_t members, owners;
	bool loses_owner;       /* somebody who knows the root is no owner any more */
};

/* Each member is named once, as remaining or as removed. m NULL: only counts. */
static int
count_members(struct store_call *c, const struct id *company, const Provision__CompanyRenew *m, struct census *n)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_MEMBER, id_view(company), view_of(NULL, 0),
	    STORE_FORWARD);
	struct arena *scratch = store_records_arena();
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		struct id account = rowkey_id(key, ID_BYTES);
		const Provision__RenewedMember *remains = m == NULL ? NULL : find_remaining(m, &account);
		Provision__StoredMember *r;
		arena_reset(scratch);
		err = store_records_open(c->store, scratch, STORE_TABLE_MEMBER, key, value, &r);
		if (err == 0 && m != NULL && (remains != NULL) == is_removed(m, &account))
			err = ERR_CONFLICT;
		if (err != 0)
			break;
		n->members++;
		n->owners += r->role == OWNER;
		n->loses_owner |= r->role == OWNER && (remains == NULL || remains->role != OWNER);
	}
	arena_free(&scratch);
	store_cursor_close(&cursor);
	return err;
}

/*
 * Whoever has the recovery code may leave the root as it is although an owner has left: customers need not be asked before the
 * company can work again. The next renewal still needs another root.
 */
static bool
lacks_root(const Provision__CompanyRenew *m, const struct store_company_access *a, const struct census *n, bool is_recovery)
{
	return m->root.len == 0 && (n->loses_owner || (a->record->renewal == RENEWAL(ROOT) && !is_recovery));
}

static int
check_members(struct store_call *c, const Provision__CompanyRenew *m, const struct store_who *who,
    const struct store_company_access *a, bool is_recovery)
{
	const Provision__RenewedMember *self = find_remaining(m, &who->account);
	struct census n = { .members = 0 };
	int err = count_members(c, &a->company, m, &n);

	if (err != 0)
		return err;
	if (n.members != m->n_members + m->n_removed)
		return ERR_CONFLICT;
	/* whoever makes the keys knows them: so remains an owner, and there is one */
	if (self == NULL || self->role != OWNER)
		return ERR_STATE;
	return lacks_root(m, a, &n, is_recovery) ? ERR_STATE : 0;
}

/* ---- the chain ---- */

/* The statement of the root that the oldest listed epoch names. */
static struct view
oldest_root(const Provision__StoredCompany *r, const struct trust_company *now)
{
	for (size_t i = 0; i < now->former_count; i++)
		if (crypt_hash_equal(&now->former[i].fingerprint, &now->epochs[0].root))
			return wire_view(r->former_roots[i]);
	return wire_view(r->root);
}

/* Root and epochs as they will be; former roots that no listed epoch names are left out. */
static int
check_chain(struct store_call *c, const Provision__CompanyRenew *m, const struct store_company_access *a,
    struct plan *plan, struct trust_company **next_r)
{
	struct view epochs[TRUST_EPOCHS_MAX + 1], former[TRUST_FORMER_ROOTS_MAX + 1];
	const Provision__StoredCompany *r = a->record;
	size_t n = r->n_former_roots;
	struct trust_company *now;
	int err = store_trusting_company(c, r, &now, &plan->checked);

	if (err != 0)
		return err;
	plan->epoch_cut = r->n_epochs == TRUST_EPOCHS_MAX;
	plan->cut_root = oldest_root(r, now);
	for (size_t i = 0; i < n; i++)
		former[i] = wire_view(r->former_roots[i]);
	if (m->root.len != 0)
		former[n++] = wire_view(r->root);
	while (plan->former_cut < now->former_count &&
	    !crypt_hash_equal(&now->former[plan->former_cut].fingerprint, &now->epochs[plan->epoch_cut].root))
		plan->former_cut++;
	for (size_t i = 0; i < r->n_epochs; i++)
		epochs[i] = wire_view(r->epochs[i]);
	epochs[r->n_epochs] = wire_view(m->epoch);
	*next_r = arena_alloc(c->arena, sizeof(**next_r));
	err = trust_company_load_former(wire_view(m->root.len != 0 ? m->root : r->root), former + plan->former_cut,
	    n - plan->former_cut, epochs + plan->epoch_cut, r->n_epochs + 1 - plan->epoch_cut, *next_r);
	return store_call_blame(c, "epoch", store_trusting_err(err));
}

/* The root for owners. */
static int
check_remaining(struct store_call *c, const Provision__CompanyRenew *m, const struct trust_company *next, struct plan *plan)
{
	int err = 0;

	plan->people = arena_alloc(c->arena, m->n_members * sizeof(*plan->people));
	for (size_t i = 0; err == 0 && i < m->n_members; i++) {
		const Provision__RenewedMember *member = m->members[i];
		struct id account = wire_id(member->account);
		bool is_owner = member->role == OWNER;
		if ((member->sealed_root.len != 0) != is_owner)
			return store_call_blame(c, "members", ERR_SYNTAX);
		err = store_trusting_certificate(c, wire_view(member->certificate), next, &account,
		    is_owner ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT, &plan->people[i]);
	}
	return err;
}

/* The keys of the epochs that have ended. */
static int
follow(struct store_call *c, const Provision__CompanyRenew *m, const struct store_company_access *a)
{
	struct store_epochs_list older = { m->older, m->n_older };

	return store_call_blame(c, "older", store_epochs_follow(c, &a->company, a->record->epoch_number, &older));
}

int
handle_renew_check(struct store_call *c)
{
	const Provision__CompanyRenew *m = (const Provision__CompanyRenew *)c->request;
	struct plan *plan = arena_alloc(c->arena, sizeof(*plan));
	struct store_company_access a;
	struct trust_company *next;
	struct store_who who;
	int err = may_renew(c, m, &who, &a, &plan->is_done);

	c->state = plan;
	if (err == 0)
		err = store_service_limit_account(c, &who.account);
	if (err != 0 || plan->is_done)
		return err;
	err = store_company_code_prove(c, m, &who.account, &a.company, a.record, &plan->is_recovery);
	if (err == 0)
		err = check_members(c, m, &who, &a, plan->is_recovery);
	if (err == 0)
		err = check_chain(c, m, &a, plan, &next);
	if (err == 0)
		err = store_company_code_check(c, m, a.record, next);
	if (err == 0)
		err = follow(c, m, &a);
	return err == 0 ? check_remaining(c, m, next, plan) : err;
}

/* Nothing that was checked has changed since. */
static int
recheck(struct store_call *c, const Provision__CompanyRenew *m, const struct store_who *who,
    const struct store_company_access *a, const struct plan *plan)
{
	int err = store_trusting_recheck(c, &plan->checked, a->record, NULL);

	for (size_t i = 0; err == 0 && i < m->n_members; i++) {
		struct id account = wire_id(m->members[i]->account);
		err = store_trusting_recheck(c, &plan->people[i], NULL, &account);
	}
	return err == 0 ? check_members(c, m, who, a, plan->is_recovery) : err;
}

/* ---- carrying it out ---- */

/* Invitations that owner has made; NULL: all, since they name a root that is former now. */
static int
end_invitations(struct store_call *c, const struct id *company, const struct id *inviter)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, STORE_TABLE_INVITATION, id_view(company), view_of(NULL, 0),
	    STORE_FORWARD);
	struct arena *scratch = store_records_arena();
	struct view key, value;
	int err = 0;

	while (err == 0 && store_cursor_next(cursor, &key, &value)) {
		struct store_key_name name = { STORE_KEY_INVITATION, rowkey_id(key, ID_BYTES), 0 };
		struct store_rowkey row = rowkey_of(key, view_of(NULL, 0));
		Provision__StoredInvitation *r;
		arena_reset(scratch);
		err = store_records_open(c->store, scratch, STORE_TABLE_INVITATION, key, value, &r);
		if (err == 0 && inviter != NULL && !view_equal(wire_view(r->inviter), id_view(inviter)))
			continue;
		err = store_records_end(c->store, c->tx, STORE_TABLE_INVITATION, rowkey_view(&row), &name);
	}
	arena_free(&scratch);
	store_cursor_close(&cursor);
	return err;
}

static int
remove_member(struct store_call *c, const struct store_company_access *a, const struct id *account)
{
	struct store_rowkey member = rowkey_ids(&a->company, account), membership = rowkey_ids(account, &a->company);

	store_epochs_unseal(c->tx, &a->company, a->record->epoch_number, account);
	store_records_delete(c->tx, STORE_TABLE_MEMBER, rowkey_view(&member));
	store_records_delete(c->tx, STORE_TABLE_MEMBERSHIP, rowkey_view(&membership));
	store_listeners_wake_after(c->store, c->tx, account);
	return end_invitations(c, &a->company, account);
}

static int
tell_removed(struct store_call *c, const struct id *company, const struct id *account)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_MEMBER_REMOVED;
	mail.account = wire_of_id(account);
	mail.peer_company = wire_of_id(company);
	return store_mailqueue_add(c->store, c->tx, &mail);
}

static int
renew_member(struct store_call *c, const struct store_company_access *a, const Provision__RenewedMember *m)
{
	struct store_key_name key = { STORE_KEY_COMPANY, a->company, 0 };
	struct id account = wire_id(m->account);
	struct store_rowkey row = rowkey_ids(&a->company, &account);
	Provision__StoredMember *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_MEMBER, rowkey_view(&row), &r);

	if (err != 0)
		return err;
	r->role = m->role;
	r->certificate = m->certificate;
	r->sealed_root = m->sealed_root;
	err = store_records_put(c->store, c->tx, STORE_TABLE_MEMBER, rowkey_view(&row), &key, &r->base);
	return err == 0 ? store_epochs_seal(c->store, c->tx, &a->company, a->record->epoch_number + 1, &account, m->sealed_epoch) : err;
}

static int
renew_members(struct store_call *c, const Provision__CompanyRenew *m, const struct store_company_access *a)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < m->n_removed; i++) {
		struct id account = wire_id(m->removed[i]);
		err = remove_member(c, a, &account);
		if (err == 0)
			err = tell_removed(c, &a->company, &account);
	}
	if (err == 0)
		err = follow(c, m, a);
	if (err == 0)
		err = store_epochs_make(c->store, c->tx, &a->company, a->record->epoch_number + 1);
	for (size_t i = 0; err == 0 && i < m->n_members; i++)
		err = renew_member(c, a, m->members[i]);
	return err;
}

static ProtobufCBinaryData *
cut_and_add(struct arena *arena, ProtobufCBinaryData *list, size_t *n, size_t cut, ProtobufCBinaryData last)
{
	ProtobufCBinaryData *longer = arena_alloc(arena, (*n + 1) * sizeof(*longer));

	for (size_t i = cut; i < *n; i++)
		longer[i - cut] = list[i];
	*n -= cut;
	if (last.len != 0)
		longer[(*n)++] = last;
	return longer;
}

static int
renew_company(struct store_call *c, const Provision__CompanyRenew *m, struct store_company_access *a, const struct plan *plan)
{
	ProtobufCBinaryData none = { .len = 0 };
	struct store_key_name key = { STORE_KEY_COMPANY, a->company, 0 };
	Provision__StoredCompany *r = a->record;
	int err;

	if (plan->epoch_cut > 0) {
		err = store_epochs_retire(c, &a->company, r->epoch_number + 1 - (uint32_t)r->n_epochs, r->epochs[0], plan->cut_root);
		if (err != 0)
			return err;
	}
	r->former_roots = cut_and_add(c->arena, r->former_roots, &r->n_former_roots, plan->former_cut,
	    m->root.len != 0 ? r->root : none);
	if (m->root.len != 0)
		r->root = m->root;
	r->epochs = cut_and_add(c->arena, r->epochs, &r->n_epochs, plan->epoch_cut, m->epoch);
	store_epochs_end_soon(c->store, c->tx, &a->company, r->epoch_number);
	r->epoch_number++;
	if (!plan->is_recovery || r->renewal != RENEWAL(ROOT) || m->root.len != 0)
		r->renewal = RENEWAL(NONE);
	err = store_company_code_keep(c, m, &a->company, r);
	return err == 0 ? store_records_put(c->store, c->tx, STORE_TABLE_COMPANY, id_view(&a->company), &key, &r->base) : err;
}

int
handle_renew(struct store_call *c)
{
	const Provision__CompanyRenew *m = (const Provision__CompanyRenew *)c->request;
	const struct plan *plan = c->state;
	struct store_company_access a;
	struct store_who who;
	bool is_done;
	int err = may_renew(c, m, &who, &a, &is_done);

	if (err != 0 || is_done)
		return err;
	/* two equal requests at once: prepare saw the first one's end, apply does not */
	if (plan->is_done)
		return ERR_CONFLICT;
	err = recheck(c, m, &who, &a, plan);
	if (err == 0)
		err = renew_members(c, m, &a);
	if (err == 0 && m->root.len != 0) {
		store_key_note(c->store, c->tx, &a.company, PROVISION__SYSTEM_EVENT__SYSTEM_EVENT_COMPANY_KEY);
		err = end_invitations(c, &a.company, NULL);
	}
	return err == 0 ? renew_company(c, m, &a, plan) : err;
}

/* ---- what the recovery code opens ---- */

int
handle_renew_recovery_get(struct store_call *c)
{
	const Provision__CompanyRecoveryGet *m = (const Provision__CompanyRecoveryGet *)c->request;
	Provision__CompanyRecoveryGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct store_company_access a;
	struct store_who who;
	int err = store_session_find(c, m->caller, &who);

	if (err == 0)
		err = store_access_company(c, &who, wire_view(m->slug), STORE_ACTION_COMPANY_RENEW, &a);
	if (err == 0 && a.record->recovery.len == 0)
		err = ERR_NOT_FOUND;
	provision__company_recovery_get_reply__init(reply);
	if (err == 0)
		err = store_epochs_sealed(c, &a.company, a.record->epoch_number, &a.company, &reply->sealed_epoch);
	if (err != 0)
		return err;
	reply->recovery = a.record->recovery;
	reply->sealed_root = a.record->recovery_root;
	c->reply = &reply->base;
	return 0;
}

/* ---- leaving ---- */

static int
may_leave(struct store_call *c, const Provision__MemberLeave *m, struct store_who *who, struct store_company_access *a)
{
	struct census n = { .members = 0 };
	int err = store_session_find(c, m->caller, who);

	if (err == 0)
		err = store_access_company(c, who, wire_view(m->slug), STORE_ACTION_MEMBER_LEAVE, a);
	if (err == 0)
		err = count_members(c, &a->company, NULL, &n);
	if (err == 0 && a->member->role == OWNER && n.owners == 1)
		err = ERR_STATE;
	if (err == 0)
		err = store_nonce_check(c, &who->account, "member-leave", &a->company, wire_view(m->nonce), wire_view(m->signature));
	return err;
}

int
handle_renew_leave_check(struct store_call *c)
{
	struct store_company_access a;
	struct store_who who;

	return may_leave(c, (const Provision__MemberLeave *)c->request, &who, &a);
}

static int
tell_left(struct store_call *c, const struct id *company, const struct id *account)
{
	Provision__StoredMail mail = PROVISION__STORED_MAIL__INIT;

	mail.kind = PROVISION__MAIL_KIND__MAIL_KIND_MEMBER_LEFT;
	mail.company = wire_of_id(company);
	mail.peer_account = wire_of_id(account);
	return store_mailqueue_add(c->store, c->tx, &mail);
}

/* Out at once; an owner's client has to renew what the member knew. */
static int
take_out(struct store_call *c, struct store_company_access *a, const struct id *account)
{
	struct store_key_name key = { STORE_KEY_COMPANY, a->company, 0 };
	uint32_t wanted = a->member->role == OWNER ? RENEWAL(ROOT) : RENEWAL(EPOCH);
	int err;

	if (a->record->renewal < wanted)
		a->record->renewal = wanted;
	err = remove_member(c, a, account);
	if (err == 0)
		err = store_records_put(c->store, c->tx, STORE_TABLE_COMPANY, id_view(&a->company), &key, &a->record->base);
	return err == 0 ? tell_left(c, &a->company, account) : err;
}

int
handle_renew_leave(struct store_call *c)
{
	struct store_company_access a;
	struct store_who who;
	int err = may_leave(c, (const Provision__MemberLeave *)c->request, &who, &a);

	return err == 0 ? take_out(c, &a, &who.account) : err;
}

int
handle_renew_take_out(struct store_call *c, const struct id *company, const struct id *account)
{
	struct store_rowkey member = rowkey_ids(company, account);
	struct store_company_access a = { .company = *company };
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_COMPANY, id_view(company), &a.record);

	if (err == 0)
		err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_MEMBER, rowkey_view(&member), &a.member);
	return err == 0 ? take_out(c, &a, account) : err;
}
