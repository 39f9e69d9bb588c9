/* SPDX-License-Identifier: MIT */
/*
 * The verbs member invite, join, confirm and list. An invitation's secret is made here, travels in the link outside the
 * service, and is kept sealed under the owner's own keys until the new member's keys came back with its MAC.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/admission.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "crypt/derive.h"
#include "crypt/random.h"
#include "crypt/record.h"
#include "trust/fingerprint.h"
#include "trust/invitation.h"
#include "trust/link.h"
#include "trust/wrap.h"

#define SECRET_FILE_MAX (TRUST_INVITATION_SECRET_BYTES + CRYPT_RECORD_OVERHEAD)

/* --- the secret between invite and confirm */

struct name {
	char s[16 + ID_TEXT_LEN];
};

static struct name
file_of(const struct id *invitation)
{
	struct name n;
	snprintf(n.s, sizeof(n.s), "invitation-%s", id_text(invitation).s);
	return n;
}

static struct secret *
invitation_key(const struct cli_session *s)
{
	struct secret *pin_key = trust_wrap_pin_key(&s->login.account, &s->login.keys);
	struct secret *key = crypt_derive(pin_key, "provision/1/local-invitation", view_of(NULL, 0));
	secret_free(&pin_key);
	return key;
}

static int
keep_secret(struct cli_session *s, const struct id *invitation, const struct secret *secret)
{
	struct secret *key = invitation_key(s);
	struct buf sealed;
	buf_init(&sealed, SECRET_FILE_MAX);
	int err = crypt_record_seal(key, id_view(invitation), secret_view(secret), &sealed);
	if (err == 0)
		err = cli_profile_put(s->profile, file_of(invitation).s, buf_view(&sealed));
	buf_deinit(&sealed);
	secret_free(&key);
	return err;
}

/* ERR_NOT_FOUND: not made by this client. */
static int
load_secret(struct cli_session *s, const struct id *invitation, struct secret **secret_r)
{
	struct secret *key = invitation_key(s);
	struct buf sealed;
	buf_init(&sealed, SECRET_FILE_MAX);
	int err = file_read(s->profile->folder, file_of(invitation).s, &sealed);
	if (err == 0)
		err = crypt_record_open_secret(key, id_view(invitation), buf_view(&sealed), secret_r);
	if (err == 0 && secret_len(*secret_r) != TRUST_INVITATION_SECRET_BYTES) {
		secret_free(secret_r);
		err = ERR_SYNTAX;
	}
	buf_deinit(&sealed);
	secret_free(&key);
	return err;
}

/* --- invite */

static int
print_invitation(struct cli_session *s, const struct trust_link *link)
{
	struct tool_print *p = s->call->print;
	struct buf text;
	buf_init(&text, TRUST_LINK_MAX);
	int err = trust_link_make(link, &text);
	if (err == 0) {
		tool_print_object(p, NULL);
		tool_print_text(p, "link", TOOL_SHOW_ALONE, buf_view(&text));
		tool_print_id(p, "invitation", TOOL_SHOW_JSON, &link->invitation);
		tool_print_close(p);
		tool_verb_say(s->call, "whoever has this link can become a member: pass it on to that one person, not by this service");
	}
	buf_wipe(&text);
	buf_deinit(&text);
	return err;
}

static int
find_own_company(struct cli_session *s, struct cli_member *member)
{
	const Provision__MembershipRow *row = NULL;
	int err = cli_whom_membership(s, tool_verb_value(s->call, "company"), &row);
	return err == 0 ? cli_whom_open_member(s, row, member) : err;
}

int
cli_member_invite(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__MemberInvite m = PROVISION__MEMBER_INVITE__INIT;
	struct cli_member member;
	bool is_owner = strcmp(tool_verb_value(c, "role"), "owner") == 0;
	int err = find_own_company(s, &member);
	if (err != 0)
		return err;
	struct trust_link link = { .is_member = true, .invitation = id_random(), .root = member.company.root.fingerprint,
		.role = is_owner ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT, .secret = trust_invitation_secret() };
	memcpy(link.host, api_client_host(s->client), strlen(api_client_host(s->client)) + 1);
	memcpy(link.slug, member.row->company->slug.data, member.row->company->slug.len);
	m.slug = member.row->company->slug;
	m.invitation = cli_server_id(&link.invitation);
	m.role = is_owner ? PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER : PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT;
	/* kept first: an invitation whose secret is lost would be of no use */
	err = keep_secret(s, &link.invitation, link.secret);
	if (err == 0)
		err = cli_session_ask_but(s, "inviteMember", &m.base, NULL, ERR_NOT_FOUND);
	if (err == ERR_NOT_FOUND)
		err = tool_verb_fail(c, ERR_DENIED, "only an owner of %s can invite members", link.slug);
	if (err == 0)
		err = print_invitation(s, &link);
	trust_link_deinit(&link);
	return err;
}

