/* SPDX-License-Identifier: MIT */
/*
 * The verbs of customers: companies, subscribe, unsubscribe (the last for both sides).
 */
#include <string.h>

#include "base/mem.h"
#include "cli/action.h"
#include "cli/erasure_receipt.h"
#include "cli/notices.h"
#include "cli/pages.h"
#include "cli/pins.h"
#include "cli/seen.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "record/account.pb-c.h"
#include "record/erasure.pb-c.h"
#include "tool/terminal.h"
#include "trust/fingerprint.h"
#include "trust/link.h"

#define COMPANIES_MAX 100000

/* The directory and what this person has to do with each. */
struct companies {
	struct company {
		const Provision__CompanyRow *row;
		const char *state;
	} *items;
	size_t count;
};

static int
add_company(struct cli_session *s, struct companies *list, const Provision__CompanyRow *row, const char *state)
{
	for (size_t i = 0; i < list->count; i++)
		if (view_equal(cli_server_view(list->items[i].row->slug), cli_server_view(row->slug))) {
			list->items[i].state = state;
			return 0;
		}
	if (list->count == COMPANIES_MAX)
		return tool_verb_fail(s->call, ERR_LIMIT, "the directory has too many pages");
	if ((list->count & (list->count + 1)) == 0)
		list->items = mem_resize(list->items, list->count * 2 + 1, sizeof(list->items[0]));
	list->items[list->count++] = (struct company){ .row = row, .state = state };
	return 0;
}

static int
add_subscription(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	return row->company == NULL ? 0 : add_company(s, arg, row->company, cli_server_enum(s->call, &row->base, "state"));
}

static int
add_listed(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	return add_company(s, arg, (const Provision__CompanyRow *)m, "none");
}

/* Only what is known already is compared: the directory alone pins nobody. */
static int
print_company(struct cli_session *s, const struct company *item)
{
	struct tool_print *p = s->call->print;
	struct trust_company company;
	const struct trust_pin *pin = NULL;
	bool has_keys = cli_pins_parse_company(item->row, &company) == 0, is_verified = false, is_same = false;
	if (has_keys) {
		int err = cli_pins_find(s, TRUST_PIN_COMPANY, &company.root.company, &pin);
		if (err != 0)
			return err;
		is_same = cli_pins_is_same(pin, &company.root.fingerprint, &is_verified);
	}
	bool is_changed = pin != NULL && !is_same;
	tool_print_object(p, NULL);
	tool_print_text(p, "slug", TOOL_SHOW, cli_server_view(item->row->slug));
	tool_print_text(p, "name", TOOL_SHOW, cli_server_view(item->row->name));
	tool_print_str(p, "state", TOOL_SHOW, item->state);
	tool_print_str(p, "key", TOOL_SHOW_TEXT, is_changed ? "KEY CHANGED" : is_verified ? "verified" : pin != NULL ? "not verified" : "");
	tool_print_str(p, "fingerprint", TOOL_SHOW_JSON, has_keys ? trust_fingerprint_text(&company.root.fingerprint).s : "");
	tool_print_bool(p, "verified", TOOL_SHOW_JSON, is_verified);
	tool_print_bool(p, "changed", TOOL_SHOW_JSON, is_changed);
	tool_print_bool(p, "text_mail", TOOL_SHOW_JSON, !item->row->forbids_text_mail);
	tool_print_close(p);
	return 0;
}

int
cli_subscribe_companies(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct companies list = { .count = 0 };
	const Provision__MembershipListReply *memberships;
	Provision__CompanyList m = PROVISION__COMPANY_LIST__INIT;
	int err = cli_pages_each(s, "listCompanies", &m.base, 0, add_listed, &list);
	if (err == 0)
		err = cli_whom_subscriptions(s, NULL, add_subscription, &list);
	if (err == 0)
		err = cli_whom_memberships(s, &memberships);
	for (size_t i = 0; err == 0 && i < memberships->n_items; i++)
		err = add_company(s, &list, memberships->items[i]->company, cli_server_enum(c, &memberships->items[i]->base, "role"));
	if (err == 0) {
		tool_print_list(c->print, NULL);
		for (size_t i = 0; err == 0 && i < list.count; i++)
			err = print_company(s, &list.items[i]);
		tool_print_close(c->print);
	}
	mem_free(&list.items);
	return err;
}

