/* SPDX-License-Identifier: MIT */
/*
 * Renewals, and the verbs member remove, role and renew. Whoever goes keeps what they know: so the keys change. An owner's client makes
 * the next epoch (and a new root when somebody who knew it goes), certifies everybody who remains in it and seals to them
 * the keys that packages still wait for. Whom it certifies it reads from certificates of the epoch before, never from the
 * server's word alone.
 */
#include "cli/renew.h"

#include <string.h>

#include "base/clock.h"
#include "cli/action.h"
#include "cli/admission.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "tool/terminal.h"
#include "trust/action.h"
#include "trust/fingerprint.h"
#include "trust/recovery.h"
#include "trust/sealed.h"

struct renewal {
	struct cli_session *session;
	const struct cli_renew_wish *wish;
	struct id account;                       /* of the wish; none: nobody in particular */
	struct cli_renew_owner owner;            /* us, and the keys as they are */
	struct trust_recovery recovery;          /* the one to seal to, if has_recovery */
	bool has_recovery;
	const Provision__MemberListReply *list;
	struct trust_company next;               /* the keys as they will be */
	struct secret *root_private;             /* of next */
	struct trust_keys epoch_keys;
	struct buf root, epoch, code;            /* statements; root: empty unless it is a new one; code: of a new recovery key */
	struct buf recovery_root, recovery_epoch;
	struct buf *older;                       /* what request.older shows */
	Provision__CompanyRenew request;
	struct cli_admission **admissions;
};

void
cli_renew_owner_deinit(struct cli_renew_owner *o)
{
	secret_free(&o->root_private);
	trust_keys_deinit(&o->epoch_keys);
}

static void
renewal_init(struct renewal *r, struct cli_session *s, const struct cli_renew_wish *wish)
{
	struct buf *bufs[] = { &r->root, &r->epoch, &r->code, &r->recovery_root, &r->recovery_epoch };
	memset(r, 0, sizeof(*r));
	r->session = s;
	r->wish = wish;
	provision__company_renew__init(&r->request);
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_init(bufs[i], TRUST_STATEMENT_MAX);
}

static void
renewal_deinit(struct renewal *r)
{
	for (size_t i = 0; i < r->request.n_members; i++)
		cli_admission_deinit(r->admissions[i]);
	for (size_t i = 0; i < r->request.n_older; i++)
		buf_deinit(&r->older[i]);
	cli_renew_owner_deinit(&r->owner);
	secret_free(&r->root_private);
	trust_keys_deinit(&r->epoch_keys);
	struct buf *bufs[] = { &r->root, &r->epoch, &r->code, &r->recovery_root, &r->recovery_epoch };
	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_deinit(bufs[i]);
}

static int
open_keys(struct renewal *r)
{
	struct cli_session *s = r->session;
	struct cli_member *member = &r->owner.member;
	const Provision__MembershipRow *row = NULL;
	int err = cli_whom_membership(s, tool_verb_value(s->call, "company"), &row);
	if (err == 0)
		err = cli_whom_open_member(s, row, member);
	if (err == 0)
		err = cli_admission_open_root(s, member, &r->owner.root_private);
	if (err != 0)
		return err;
	err = cli_whom_current_keys(s, member, &r->owner.epoch_keys);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the company's key, sealed to you, cannot be opened: %s", err_text(err));
}

/* The recovery key that the epoch names, or none where it names none: the server can neither withhold nor change it. */
static int
find_recovery(struct renewal *r)
{
	const struct cli_member *member = &r->owner.member;
	int err = trust_recovery_check(&member->company, cli_server_view(member->row->recovery), &r->recovery);
	r->has_recovery = err == 0;
	return err == 0 || err == ERR_NOT_FOUND ? 0 : tool_verb_fail(r->session->call, err, "the server shows another recovery key of the "
	    "company than its owner made, or none: nothing was changed");
}

