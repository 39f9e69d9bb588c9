/* SPDX-License-Identifier: MIT */
/*
 * The verbs keys and keys accept: what the pin store knows, and a person's word on a fingerprint that was compared outside
 * the service.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/pins.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "record/account.pb-c.h"
#include "trust/fingerprint.h"

#define NAMES_MAX 100000

/* What principals are called on this person's command line. */
struct names {
	struct name {
		struct id principal;
		const char *whom;
		size_t number;           /* the first one counts */
	} *items;
	size_t count;
};

static void
add_name(struct names *n, const struct id *principal, const char *whom)
{
	if (n->count == NAMES_MAX)
		return;
	if ((n->count & (n->count + 1)) == 0)
		n->items = mem_resize(n->items, n->count * 2 + 1, sizeof(n->items[0]));
	n->items[n->count] = (struct name){ .principal = *principal, .whom = whom, .number = n->count };
	n->count++;
}

static void
add_company_name(struct cli_session *s, struct names *n, const Provision__CompanyRow *row)
{
	struct id id = cli_server_get_id(row->company);
	add_name(n, &id, cli_whom_string(s->call, row->slug));
}

static int
add_subscription(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	struct trust_account account;
	if (row->company != NULL)
		add_company_name(s, arg, row->company);
	else if (row->statement.len > 0 && trust_account_parse(cli_server_view(row->statement), &account) == 0)
		add_name(arg, &account.account, cli_whom_string(s->call, row->number));
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int d = memcmp(x->principal.bytes, y->principal.bytes, ID_BYTES);
	return d != 0 ? d : (x->number > y->number) - (x->number < y->number);
}

/* In order of principals. */
static int
find_names(struct cli_session *s, struct names *n)
{
	const Provision__MembershipListReply *list = NULL;
	int err = cli_whom_subscriptions(s, NULL, add_subscription, n);
	if (err == 0)
		err = cli_whom_memberships(s, &list);
	for (size_t i = 0; err == 0 && i < list->n_items; i++) {
		add_company_name(s, n, list->items[i]->company);
		err = cli_whom_subscriptions(s, cli_whom_string(s->call, list->items[i]->company->slug), add_subscription, n);
	}
	if (n->count > 0)
		qsort(n->items, n->count, sizeof(n->items[0]), compare_names);
	return err;
}

static const char *
whom_of(struct cli_session *s, const struct names *n, const struct trust_pin *pin)
{
	if (pin->kind == TRUST_PIN_SERVER)
		return api_client_host(s->client);
	size_t low = 0, high = n->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (memcmp(n->items[mid].principal.bytes, pin->principal.bytes, ID_BYTES) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < n->count && id_equal(&n->items[low].principal, &pin->principal))
		return n->items[low].whom;
	return arena_str(s->call->arena, view_str(id_text(&pin->principal).s));
}

static void
print_pin(struct cli_session *s, const struct names *n, const struct trust_pin *pin)
{
	struct tool_print *p = s->call->print;
	tool_print_object(p, NULL);
	tool_print_str(p, "whom", TOOL_SHOW, whom_of(s, n, pin));
	tool_print_str(p, "kind", TOOL_SHOW, cli_pins_kind(pin));
	tool_print_str(p, "key", TOOL_SHOW_TEXT, pin->is_verified ? "verified" : "not verified");
	tool_print_bool(p, "verified", TOOL_SHOW_JSON, pin->is_verified);
	tool_print_str(p, "source", TOOL_SHOW, cli_pins_source(pin));
	tool_print_str(p, "fingerprint", TOOL_SHOW_TEXT, trust_fingerprint_grouped(&pin->fingerprint).s);
	tool_print_str(p, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(&pin->fingerprint).s);
	tool_print_time(p, "first_seen", TOOL_SHOW_JSON, pin->first_seen_ms);
	tool_print_close(p);
}

/* One's own key stands first: it is what others compare. */
static void
print_own(struct cli_session *s)
{
	struct trust_pin own = { .kind = TRUST_PIN_CUSTOMER, .principal = s->login.account.account,
		.fingerprint = s->login.account.fingerprint, .source = TRUST_PIN_OWN, .is_verified = true,
		.first_seen_ms = s->login.account.created_ms };
	struct name me = { .principal = own.principal, .whom = "you" };
	struct names names = { .items = &me, .count = 1 };
	print_pin(s, &names, &own);
}

static void
print_all(struct cli_session *s, const struct names *names)
{
	const struct trust_pin **pins = trust_pins_sorted(s->pins);
	tool_print_list(s->call->print, NULL);
	print_own(s);
	for (size_t i = 0; i < trust_pins_count(s->pins); i++)
		print_pin(s, names, pins[i]);
	tool_print_close(s->call->print);
	mem_free(&pins);
}