/* --- join */

static int
join(struct cli_session *s, const struct trust_link *link)
{
	Provision__MemberJoin m = PROVISION__MEMBER_JOIN__INIT;
	const Provision__CompanyRow *row = NULL;
	struct trust_company company;
	bool is_verified;
	int err = cli_whom_company(s, link->slug, &link->invitation, &row);
	if (err == 0)
		err = cli_pins_meet_company(s, row, &link->root, &company, &is_verified);
	if (err != 0)
		return err;
	struct trust_invitation invitation = { .invitation = link->invitation, .company = company.root.company, .root = link->root,
		.role = link->role };
	struct hash mac = trust_invitation_mac(&invitation, link->secret, &s->login.account);
	m.slug = cli_server_bytes(view_str(link->slug));
	m.invitation = cli_server_id(&link->invitation);
	m.mac = cli_server_bytes(crypt_hash_view(&mac));
	err = cli_session_ask_but(s, "joinCompany", &m.base, NULL, ERR_NOT_FOUND);
	return err == ERR_NOT_FOUND ? tool_verb_fail(s->call, err, "this invitation was used by somebody else, or has ended") : err;
}

int
cli_member_join(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct tool_print *p = c->print;
	struct trust_link link;
	int err = trust_link_parse(view_str(c->arguments[0]), &link);
	if (err != 0 || !link.is_member) {
		if (err == 0)
			trust_link_deinit(&link);
		return tool_verb_fail(c, ERR_USAGE, "this is not a member's invitation link, or a part of it is missing");
	}
	if (strcmp(link.host, api_client_host(s->client)) != 0)
		err = tool_verb_fail(c, ERR_USAGE, "this link belongs to %s, but you are logged in at %s", link.host, api_client_host(s->client));
	else
		err = join(s, &link);
	if (err == 0) {
		tool_print_object(p, NULL);
		tool_print_id(p, "invitation", TOOL_SHOW, &link.invitation);
		tool_print_close(p);
		tool_verb_say(c, "an owner of %s has to confirm now: provision member confirm", link.slug);
	}
	trust_link_deinit(&link);
	return err;
}

/* --- confirm */

static int
make_admission(struct cli_session *s, const struct cli_member *owner, const struct secret *root_private,
    const Provision__MemberRow *row, const struct trust_account *member, struct cli_admission *a)
{
	const ProtobufCBinaryData none = { .len = 0 };
	struct trust_keys epoch_keys;
	struct cli_admission_keys keys = { .company = &owner->company, .root_private = root_private, .epoch_keys = &epoch_keys };
	enum trust_role role = row->role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT;
	int err = cli_whom_current_keys(s, owner, &epoch_keys);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the company's key, sealed to you, cannot be opened: %s", err_text(err));
	err = cli_admission_make(s, &keys, member, role, cli_whom_name(s->call, row->first_name, row->last_name, none), a);
	trust_keys_deinit(&epoch_keys);
	return err;
}

/* The keys are those of whoever had the link: the MAC says so. */
static int
check_mac(struct cli_session *s, const struct cli_member *owner, const Provision__MemberRow *row, struct trust_account *member_r)
{
	struct id id = cli_server_get_id(row->invitation);
	struct trust_invitation invitation = { .invitation = id, .company = owner->company.root.company,
		.root = owner->company.root.fingerprint,
		.role = row->role == PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER ? TRUST_ROLE_OWNER : TRUST_ROLE_AGENT };
	struct secret *secret = NULL;
	struct hash mac;
	int err = load_secret(s, &id, &secret);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(s->call, err, "the invitation %s was made by another client: confirm it there", id_text(&id).s);
	if (err == 0)
		err = trust_account_parse(cli_server_view(row->statement), member_r);
	memcpy(mac.bytes, row->mac.data, sizeof(mac.bytes));
	if (err == 0)
		err = trust_invitation_check(&invitation, secret, member_r, &mac);
	secret_free(&secret);
	if (err == ERR_TRUST)
		return tool_verb_fail(s->call, err, "the keys shown for the invitation %s are not those of whoever got the link: not confirmed",
		    id_text(&id).s);
	return err;
}

static int
send_admission(struct cli_session *s, const struct cli_member *owner, const Provision__MemberRow *row, struct cli_admission *a)
{
	Provision__MemberSeal m = PROVISION__MEMBER_SEAL__INIT;
	m.slug = owner->row->company->slug;
	m.invitation = row->invitation;
	m.certificate = cli_server_bytes(buf_view(&a->certificate));
	m.sealed_epoch = cli_server_bytes(buf_view(&a->epoch));
	m.sealed_root = cli_server_bytes(buf_view(&a->root));
	return cli_session_ask(s, "sealMember", &m.base, NULL);
}

