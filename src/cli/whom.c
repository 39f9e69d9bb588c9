/* SPDX-License-Identifier: MIT */
/*
 * Lists and look-ups of the other sides. Knows which side of a subscription this person is on; trust in their keys is
 * cli/pins.c's.
 */
#include "cli/whom.h"

#include <string.h>

#include "cli/directory.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "record/account.pb-c.h"
#include "trust/fingerprint.h"
#include "trust/sealed.h"

const char *
cli_whom_string(struct tool_call *c, ProtobufCBinaryData b)
{
	return arena_str(c->arena, cli_server_view(b));
}

const char *
cli_whom_name(struct tool_call *c, ProtobufCBinaryData first, ProtobufCBinaryData last, ProtobufCBinaryData company)
{
	return arena_printf(c->arena, "%s%s%s%s%s", cli_whom_string(c, first), first.len > 0 && last.len > 0 ? " " : "", cli_whom_string(c, last),
	    company.len > 0 ? ", " : "", cli_whom_string(c, company));
}

int
cli_whom_subscriptions(struct cli_session *s, const char *slug, cli_pages_row *row, void *arg)
{
	Provision__SubscriptionList m = PROVISION__SUBSCRIPTION_LIST__INIT;
	m.slug = cli_server_bytes(view_str(slug));
	return cli_pages_each(s, slug == NULL ? "listSubscriptions" : "listCustomers", &m.base, 0, row, arg);
}

int
cli_whom_memberships(struct cli_session *s, const Provision__MembershipListReply **list_r)
{
	Provision__MembershipList m = PROVISION__MEMBERSHIP_LIST__INIT;
	int err = 0;
	if (s->memberships == NULL) {
		Provision__MembershipListReply *all = arena_alloc(s->call->arena, sizeof(*all));
		provision__membership_list_reply__init(all);
		err = cli_pages_all(s, "listMemberships", &m.base, 0, &all->items, &all->n_items);
		s->memberships = err == 0 ? all : NULL;
	}
	*list_r = s->memberships;
	return err;
}

int
cli_whom_membership(struct cli_session *s, const char *slug, const Provision__MembershipRow **row_r)
{
	const Provision__MembershipListReply *list;
	int err = cli_whom_memberships(s, &list);
	if (err != 0)
		return err;
	for (size_t i = 0; slug != NULL && i < list->n_items; i++)
		if (view_equal_str(cli_server_view(list->items[i]->company->slug), slug)) {
			*row_r = list->items[i];
			return 0;
		}
	if (slug != NULL)
		return tool_verb_fail(s->call, ERR_NOT_FOUND, "you are not a member of %s", tool_verb_safe(s->call, view_str(slug)));
	if (list->n_items == 0)
		return tool_verb_fail(s->call, ERR_DENIED, "you are not a member of any company");
	if (list->n_items > 1)
		return tool_verb_fail(s->call, ERR_USAGE, "you are a member of several companies: say which with --company SLUG");
	*row_r = list->items[0];
	return 0;
}

int
cli_whom_company(struct cli_session *s, const char *slug, const struct id *invitation, const Provision__CompanyRow **row_r)
{
	Provision__CompanyGet m = PROVISION__COMPANY_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.slug = cli_server_bytes(view_str(slug));
	if (invitation != NULL)
		m.invitation = cli_server_id(invitation);
	int err = cli_session_ask_but(s, "getCompany", &m.base, &reply, ERR_NOT_FOUND);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(s->call, err, "there is no company %s", tool_verb_safe(s->call, view_str(slug)));
	if (err == 0)
		*row_r = ((const Provision__CompanyGetReply *)reply)->company;
	return err;
}

/* --- WHOM */

struct search {
	const char *wanted;
	const Provision__SubscriptionRow *found;
};

static int
look(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	struct search *search = arg;
	(void)s;
	/* an active one counts before one that was declined earlier */
	if (row->company != NULL && view_equal_str(cli_server_view(row->company->slug), search->wanted) && (search->found == NULL ||
	    row->state == PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE))
		search->found = row;
	return 0;
}

static int
find_company(struct cli_session *s, const char *slug, const Provision__SubscriptionRow **row_r)
{
	struct search search = { .wanted = slug };
	int err = cli_whom_subscriptions(s, NULL, look, &search);
	*row_r = search.found;
	return err;
}

static int
find_customer(struct cli_session *s, const char *typed, const char *company, struct cli_whom *w)
{
	struct cli_directory *directory;
	int err = cli_whom_membership(s, company, &w->membership);
	if (err == 0)
		err = cli_directory_load(s, w->membership, &directory);
	return err == 0 ? cli_directory_find(s, directory, typed, &w->row) : err;
}

