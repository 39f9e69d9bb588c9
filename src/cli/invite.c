/* SPDX-License-Identifier: MIT */
/*
 * The verbs invite, invite list, invite revoke and redeem: links for customers. A general one carries the company's fingerprint; a
 * personal one also a secret, is redeemed once, and counts as accepted.
 */
#include <string.h>

#include "cli/notices.h"
#include "cli/pins.h"
#include "cli/pages.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "crypt/random.h"
#include "trust/invitation.h"
#include "trust/link.h"

#define REFERENCE_MAX 64

static int
register_personal(struct cli_session *s, const Provision__CompanyRow *company, struct trust_link *link)
{
	const char *reference = tool_verb_value(s->call, "reference");
	Provision__CustomerInvite m = PROVISION__CUSTOMER_INVITE__INIT;
	link->invitation = id_random();
	link->secret = trust_invitation_secret();
	struct secret *token = trust_invitation_token(&link->invitation, link->secret);
	m.slug = company->slug;
	m.invitation = cli_server_id(&link->invitation);
	m.token = cli_server_bytes(secret_view(token));
	if (reference != NULL)
		m.reference = cli_server_bytes(view_str(reference));
	int err = cli_session_ask(s, "inviteCustomer", &m.base, NULL);
	secret_free(&token);
	return err;
}

static int
print_link(struct tool_call *c, const struct trust_link *link)
{
	struct buf text;
	buf_init(&text, TRUST_LINK_MAX);
	int err = trust_link_make(link, &text);
	if (err == 0) {
		tool_print_object(c->print, NULL);
		tool_print_text(c->print, "link", TOOL_SHOW_ALONE, buf_view(&text));
		if (link->is_personal)
			tool_print_id(c->print, "invitation", TOOL_SHOW_JSON, &link->invitation);
		tool_print_close(c->print);
	}
	buf_wipe(&text);
	buf_deinit(&text);
	return err;
}

int
cli_invite_make(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const Provision__MembershipRow *membership = NULL;
	struct cli_member member;
	struct trust_link link = { .is_personal = tool_verb_is_set(c, "personal") || tool_verb_value(c, "reference") != NULL };
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &membership);
	if (err == 0)
		err = cli_whom_open_member(s, membership, &member);
	if (err != 0)
		return err;
	memcpy(link.host, api_client_host(s->client), strlen(api_client_host(s->client)) + 1);
	memcpy(link.slug, membership->company->slug.data, membership->company->slug.len);
	link.root = member.company.root.fingerprint;
	if (link.is_personal)
		err = register_personal(s, membership->company, &link);
	if (err == 0)
		err = print_link(c, &link);
	if (err == 0 && link.is_personal)
		tool_verb_say(c, "whoever redeems this link first is accepted: pass it on to that one person; it ends after 30 days");
	trust_link_deinit(&link);
	return err;
}

/* --- list and revoke */

static int
print_invitation(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__CustomerInvitationRow *row = (const Provision__CustomerInvitationRow *)m;
	struct tool_call *c = s->call;
	struct id id = cli_server_get_id(row->invitation);
	tool_print_object(c->print, NULL);
	tool_print_id(c->print, "invitation", TOOL_SHOW, &id);
	tool_print_text(c->print, "reference", TOOL_SHOW, cli_server_view(row->reference));
	tool_print_time(c->print, "created", TOOL_SHOW_JSON, row->created_ms);
	tool_print_time(c->print, "end", TOOL_SHOW, row->end_ms);
	tool_print_close(c->print);
	(void)arg;
	return 0;
}

int
cli_invite_list(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__CustomerInvitationList m = PROVISION__CUSTOMER_INVITATION_LIST__INIT;
	const Provision__MembershipRow *membership = NULL;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &membership);
	if (err != 0)
		return err;
	m.slug = membership->company->slug;
	tool_print_list(c->print, NULL);
	err = cli_pages_each(s, "listCustomerInvitations", &m.base, 0, print_invitation, NULL);
	tool_print_close(c->print);
	return err;
}

int
cli_invite_revoke(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__CustomerInvitationRevoke m = PROVISION__CUSTOMER_INVITATION_REVOKE__INIT;
	const Provision__MembershipRow *membership = NULL;
	struct id id;
	if (id_parse(view_str(c->arguments[0]), &id) != 0)
		return tool_verb_fail(c, ERR_USAGE, "this is not the id of an invitation (see: provision invite list)");
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &membership);
	if (err != 0)
		return err;
	m.slug = membership->company->slug;
	m.invitation = cli_server_id(&id);
	err = cli_session_ask_but(s, "revokeCustomerInvitation", &m.base, NULL, ERR_NOT_FOUND);
	return err != ERR_NOT_FOUND ? err : tool_verb_fail(c, err, "there is no such open invitation");
}

/* --- redeem */

static int
redeem(struct cli_session *s, const struct trust_link *link)
{
	Provision__CustomerInvitationRedeem m = PROVISION__CUSTOMER_INVITATION_REDEEM__INIT;
	const ProtobufCMessage *reply = NULL;
	const Provision__CompanyRow *row = NULL;
	struct trust_company company;
	bool is_verified;
	int err = cli_whom_company(s, link->slug, &link->invitation, &row);
	if (err == 0)
		err = cli_pins_meet_company(s, row, &link->root, &company, &is_verified);
	if (err != 0)
		return err;
	struct secret *token = trust_invitation_token(&link->invitation, link->secret);
	m.slug = cli_server_bytes(view_str(link->slug));
	m.invitation = cli_server_id(&link->invitation);
	m.token = cli_server_bytes(secret_view(token));
	err = cli_session_ask_but(s, "redeemCustomerInvitation", &m.base, &reply, ERR_NOT_FOUND);
	secret_free(&token);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(s->call, err, "this invitation was used, revoked, or has ended: ask for another one");
	if (err != 0)
		return err;
	struct id id = cli_server_get_id(((const Provision__SubscriptionCreateReply *)reply)->subscription);
	tool_print_object(s->call->print, NULL);
	tool_print_str(s->call->print, "subscription", TOOL_SHOW_TEXT, cli_server_enum(s->call, reply, "state"));
	tool_print_id(s->call->print, "subscription", TOOL_SHOW_JSON, &id);
	tool_print_str(s->call->print, "state", TOOL_SHOW_JSON, cli_server_enum(s->call, reply, "state"));
	tool_print_bool(s->call->print, "verified", TOOL_SHOW, is_verified);
	tool_print_close(s->call->print);
	return 0;
}

int
cli_invite_redeem(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct trust_link link;
	int err = trust_link_parse(view_str(c->arguments[0]), &link);
	if (err != 0)
		return tool_verb_fail(c, ERR_USAGE, "this is not an invitation link of this service, or a part of it is missing");
	if (!link.is_personal)
		err = tool_verb_fail(c, ERR_USAGE, link.is_member ? "this link invites a member: provision member join LINK" :
		    "this link is not a personal one: provision subscribe LINK");
	else if (strcmp(link.host, api_client_host(s->client)) != 0)
		err = tool_verb_fail(c, ERR_USAGE, "this link belongs to %s, but you are logged in at %s", link.host, api_client_host(s->client));
	else
		err = redeem(s, &link);
	if (err == 0)
		err = cli_notices_ask(s);
	trust_link_deinit(&link);
	return err;
}