/* SLUG or link; *root_r is set only for a link. */
static int
read_target(struct cli_session *s, const char *typed, char *slug, struct hash *root_r, bool *is_link_r)
{
	struct trust_link link;
	*is_link_r = strstr(typed, "://") != NULL;
	if (!*is_link_r) {
		if (!trust_link_is_slug(view_str(typed)))
			return tool_verb_fail(s->call, ERR_USAGE, "\"%s\" is neither a company's short name nor an invitation link",
			    tool_verb_safe(s->call, view_str(typed)));
		memcpy(slug, typed, strlen(typed) + 1);
		return 0;
	}
	int err = trust_link_parse(view_str(typed), &link);
	if (err != 0)
		return tool_verb_fail(s->call, ERR_USAGE, "this is not an invitation link of this service, or a part of it is missing");
	if (link.is_member)
		err = tool_verb_fail(s->call, ERR_USAGE, "this link invites a member: provision member join LINK");
	else if (link.is_personal)
		err = tool_verb_fail(s->call, ERR_USAGE, "this link is a personal invitation: provision redeem LINK");
	else if (strcmp(link.host, api_client_host(s->client)) != 0)
		err = tool_verb_fail(s->call, ERR_USAGE, "this link belongs to %s, but you are logged in at %s", link.host,
		    api_client_host(s->client));
	memcpy(slug, link.slug, sizeof(link.slug));
	*root_r = link.root;
	trust_link_deinit(&link);
	return err;
}

int
cli_subscribe_subscribe(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__SubscriptionCreate m = PROVISION__SUBSCRIPTION_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	const Provision__CompanyRow *row = NULL;
	struct trust_company company;
	struct hash root;
	char slug[TRUST_SLUG_MAX + 1];
	bool is_link, is_verified = false;
	if (strlen(c->arguments[0]) > TRUST_LINK_MAX)
		return tool_verb_fail(c, ERR_USAGE, "this is not an invitation link");
	int err = read_target(s, c->arguments[0], slug, &root, &is_link);
	if (err == 0)
		err = cli_whom_company(s, slug, NULL, &row);
	if (err == 0)
		err = cli_pins_meet_company(s, row, is_link ? &root : NULL, &company, &is_verified);
	m.slug = cli_server_bytes(view_str(slug));
	if (err == 0)
		err = cli_session_ask_but(s, "createSubscription", &m.base, &reply, ERR_STATE);
	if (err == ERR_STATE)
		return tool_verb_fail(c, err, "%s: %s", slug, api_client_problem(s->client)->detail[0] != '\0' ?
		    tool_verb_safe(c, view_str(api_client_problem(s->client)->detail)) : "this is not possible now");
	if (err != 0)
		return err;
	const Provision__SubscriptionCreateReply *r = (const Provision__SubscriptionCreateReply *)reply;
	struct id id = cli_server_get_id(r->subscription);
	tool_print_object(c->print, NULL);
	tool_print_str(c->print, "subscription", TOOL_SHOW_TEXT, cli_server_enum(c, reply, "state"));
	tool_print_id(c->print, "subscription", TOOL_SHOW_JSON, &id);
	tool_print_str(c->print, "state", TOOL_SHOW_JSON, cli_server_enum(c, reply, "state"));
	tool_print_bool(c->print, "verified", TOOL_SHOW, is_verified);
	tool_print_close(c->print);
	return cli_notices_ask(s);
}

/* --- unsubscribe */

static int
send_end(struct cli_session *s, ProtobufCBinaryData id, const ProtobufCMessage **reply_r)
{
	Provision__SubscriptionEnd m = PROVISION__SUBSCRIPTION_END__INIT;
	struct id subscription = cli_server_get_id(id);
	struct cli_action action;
	int err = cli_action_sign(s, "subscription-end", &subscription, &action);
	if (err != 0)
		return err;
	m.subscription = id;
	m.nonce = action.nonce;
	m.signature = action.signature;
	return cli_session_ask(s, "endSubscription", &m.base, reply_r);
}

int
cli_subscribe_unsubscribe(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct cli_erasure_receipt receipt;
	const ProtobufCMessage *reply = NULL;
	struct cli_whom whom;
	int err = cli_whom_find(s, c->arguments[0], tool_verb_value(c, "company"), &whom);
	if (err == 0)
		err = tool_terminal_confirm(c, arena_printf(c->arena, "This ends the subscription between you and %s. All messages and packages of "
		    "it are erased for both sides, at once and for good; no payment is meant. To keep a copy first: provision export -o FILE.", whom.typed));
	if (err == 0)
		err = cli_erasure_receipt_begin(s, &receipt);
	if (err != 0)
		return err;
	struct id subscription = cli_server_get_id(whom.row->subscription);
	err = send_end(s, whom.row->subscription, &reply);
	if (err == 0)
		err = cli_erasure_receipt_take(s, &receipt, cli_server_view(((const Provision__ErasureReply *)reply)->receipt));
	cli_erasure_receipt_drop(&receipt);
	return err == 0 ? cli_seen_forget(s->profile, &subscription) : err;
}