static int
open_company(struct renewal *r)
{
	int err = 0;
	if (r->wish->recovered == NULL)
		err = open_keys(r);
	else
		r->owner = *r->wish->recovered;
	if (r->wish->recovered != NULL)
		memset(r->wish->recovered, 0, sizeof(*r->wish->recovered));
	if (err == 0)
		err = find_recovery(r);
	return err == 0 ? cli_admission_members(r->session, r->owner.member.row->company->slug, &r->list) : err;
}

static bool
is_member(const Provision__MemberRow *row)
{
	return row->certificate.len > 0 && row->account.len > 0;
}

/* The one that is to go or change; *row_r NULL: nobody in particular. */
static int
find_subject(struct renewal *r, const Provision__MemberRow **row_r)
{
	*row_r = NULL;
	for (size_t i = 0; i < r->list->n_items; i++) {
		struct id id = cli_server_get_id(r->list->items[i]->account);
		if (is_member(r->list->items[i]) && id_equal(&id, &r->account))
			*row_r = r->list->items[i];
	}
	if (id_is_none(&r->account) || *row_r != NULL)
		return 0;
	return tool_verb_fail(r->session->call, ERR_NOT_FOUND, "%s is no member (see: provision member list)", id_text(&r->account).s);
}

/* --- the keys */

static int
make_root(struct renewal *r)
{
	struct trust_root root;
	secret_free(&r->root_private);
	int err = trust_root_make(&r->owner.member.company.root.company, clock_wall_ms(), &r->root_private, &r->root);
	if (err == 0)
		err = trust_root_parse(buf_view(&r->root), &root);
	if (err != 0)
		return err;
	if (r->next.former_count < TRUST_FORMER_ROOTS_MAX)
		r->next.former[r->next.former_count++] = r->next.root;
	r->next.root = root;
	return 0;
}

/* The next epoch names it, and the keys are sealed to it. */
static int
make_recovery(struct renewal *r)
{
	struct trust_keys keys;
	if (r->wish->code == NULL)
		return 0;
	trust_recovery_keys(r->wish->code, &r->next.root.company, &keys);
	int err = trust_recovery_make(&r->next.root, &keys, clock_wall_ms(), &r->code);
	if (err == 0)
		err = trust_recovery_parse(buf_view(&r->code), &r->recovery);
	trust_keys_deinit(&keys);
	r->has_recovery = err == 0;
	return err;
}

static int
make_epoch(struct renewal *r)
{
	struct trust_epoch epoch;
	const struct hash *recovery = r->has_recovery ? &r->recovery.fingerprint : NULL;
	int err = trust_epoch_make(&r->next.root, r->root_private, trust_company_current(&r->owner.member.company), recovery,
	    clock_wall_ms(), &r->epoch_keys, &r->epoch);
	if (err == 0)
		err = trust_epoch_parse(buf_view(&r->epoch), &r->next.root, &epoch);
	if (err != 0)
		return err;
	if (r->next.epoch_count == TRUST_EPOCHS_MAX)
		memmove(&r->next.epochs[0], &r->next.epochs[1], --r->next.epoch_count * sizeof(epoch));
	r->next.epochs[r->next.epoch_count++] = epoch;
	return 0;
}

static int
seal_recovery(struct renewal *r)
{
	if (!r->has_recovery)
		return 0;
	int err = trust_sealed_epoch_to(trust_company_current(&r->next), &r->epoch_keys, &r->recovery.seal, &r->recovery_epoch);
	return err == 0 ? trust_sealed_root_to(&r->next.root, r->root_private, &r->recovery.seal, &r->recovery_root) : err;
}

/* Room for one more ended epoch in the request; what is sealed of it comes into the buffer that is returned. */
static struct buf *
add_older(struct renewal *r, uint32_t number)
{
	Provision__OlderEpoch *o = arena_alloc(r->session->call->arena, sizeof(*o));
	struct buf *sealed = &r->older[r->request.n_older];
	provision__older_epoch__init(o);
	o->number = number;
	buf_init(sealed, TRUST_STATEMENT_MAX);
	r->request.older[r->request.n_older++] = o;
	return sealed;
}