int
cli_keys_list(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct names names = { .count = 0 };
	int err = cli_pins_all(s);
	if (err == 0)
		err = find_names(s, &names);
	if (err == 0)
		print_all(s, &names);
	mem_free(&names.items);
	return err;
}

/* --- accept */

struct acceptance {
	const struct trust_account *account;     /* one of the three */
	const struct trust_company *company;
	struct sign_public server;
	enum trust_pin_kind kind;
	struct id principal;
	struct hash typed;
};

static int
accept(struct cli_session *s, void *arg, bool *is_changed_r)
{
	const struct acceptance *a = arg;
	uint64_t now = clock_wall_ms();
	*is_changed_r = true;
	if (a->account != NULL)
		return trust_pins_accept_account(s->pins, a->account, &a->typed, now);
	if (a->company != NULL)
		return trust_pins_accept_company(s->pins, a->company, &a->typed, now);
	struct trust_pin pin = { .kind = TRUST_PIN_SERVER, .fingerprint = trust_fingerprint_of_server(&a->server), .sign = a->server,
		.source = TRUST_PIN_CONFIRMED, .is_verified = true, .first_seen_ms = now };
	return crypt_hash_equal(&pin.fingerprint, &a->typed) ? trust_pins_put(s->pins, &pin) : ERR_TRUST;
}

static int
run_acceptance(struct cli_session *s, struct acceptance *a, const struct hash *shown, const char *whom)
{
	int err = cli_pins_change(s, a->kind, &a->principal, accept, a);
	if (err == ERR_TRUST && s->pins != NULL)
		return tool_verb_fail(s->call, err, "the server shows another key for %s: %s. Nothing was accepted", whom,
		    trust_fingerprint_grouped(shown).s);
	return err;
}

static int
accept_server(struct cli_session *s, struct acceptance *a)
{
	Provision__ServerInfo m = PROVISION__SERVER_INFO__INIT;
	const ProtobufCMessage *reply = NULL;
	int err = cli_session_ask(s, "getServer", &m.base, &reply);
	if (err != 0)
		return err;
	memcpy(a->server.bytes, ((const Provision__ServerInfoReply *)reply)->sign_key.data, sizeof(a->server.bytes));
	struct hash shown = trust_fingerprint_of_server(&a->server);
	return run_acceptance(s, a, &shown, api_client_host(s->client));
}

static int
accept_customer(struct cli_session *s, struct acceptance *a, const struct cli_whom *whom)
{
	struct trust_account account;
	int err = trust_account_parse(cli_server_view(whom->row->statement), &account);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the server shows no valid key of customer %s", whom->typed);
	a->account = &account;
	a->kind = TRUST_PIN_CUSTOMER;
	a->principal = account.account;
	return run_acceptance(s, a, &account.fingerprint, whom->typed);
}

static int
accept_company(struct cli_session *s, struct acceptance *a, const char *slug)
{
	struct trust_company company;
	const Provision__CompanyRow *row = NULL;
	int err = cli_whom_company(s, slug, NULL, &row);
	if (err == 0 && (err = cli_pins_parse_company(row, &company)) != 0)
		err = tool_verb_fail(s->call, err, "the server shows no valid key of %s", slug);
	if (err != 0)
		return err;
	a->company = &company;
	a->kind = TRUST_PIN_COMPANY;
	a->principal = company.root.company;
	return run_acceptance(s, a, &company.root.fingerprint, slug);
}

/* A slug that is one's own company is no WHOM: it is looked up here. */
static int
accept_whom(struct cli_session *s, struct acceptance *a, const char *typed)
{
	const Provision__MembershipListReply *list = NULL;
	struct cli_whom whom;
	int err = cli_whom_memberships(s, &list);
	for (size_t i = 0; err == 0 && i < list->n_items; i++)
		if (view_equal_str(cli_server_view(list->items[i]->company->slug), typed))
			return accept_company(s, a, typed);
	if (err == 0)
		err = cli_whom_find(s, typed, tool_verb_value(s->call, "company"), &whom);
	if (err != 0)
		return err;
	return whom.membership != NULL ? accept_customer(s, a, &whom) : accept_company(s, a, cli_whom_string(s->call, whom.row->company->slug));
}

int
cli_keys_accept(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct acceptance a = { .kind = TRUST_PIN_SERVER };
	bool is_server = tool_verb_is_set(c, "server");
	size_t want = is_server ? 1 : 2;
	if (c->argument_count < want)
		return tool_verb_fail(c, ERR_USAGE, "keys accept: missing: %s", is_server ? "FINGERPRINT" : "WHOM FINGERPRINT");
	int err = cli_whom_typed_fingerprint(c, want - 1, &a.typed);
	if (err != 0)
		return err;
	return is_server ? accept_server(s, &a) : accept_whom(s, &a, c->arguments[0]);
}