int
cli_whom_check_word(struct tool_call *c, const char *typed)
{
	return strchr(typed, '@') == NULL ? 0 : tool_verb_fail(c, ERR_USAGE, "%s: WHOM is a company's short name or a customer number, never an "
	    "e-mail address", tool_verb_safe(c, view_str(typed)));
}

int
cli_whom_find(struct cli_session *s, const char *typed, const char *company, struct cli_whom *whom_r)
{
	struct cli_whom w = { .typed = tool_verb_safe(s->call, view_str(typed)) };
	const Provision__MembershipListReply *list;
	int err = cli_whom_check_word(s->call, typed);
	if (err == 0 && company == NULL) {
		err = find_company(s, typed, &w.row);
		if (err == 0 && w.row == NULL)
			err = cli_whom_memberships(s, &list);
		if (err == 0 && w.row == NULL && list->n_items == 0)
			err = tool_verb_fail(s->call, ERR_NOT_FOUND, "you are not a customer of %s (see: provision companies)", w.typed);
	}
	if (err == 0 && w.row == NULL)
		err = find_customer(s, typed, company, &w);
	*whom_r = w;
	return err;
}

int
cli_whom_find_active(struct cli_session *s, const char *typed, const char *company, struct cli_whom *whom_r)
{
	int err = cli_whom_find(s, typed, company, whom_r);
	return err == 0 ? cli_whom_check_active(s->call, whom_r) : err;
}

int
cli_whom_check_active(struct tool_call *c, const struct cli_whom *whom)
{
	if (whom->row->state == PROVISION__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE)
		return 0;
	return tool_verb_fail(c, ERR_STATE, "the subscription between you and %s is %s, not active", whom->typed,
	    cli_server_enum(c, &whom->row->base, "state"));
}

int
cli_whom_typed_fingerprint(struct tool_call *c, size_t first, struct hash *fingerprint_r)
{
	char *typed = arena_str(c->arena, VIEW_LIT(""));
	for (size_t i = first; i < c->argument_count; i++)
		typed = arena_printf(c->arena, "%s%s", typed, c->arguments[i]);
	return trust_fingerprint_parse(view_str(typed), fingerprint_r) == 0 ? 0 :
	    tool_verb_fail(c, ERR_USAGE, "this is not a fingerprint: 52 letters and digits, in groups or in one piece");
}

int
cli_whom_own_name(struct cli_session *s, const char **name_r)
{
	Provision__AccountGet m = PROVISION__ACCOUNT_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	const ProtobufCBinaryData none = { .len = 0 };
	int err = cli_session_ask(s, "getAccount", &m.base, &reply);
	if (err == 0) {
		const Provision__AccountGetReply *r = (const Provision__AccountGetReply *)reply;
		*name_r = cli_whom_name(s->call, r->first_name, r->last_name, none);
	}
	return err;
}

/* --- us as a member */

int
cli_whom_open_member(struct cli_session *s, const Provision__MembershipRow *row, struct cli_member *m_r)
{
	m_r->row = row;
	int err = cli_pins_meet_company(s, row->company, NULL, &m_r->company, &m_r->is_verified);
	if (err != 0)
		return err;
	err = trust_certificate_parse(cli_server_view(row->certificate), &m_r->company.root, &m_r->certificate);
	if (err == 0)
		err = trust_certificate_is_for(&m_r->certificate, &s->login.account);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "your certificate as a member of %s, as the server shows it, is not valid: %s",
	    tool_verb_safe(s->call, cli_server_view(row->company->slug)), err_text(err));
}

int
cli_whom_current_keys(struct cli_session *s, const struct cli_member *m, struct trust_keys *keys_r)
{
	return trust_sealed_open_epoch(trust_company_current(&m->company), cli_server_view(m->row->sealed_epoch), &s->login.keys, keys_r);
}

int
cli_whom_epoch_keys(struct cli_session *s, const struct cli_member *m, uint32_t number, struct trust_keys *keys_r)
{
	const struct trust_epoch *epoch = trust_company_epoch(&m->company, number);
	struct trust_keys current;
	int err = ERR_NOT_FOUND;
	if (epoch == NULL)
		return ERR_NOT_FOUND;
	if (epoch == trust_company_current(&m->company))
		return cli_whom_current_keys(s, m, keys_r);
	if (cli_whom_current_keys(s, m, &current) != 0)
		return ERR_NOT_FOUND;
	for (size_t i = 0; err != 0 && i < m->row->n_older; i++)
		if (m->row->older[i]->number == number)
			err = trust_sealed_open_epoch(epoch, cli_server_view(m->row->older[i]->sealed), &current, keys_r);
	trust_keys_deinit(&current);
	return err;
}