/* The keys of ended epochs, the last one too, sealed to the next epoch: whoever has its key opens what waits for them. */
static int
hand_on(struct renewal *r)
{
	const struct trust_epoch *current = trust_company_current(&r->owner.member.company), *next = trust_company_current(&r->next);
	const Provision__MembershipRow *row = r->owner.member.row;
	int err = 0;
	r->older = arena_alloc(r->session->call->arena, (row->n_older + 1) * sizeof(*r->older));
	r->request.older = arena_alloc(r->session->call->arena, (row->n_older + 1) * sizeof(*r->request.older));
	for (size_t i = 0; err == 0 && i < row->n_older; i++)
		err = trust_sealed_again(&current->company, cli_server_view(row->older[i]->sealed), &r->owner.epoch_keys, &next->seal,
		    add_older(r, row->older[i]->number));
	if (err == 0)
		err = trust_sealed_epoch_to(current, &r->owner.epoch_keys, &next->seal, add_older(r, current->number));
	for (size_t i = 0; i < r->request.n_older; i++)
		r->request.older[i]->sealed = cli_server_bytes(buf_view(&r->older[i]));
	return err;
}

static int
make_keys(struct renewal *r, bool needs_root)
{
	r->next = r->owner.member.company;
	r->root_private = secret_copy(r->owner.root_private);
	int err = needs_root ? make_root(r) : 0;
	if (err == 0)
		err = make_recovery(r);
	if (err == 0)
		err = make_epoch(r);
	if (err == 0)
		err = seal_recovery(r);
	if (err == 0)
		err = hand_on(r);
	return err == 0 ? 0 : tool_verb_fail(r->session->call, err, "the new keys cannot be made: %s", err_text(err));
}

/* --- who remains */

/* The certified keys vouch for these. */
static bool
is_successor(const struct trust_account *account, const struct trust_certificate *old)
{
	return account->number > 1 &&
	    trust_account_follows(account, &old->account, account->number - 1, &old->statement, &old->sign) == 0;
}

/*
 * The certificate says who is a member and with which keys, by the company's root and in its current epoch: an older one may
 * be of somebody who was removed. The server's word alone makes nobody a member, and the name is as it was certified.
 */
static int
check_member(struct renewal *r, const Provision__MemberRow *row, struct trust_account *account_r,
    struct trust_certificate *certificate_r)
{
	struct cli_session *s = r->session;
	const struct trust_company *now = &r->owner.member.company;
	struct id id = cli_server_get_id(row->account);
	int err = trust_certificate_parse(cli_server_view(row->certificate), &now->root, certificate_r);
	if (err == 0 && (certificate_r->epoch != trust_company_current(now)->number || !id_equal(&certificate_r->account, &id)))
		err = ERR_TRUST;
	if (err != 0)
		return tool_verb_fail(s->call, err, "the server shows %s as a member, but the certificate is not valid: nothing was changed",
		    id_text(&id).s);
	if (id_equal(&id, &s->login.account.account)) {
		*account_r = s->login.account;
		/* with the code ours need not be the certified ones */
		return r->wish->recovery != NULL ? 0 : trust_certificate_is_for(certificate_r, account_r);
	}
	err = trust_account_parse(cli_server_view(row->statement), account_r);
	if (err == 0 && !id_equal(&account_r->account, &id))
		err = ERR_TRUST;
	if (err != 0)
		return tool_verb_fail(s->call, err, "the keys of member %s as the server shows them are not valid", id_text(&id).s);
	if (trust_certificate_is_for(certificate_r, account_r) == 0 || is_successor(account_r, certificate_r))
		return 0;
	return tool_verb_fail(s->call, ERR_TRUST, "member %s has other keys than were certified, for example after a lost password: nothing "
	    "was changed. Remove this member, then invite them anew", id_text(&id).s);
}

