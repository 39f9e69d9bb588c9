/* SPDX-License-Identifier: MIT */
/*
 * The verbs member remove, role, renew and leave. Whoever goes keeps what they know: so the keys change. An owner's client makes
 * the next epoch (and a new root when somebody who knew it goes), certifies everybody who remains in it and seals to them
 * the keys that packages still wait for. Whom it certifies it reads from certificates of the epoch before, never from the
 * server's word alone.
 */
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
#include "trust/fingerprint.h"
#include "trust/link.h"

struct renewal {
	struct cli_session *session;
	struct cli_member owner;                 /* us, and the keys as they are */
	const Provision__MemberListReply *list;
	struct trust_company next;               /* the keys as they will be */
	struct secret *root_private;
	struct trust_keys epoch_keys;
	struct buf root, epoch;                  /* root: empty unless it is a new one */
	/* what is asked for */
	struct id account;                       /* none: nobody in particular */
	enum trust_role role;                    /* of that account from now on; 0: removed */
	Provision__CompanyRenew request;
	struct cli_admission **admissions;
};

static void
renewal_init(struct renewal *r, struct cli_session *s)
{
	memset(r, 0, sizeof(*r));
	r->session = s;
	provision__company_renew__init(&r->request);
	buf_init(&r->root, TRUST_STATEMENT_MAX);
	buf_init(&r->epoch, TRUST_STATEMENT_MAX);
}

static void
renewal_deinit(struct renewal *r)
{
	for (size_t i = 0; i < r->request.n_members; i++)
		cli_admission_deinit(r->admissions[i]);
	secret_free(&r->root_private);
	trust_keys_deinit(&r->epoch_keys);
	buf_deinit(&r->root);
	buf_deinit(&r->epoch);
}

static int
open_company(struct renewal *r)
{
	struct cli_session *s = r->session;
	const Provision__MembershipRow *row = NULL;
	int err = cli_whom_membership(s, tool_verb_value(s->call, "company"), &row);
	if (err == 0)
		err = cli_whom_open_member(s, row, &r->owner);
	if (err == 0)
		err = cli_admission_open_root(s, &r->owner, &r->root_private);
	if (err == 0)
		err = cli_admission_members(s, r->owner.row->company->slug, &r->list);
	return err;
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
	int err = trust_root_make(&r->owner.company.root.company, clock_wall_ms(), &r->root_private, &r->root);
	if (err == 0)
		err = trust_root_parse(buf_view(&r->root), &root);
	if (err != 0)
		return err;
	if (r->next.former_count < TRUST_FORMER_ROOTS_MAX)
		r->next.former[r->next.former_count++] = r->next.root;
	r->next.root = root;
	return 0;
}