static int
admit(struct cli_session *s, const struct cli_member *owner, const struct secret *root_private, const Provision__MemberRow *row)
{
	struct tool_print *p = s->call->print;
	struct trust_account member;
	struct id id = cli_server_get_id(row->invitation);
	struct cli_admission *a = cli_admission_new(s);
	bool is_verified;
	int err = check_mac(s, owner, row, &member);
	if (err == 0)
		err = cli_pins_meet_account(s, cli_server_view(row->statement), id_text(&id).s, &member, &is_verified);
	if (err == 0)
		err = make_admission(s, owner, root_private, row, &member, a);
	if (err == 0)
		err = send_admission(s, owner, row, a);
	if (err == 0) {
		tool_print_object(p, NULL);
		tool_print_id(p, "invitation", TOOL_SHOW_JSON, &id);
		tool_print_id(p, "account", TOOL_SHOW_JSON, &member.account);
		tool_print_str(p, "name", TOOL_SHOW_TEXT, cli_whom_name(s->call, row->first_name, row->last_name, (ProtobufCBinaryData){ .len = 0 }));
		tool_print_str(p, "role", TOOL_SHOW_TEXT, cli_server_enum(s->call, &row->base, "role"));
		tool_print_str(p, "fingerprint", TOOL_SHOW, trust_fingerprint_text(&member.fingerprint).s);
		tool_print_close(p);
		err = file_unlink(s->profile->folder, file_of(&id).s, FILE_DURABLE);
	}
	cli_admission_deinit(a);
	return err;
}

/* Joined, and not sealed in yet. */
static bool
is_waiting(const Provision__MemberRow *row)
{
	return row->mac.len > 0 && row->invitation.len > 0 && row->statement.len > 0 && row->certificate.len == 0;
}

int
cli_member_confirm(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const Provision__MemberListReply *list = NULL;
	struct secret *root_private = NULL;
	struct cli_member owner;
	struct id wanted = { { 0 } };
	size_t confirmed = 0;
	if (c->argument_count > 0 && id_parse(view_str(c->arguments[0]), &wanted) != 0)
		return tool_verb_fail(c, ERR_USAGE, "this is not the id of an invitation (see: provision member list)");
	int err = find_own_company(s, &owner);
	if (err == 0)
		err = cli_admission_open_root(s, &owner, &root_private);
	if (err == 0)
		err = cli_admission_members(s, owner.row->company->slug, &list);
	tool_print_list(c->print, NULL);
	for (size_t i = 0; err == 0 && i < list->n_items; i++) {
		struct id id = cli_server_get_id(list->items[i]->invitation);
		if (!is_waiting(list->items[i]) || (!id_is_none(&wanted) && !id_equal(&wanted, &id)))
			continue;
		err = admit(s, &owner, root_private, list->items[i]);
		confirmed++;
	}
	tool_print_close(c->print);
	secret_free(&root_private);
	if (err == 0 && confirmed == 0)
		err = tool_verb_fail(c, ERR_NOT_FOUND, "nobody waits to be confirmed%s", id_is_none(&wanted) ? "" : " with this invitation");
	return err;
}

/* --- list */

int
cli_member_list(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const Provision__MembershipRow *membership = NULL;
	const Provision__MemberListReply *list = NULL;
	struct tool_print *p = c->print;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &membership);
	if (err == 0)
		err = cli_admission_members(s, membership->company->slug, &list);
	if (err != 0)
		return err;
	tool_print_list(p, NULL);
	for (size_t i = 0; i < list->n_items; i++) {
		const Provision__MemberRow *row = list->items[i];
		struct id account = cli_server_get_id(row->account), invitation = cli_server_get_id(row->invitation);
		tool_print_object(p, NULL);
		tool_print_str(p, "account", TOOL_SHOW, id_is_none(&account) ? "" : id_text(&account).s);
		tool_print_text(p, "first_name", TOOL_SHOW, cli_server_view(row->first_name));
		tool_print_text(p, "last_name", TOOL_SHOW, cli_server_view(row->last_name));
		tool_print_str(p, "role", TOOL_SHOW, cli_server_enum(c, &row->base, "role"));
		tool_print_str(p, "state", TOOL_SHOW, row->certificate.len > 0 ? "member" : is_waiting(row) ? "joined" : "invited");
		tool_print_str(p, "invitation", TOOL_SHOW, id_is_none(&invitation) || row->certificate.len > 0 ? "" : id_text(&invitation).s);
		tool_print_close(p);
	}
	tool_print_close(p);
	if (membership->renewal > PROVISION__COMPANY_RENEWAL__COMPANY_RENEWAL_NONE)
		tool_verb_say(c, "somebody has left: new packages can be opened with old copies of the keys until an owner has renewed "
		    "them: provision member renew");
	return 0;
}