static int
add_remaining(struct renewal *r, const Provision__MemberRow *row, enum trust_role role)
{
	struct cli_session *s = r->session;
	struct cli_admission_keys keys = { .company = &r->next, .root_private = r->root_private, .epoch_keys = &r->epoch_keys };
	Provision__RenewedMember *m = arena_alloc(s->call->arena, sizeof(*m));
	struct cli_admission *a;
	struct trust_certificate old;
	struct trust_account account;
	int err = check_member(r, row, &account, &old);
	if (err != 0)
		return err;
	a = r->admissions[r->request.n_members] = cli_admission_new(s);
	provision__renewed_member__init(m);
	r->request.members[r->request.n_members++] = m;
	err = cli_admission_make(s, &keys, &account, role == 0 ? old.role : role, old.display_name, a);
	m->account = row->account;
	m->role = (role == 0 ? old.role : role) == TRUST_ROLE_OWNER ? PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER :
	    PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT;
	m->certificate = cli_server_bytes(buf_view(&a->certificate));
	m->sealed_epoch = cli_server_bytes(buf_view(&a->epoch));
	m->sealed_root = cli_server_bytes(buf_view(&a->root));
	return err;
}

static int
add_members(struct renewal *r)
{
	struct arena *arena = r->session->call->arena;
	size_t n = r->list->n_items;
	int err = 0;
	r->request.members = arena_alloc(arena, n * sizeof(*r->request.members));
	r->request.removed = arena_alloc(arena, n * sizeof(*r->request.removed));
	r->admissions = arena_alloc(arena, n * sizeof(struct cli_admission *));
	for (size_t i = 0; i < n && err == 0; i++) {
		const Provision__MemberRow *row = r->list->items[i];
		struct id id = cli_server_get_id(row->account);
		bool is_subject = id_equal(&id, &r->account);
		if (!is_member(row))
			continue;
		if (is_subject && r->wish->role == 0)
			r->request.removed[r->request.n_removed++] = row->account;
		else
			err = add_remaining(r, row, is_subject ? r->wish->role : 0);
	}
	return err;
}

/* --- carrying it out */

static int
own(struct cli_session *s, void *arg, bool *is_changed_r)
{
	*is_changed_r = true;
	return trust_pins_own_company(s->pins, arg, clock_wall_ms());
}

/* That we have the recovery code. */
static int
prove(struct renewal *r, const struct id *company, ProtobufCBinaryData nonce, struct signature *proof)
{
	struct cli_session *s = r->session;
	if (r->wish->recovery == NULL)
		return 0;
	struct trust_action action = { VIEW_LIT("company-recover"), s->login.account.account, *company, cli_server_view(nonce),
		buf_view(&r->epoch) };
	int err = trust_action_sign(&action, r->wish->recovery->sign, proof);
	r->request.proof = cli_server_bytes(view_of(proof->bytes, sizeof(proof->bytes)));
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the request cannot be signed: %s", err_text(err));
}

static int
send_renewal(struct renewal *r)
{
	struct cli_session *s = r->session;
	const struct id *company = &r->next.root.company;
	struct signature proof;
	struct cli_action action;
	int err = cli_action_sign(s, "company-renew", company, &action);
	if (err == 0)
		err = prove(r, company, action.nonce, &proof);
	if (err != 0)
		return err;
	r->request.slug = r->owner.member.row->company->slug;
	r->request.root = cli_server_bytes(buf_view(&r->root));
	r->request.epoch = cli_server_bytes(buf_view(&r->epoch));
	r->request.recovery = cli_server_bytes(buf_view(&r->code));
	r->request.recovery_root = cli_server_bytes(buf_view(&r->recovery_root));
	r->request.recovery_epoch = cli_server_bytes(buf_view(&r->recovery_epoch));
	r->request.nonce = action.nonce;
	r->request.signature = action.signature;
	err = cli_session_ask(s, "renewCompany", &r->request.base, NULL);
	if (err != 0 || r->root.len == 0)
		return err;
	return cli_pins_change(s, TRUST_PIN_COMPANY, company, own, &r->next);
}