static int
make_epoch(struct renewal *r)
{
	struct trust_epoch epoch;
	int err = trust_epoch_make(&r->next.root, r->root_private, trust_company_current(&r->owner.company), clock_wall_ms(),
	    &r->epoch_keys, &r->epoch);
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
make_keys(struct renewal *r, bool needs_root)
{
	r->next = r->owner.company;
	int err = needs_root ? make_root(r) : 0;
	if (err == 0)
		err = make_epoch(r);
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
	const struct trust_company *now = &r->owner.company;
	struct id id = cli_server_get_id(row->account);
	int err = trust_certificate_parse(cli_server_view(row->certificate), &now->root, certificate_r);
	if (err == 0 && (certificate_r->epoch != trust_company_current(now)->number || !id_equal(&certificate_r->account, &id)))
		err = ERR_TRUST;
	if (err != 0)
		return tool_verb_fail(s->call, err, "the server shows %s as a member, but the certificate is not valid: nothing was changed",
		    id_text(&id).s);
	if (id_equal(&id, &s->login.account.account)) {
		*account_r = s->login.account;
		return trust_certificate_is_for(certificate_r, account_r);
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
	struct cli_admission_keys keys = { .owner = &r->owner, .company = &r->next, .root_private = r->root_private,
		.new_epoch = &r->epoch_keys };
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
	m->n_sealed_epochs = a->epoch_count;
	m->sealed_epochs = a->epoch_bytes;
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
		if (is_subject && r->role == 0)
			r->request.removed[r->request.n_removed++] = row->account;
		else
			err = add_remaining(r, row, is_subject ? r->role : 0);
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

static int
send_renewal(struct renewal *r)
{
	struct cli_session *s = r->session;
	struct cli_action action;
	int err = cli_action_sign(s, "company-renew", &r->owner.company.root.company, &action);
	if (err != 0)
		return err;
	r->request.slug = r->owner.row->company->slug;
	r->request.root = cli_server_bytes(buf_view(&r->root));
	r->request.epoch = cli_server_bytes(buf_view(&r->epoch));
	r->request.nonce = action.nonce;
	r->request.signature = action.signature;
	err = cli_session_ask(s, "renewCompany", &r->request.base, NULL);
	if (err != 0 || r->root.len == 0)
		return err;
	return cli_pins_change(s, own, &r->next);
}

static void
print_renewal(struct renewal *r)
{
	struct tool_call *c = r->session->call;
	const struct hash *root = &r->next.root.fingerprint;
	tool_print_object(c->print, NULL);
	tool_print_number(c->print, "epoch", TOOL_SHOW, trust_company_current(&r->next)->number);
	tool_print_bool(c->print, "new_root", TOOL_SHOW_JSON, r->root.len > 0);
	tool_print_str(c->print, "fingerprint", TOOL_SHOW_TEXT, trust_fingerprint_grouped(root).s);
	tool_print_str(c->print, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(root).s);
	tool_print_close(c->print);
	if (r->root.len > 0)
		tool_verb_say(c, "the company has a new key: tell its customers and members the fingerprint by another way; each of them stops "
		    "until they have confirmed it with: provision keys accept %s FINGERPRINT",
		    tool_verb_safe(c, cli_server_view(r->owner.row->company->slug)));
}

/* role 0: removes the account of the command line; whose is NULL: nobody goes, the keys are made anew. */
static int
renew(struct tool_call *c, const char *whose, enum trust_role role, bool wants_root)
{
	struct cli_session *s = cli_session_of(c);
	const Provision__MemberRow *subject = NULL;
	struct renewal r;
	renewal_init(&r, s);
	r.role = role;
	int err = open_company(&r);
	if (err == 0 && whose != NULL && id_parse(view_str(whose), &r.account) != 0)
		err = tool_verb_fail(c, ERR_USAGE, "this is not the id of an account (see: provision member list)");
	if (err == 0)
		err = find_subject(&r, &subject);
	if (err == 0 && whose != NULL && id_equal(&r.account, &s->login.account.account))
		err = tool_verb_fail(c, ERR_STATE, "whoever makes the new keys knows them: another owner can do this for you, or: provision "
		    "member leave");
	bool loses_owner = subject != NULL && subject->role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER && role != TRUST_ROLE_OWNER;
	if (err == 0)
		err = make_keys(&r, wants_root || loses_owner ||
		    r.owner.row->renewal == PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_ROOT);
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
	int err = tool_terminal_confirm(c, "This member loses access at once, and all who remain get new keys.");
	return err == 0 ? renew(c, c->arguments[0], 0, false) : err;
}

int
cli_renew_role(struct tool_call *c)
{
	const char *role = c->arguments[1];
	if (strcmp(role, "owner") != 0 && strcmp(role, "agent") != 0)
		return tool_verb_fail(c, ERR_USAGE, "the role must be owner or agent");
	return renew(c, c->arguments[0], strcmp(role, "owner") == 0 ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT, false);
}

int
cli_renew_keys(struct tool_call *c)
{
	return renew(c, NULL, 0, tool_verb_is_set(c, "root"));
}

int
cli_renew_leave(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__MemberLeave m = PROVISION__MEMBER_LEAVE__INIT;
	const Provision__MembershipRow *row = NULL;
	struct cli_action action;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &row);
	if (err == 0)
		err = tool_terminal_confirm(c, arena_printf(c->arena, "You lose access to everything of %s at once.",
		    tool_verb_safe(c, cli_server_view(row->company->slug))));
	if (err != 0)
		return err;
	struct id company = cli_server_get_id(row->company->company);
	err = cli_action_sign(s, "member-leave", &company, &action);
	if (err != 0)
		return err;
	m.slug = row->company->slug;
	m.nonce = action.nonce;
	m.signature = action.signature;
	err = cli_session_ask_but(s, "leaveCompany", &m.base, NULL, ERR_STATE);
	return err != ERR_STATE ? err : tool_verb_fail(c, err, "you are the last owner: make another member owner first (provision member role)");
}
