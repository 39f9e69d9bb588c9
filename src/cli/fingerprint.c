/* SPDX-License-Identifier: MIT */
/*
 * The verbs keys show and keys verify: a key's fingerprint as people compare it, in letters, words and as a QR code, and their
 * word that it is right. A key that changed is no matter of these: keys accept.
 */
#include "base/clock.h"
#include "cli/pins.h"
#include "cli/qr.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "cli/whom.h"
#include "tool/terminal.h"
#include "trust/fingerprint.h"
#include "trust/words.h"

struct key {
	const char *whom;
	enum trust_pin_kind kind;
	struct id principal;
	struct hash fingerprint;
	bool is_verified;
};

static int
meet_company(struct cli_session *s, const Provision__CompanyRow *row, struct key *k)
{
	struct trust_company company;
	int err = cli_pins_meet_company(s, row, NULL, &company, &k->is_verified);
	k->kind = TRUST_PIN_COMPANY;
	k->principal = company.root.company;
	k->fingerprint = company.root.fingerprint;
	return err;
}

static int
meet_customer(struct cli_session *s, const struct cli_whom *whom, struct key *k)
{
	struct trust_account account;
	int err = cli_pins_meet_account(s, cli_server_view(whom->row->statement), whom->typed, &account, &k->is_verified);
	k->kind = TRUST_PIN_CUSTOMER;
	k->principal = account.account;
	k->fingerprint = account.fingerprint;
	return err;
}

/* A company one is a member of, else whom a package could go to. */
static int
find_key(struct cli_session *s, const char *typed, struct key *k)
{
	const Provision__MembershipListReply *list = NULL;
	struct cli_whom whom;
	int err = cli_whom_memberships(s, &list);
	k->whom = tool_verb_safe(s->call, view_str(typed));
	for (size_t i = 0; err == 0 && i < list->n_items; i++)
		if (view_equal_str(cli_server_view(list->items[i]->company->slug), typed))
			return meet_company(s, list->items[i]->company, k);
	if (err == 0)
		err = cli_whom_find_active(s, typed, tool_verb_value(s->call, "company"), &whom);
	if (err != 0)
		return err;
	return whom.membership != NULL ? meet_customer(s, &whom, k) : meet_company(s, whom.row->company, k);
}

static void
find_own(struct cli_session *s, struct key *k)
{
	*k = (struct key){ .whom = "you", .kind = TRUST_PIN_CUSTOMER, .principal = s->login.account.account,
		.fingerprint = s->login.account.fingerprint, .is_verified = true };
}

static int
show(struct tool_call *c, const struct key *k)
{
	struct trust_words words = trust_words_of(&k->fingerprint);
	int err = 0;
	tool_print_object(c->print, NULL);
	tool_print_str(c->print, "whom", TOOL_SHOW, k->whom);
	tool_print_bool(c->print, "verified", TOOL_SHOW, k->is_verified);
	tool_print_str(c->print, "fingerprint", TOOL_SHOW_TEXT, trust_fingerprint_grouped(&k->fingerprint).s);
	tool_print_str(c->print, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(&k->fingerprint).s);
	tool_print_str(c->print, "words", TOOL_SHOW, words.s);
	if (!tool_print_is_json(c->print))
		err = cli_qr_print(c, trust_fingerprint_text(&k->fingerprint).s);
	tool_print_close(c->print);
	return err;
}

int
cli_fingerprint_show(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct key k = { .whom = NULL };
	int err = 0;
	if (c->argument_count == 0)
		find_own(s, &k);
	else
		err = find_key(s, c->arguments[0], &k);
	return err == 0 ? show(c, &k) : err;
}

/* --- verify */

static int
mark(struct cli_session *s, void *arg, bool *is_changed_r)
{
	const struct key *k = arg;
	const struct trust_pin *found = trust_pins_find(s->pins, k->kind, &k->principal);
	if (found == NULL || !crypt_hash_equal(&found->fingerprint, &k->fingerprint))
		return ERR_TRUST;
	struct trust_pin pin = *found;
	*is_changed_r = !pin.is_verified;
	pin.is_verified = true;
	return trust_pins_put(s->pins, &pin);
}

/* The rest of the command line: a fingerprint or words, in one argument or many. */
static int
read_typed(struct tool_call *c, struct hash *typed_r)
{
	const char *words = "", *letters = "";
	for (size_t i = 1; i < c->argument_count; i++) {
		words = arena_printf(c->arena, "%s %s", words, c->arguments[i]);
		letters = arena_printf(c->arena, "%s%s", letters, c->arguments[i]);
	}
	if (trust_fingerprint_parse(view_str(letters), typed_r) == 0 || trust_words_parse(view_str(words), typed_r) == 0)
		return 0;
	return tool_verb_fail(c, ERR_USAGE, "this is neither a fingerprint nor its 24 words");
}

/* Given on the command line, or shown and asked for. */
static int
compare(struct tool_call *c, const struct key *k)
{
	struct hash typed;
	if (c->argument_count > 1) {
		int err = read_typed(c, &typed);
		if (err == 0 && !crypt_hash_equal(&typed, &k->fingerprint))
			err = tool_verb_fail(c, ERR_TRUST, "this is not the key of %s, which is: %s. Nothing was marked", k->whom,
			    trust_fingerprint_grouped(&k->fingerprint).s);
		return err;
	}
	return tool_terminal_confirm(c, arena_printf(c->arena, "The key of %s:\n%s\n%s\nHas the other side read out the same, by another way "
	    "than this service?", k->whom, trust_words_of(&k->fingerprint).s, trust_fingerprint_grouped(&k->fingerprint).s));
}

int
cli_fingerprint_verify(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct key k = { .whom = NULL };
	int err = find_key(s, c->arguments[0], &k);
	if (err == 0)
		err = compare(c, &k);
	if (err == 0)
		err = cli_pins_change(s, k.kind, &k.principal, mark, &k);
	if (err != 0)
		return err == ERR_TRUST ? tool_verb_fail(c, err, "the key of %s has changed meanwhile", k.whom) : err;
	tool_print_object(c->print, NULL);
	tool_print_bool(c->print, "verified", TOOL_SHOW, true);
	tool_print_close(c->print);
	return 0;
}