/* What has to be done now by people. */
static void
tell_next(struct renewal *r)
{
	struct tool_call *c = r->session->call;
	if (r->root.len == 0)
		return;
	tool_verb_say(c, "the company has a new key: tell its customers and members the fingerprint by another way; each of them stops "
	    "until they have confirmed it with: provision keys accept %s FINGERPRINT",
	    tool_verb_safe(c, cli_server_view(r->owner.member.row->company->slug)));
	if (r->has_recovery && r->wish->code == NULL)
		tool_verb_say(c, "whoever knew the old key may know the company's recovery code: replace it with: provision company "
		    "recovery-code");
}

static void
print_renewal(struct renewal *r)
{
	struct tool_call *c = r->session->call;
	const struct hash *root = &r->next.root.fingerprint;
	/* a new code has opened the object */
	if (r->wish->code == NULL)
		tool_print_object(c->print, NULL);
	tool_print_number(c->print, "epoch", TOOL_SHOW, trust_company_current(&r->next)->number);
	tool_print_bool(c->print, "new_root", TOOL_SHOW_JSON, r->root.len > 0);
	tool_print_str(c->print, "fingerprint", TOOL_SHOW_TEXT, trust_fingerprint_grouped(root).s);
	tool_print_str(c->print, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(root).s);
	tool_print_close(c->print);
	tell_next(r);
}

/* Whether the present root cannot go on. Who makes the keys knows them, and can not be the one to go. */
static int
check_subject(struct renewal *r, bool *needs_root_r)
{
	struct cli_session *s = r->session;
	const struct cli_renew_wish *w = r->wish;
	const Provision__MemberRow *subject = NULL;
	int err = find_subject(r, &subject);
	if (err == 0 && subject != NULL && id_equal(&r->account, &s->login.account.account))
		err = tool_verb_fail(s->call, ERR_STATE, "whoever makes the new keys knows them: another owner can do this for you, or: "
		    "provision member leave");
	*needs_root_r = w->has_root || (subject != NULL && subject->role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER &&
	    w->role != TRUST_ROLE_OWNER);
	if (w->recovery == NULL && r->owner.member.row->renewal == PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_ROOT)
		*needs_root_r = true;
	return err;
}

int
cli_renew_run(struct tool_call *c, const struct cli_renew_wish *wish)
{
	struct renewal r;
	bool needs_root = false;
	int err = 0;
	renewal_init(&r, cli_session_of(c), wish);
	if (wish->whose != NULL && id_parse(view_str(wish->whose), &r.account) != 0)
		err = tool_verb_fail(c, ERR_USAGE, "this is not the id of an account (see: provision member list)");
	if (err == 0)
		err = open_company(&r);
	if (err == 0)
		err = check_subject(&r, &needs_root);
	if (err == 0)
		err = make_keys(&r, needs_root);
	if (err == 0)
		err = add_members(&r);
	if (err == 0)
		err = send_renewal(&r);
	if (err == 0)
		print_renewal(&r);
	renewal_deinit(&r);
	return err;
}

int
cli_renew_remove(struct tool_call *c)
{
	struct cli_renew_wish wish = { .whose = c->arguments[0] };
	int err = tool_terminal_confirm(c, "This member loses access at once, and all who remain get new keys.");
	return err == 0 ? cli_renew_run(c, &wish) : err;
}

int
cli_renew_role(struct tool_call *c)
{
	const char *role = c->arguments[1];
	if (strcmp(role, "owner") != 0 && strcmp(role, "agent") != 0)
		return tool_verb_fail(c, ERR_USAGE, "the role must be owner or agent");
	struct cli_renew_wish wish = { .whose = c->arguments[0], .role = strcmp(role, "owner") == 0 ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT };
	return cli_renew_run(c, &wish);
}

int
cli_renew_keys(struct tool_call *c)
{
	struct cli_renew_wish wish = { .has_root = tool_verb_is_set(c, "root") };
	return cli_renew_run(c, &wish);
}
