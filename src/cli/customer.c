/* SPDX-License-Identifier: MIT */
/*
 * The verbs of a company's staff about customers: customers, accept, decline.
 */
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "trust/fingerprint.h"

static int
print_customer(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	struct tool_print *p = arg;
	struct trust_account account;
	const struct trust_pin *pin = NULL;
	bool has_key = row->statement.len > 0 && trust_account_parse(cli_server_view(row->statement), &account) == 0;
	bool is_verified = false, is_same = false;
	if (has_key) {
		int err = cli_pins_find(s, TRUST_PIN_CUSTOMER, &account.account, &pin);
		if (err != 0)
			return err;
		is_same = cli_pins_is_same(pin, &account.fingerprint, &is_verified);
	}
	tool_print_object(p, NULL);
	tool_print_text(p, "number", TOOL_SHOW, cli_server_view(row->number));
	tool_print_text(p, "reference", TOOL_SHOW, cli_server_view(row->reference));
	tool_print_str(p, "name", TOOL_SHOW_TEXT, cli_whom_name(s->call, row->first_name, row->last_name, row->company_name));
	tool_print_text(p, "first_name", TOOL_SHOW_JSON, cli_server_view(row->first_name));
	tool_print_text(p, "last_name", TOOL_SHOW_JSON, cli_server_view(row->last_name));
	tool_print_text(p, "company_name", TOOL_SHOW_JSON, cli_server_view(row->company_name));
	tool_print_str(p, "state", TOOL_SHOW, cli_server_enum(s->call, &row->base, "state"));
	tool_print_str(p, "key", TOOL_SHOW_TEXT, pin == NULL ? "" : is_verified ? "verified" : is_same ? "not verified" : "KEY CHANGED");
	tool_print_time(p, "created", TOOL_SHOW_JSON, row->created_ms);
	tool_print_str(p, "fingerprint", TOOL_SHOW_JSON, has_key ? trust_fingerprint_text(&account.fingerprint).s : "");
	tool_print_bool(p, "verified", TOOL_SHOW_JSON, is_verified);
	tool_print_bool(p, "changed", TOOL_SHOW_JSON, pin != NULL && !is_same);
	tool_print_close(p);
	return 0;
}

int
cli_customer_list(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	const Provision__MembershipRow *membership = NULL;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &membership);
	if (err != 0)
		return err;
	tool_print_list(c->print, NULL);
	err = cli_whom_subscriptions(s, cli_whom_string(c, membership->company->slug), print_customer, c->print);
	tool_print_close(c->print);
	return err;
}

/* The customer of the command line; there must be a membership. */
static int
find_customer(struct tool_call *c, struct cli_whom *whom)
{
	struct cli_session *s = cli_session_of(c);
	const Provision__MembershipRow *membership = NULL;
	int err = cli_whom_membership(s, tool_verb_value(c, "company"), &membership);
	if (err == 0)
		err = cli_whom_find(s, c->arguments[0], cli_whom_string(c, membership->company->slug), whom);
	return err;
}

static int
decide(struct tool_call *c, const struct cli_whom *whom, bool accept)
{
	struct cli_session *s = cli_session_of(c);
	Provision__SubscriptionDecide m = PROVISION__SUBSCRIPTION_DECIDE__INIT;
	m.slug = whom->membership->company->slug;
	m.number = whom->row->number;
	m.accept = accept;
	int err = cli_session_ask_but(s, "decideCustomer", &m.base, NULL, ERR_STATE);
	return err != ERR_STATE ? err : tool_verb_fail(c, err, "customer %s is %s: only a pending one can be accepted or declined",
	    whom->typed, cli_server_enum(c, &whom->row->base, "state"));
}

int
cli_customer_accept(struct tool_call *c)
{
	struct trust_account account;
	struct cli_whom whom;
	bool is_verified;
	int err = find_customer(c, &whom);
	if (err == 0)
		err = decide(c, &whom, true);
	/* the keys are shown only now: they are kept at the first contact */
	if (err == 0)
		err = find_customer(c, &whom);
	if (err == 0 && whom.row->statement.len > 0)
		err = cli_pins_meet_account(cli_session_of(c), cli_server_view(whom.row->statement), whom.typed, &account, &is_verified);
	return err;
}

int
cli_customer_decline(struct tool_call *c)
{
	struct cli_whom whom;
	int err = find_customer(c, &whom);
	return err == 0 ? decide(c, &whom, false) : err;
}
