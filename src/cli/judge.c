/* SPDX-License-Identifier: MIT */
/*
 * Receipts and withdrawals as the other side's client sees them. Asks the service for companies' keys at most once a command. Called by
 * cli/inbox.c, cli/receive.c and cli/receipt.c.
 */
#include "cli/judge.h"

#include "base/mem.h"
#include "cli/keeping.h"
#include "cli/past.h"
#include "cli/pins.h"
#include "cli/seen.h"
#include "cli/server.h"
#include "cli/whom.h"
#include "package/keys.h"
#include "package/withdrawal.h"

/* A company of a subscription or membership, checked when it is first needed. */
struct firm {
	struct firm *next;
	const Provision__CompanyRow *row;
	struct trust_company *company;   /* NULL: not checked yet */
};

struct cli_judge {
	struct cli_session *session;
	struct firm *firms;              /* in the call's arena */
	bool is_asked;
};

/* A verdict on the way: what is known of the signer. */
struct case_of {
	struct cli_judge *judge;
	const Provision__PackageRow *row;
	const Provision__PackageWord *word;
	struct cli_judgement *j;
	bool is_by_company;              /* who should have signed */
	struct package_identity identity;
};

struct cli_judge *
cli_judge_new(struct cli_session *s)
{
	struct cli_judge *j = mem_alloc(sizeof(*j));
	j->session = s;
	return j;
}

void
cli_judge_free(struct cli_judge **j)
{
	mem_free(j);
}

void
cli_judge_deinit(struct cli_judgement *judgement)
{
	secret_free(&judgement->kept.key);
}

const char *
cli_judge_name(enum cli_verdict verdict)
{
	static const char *const names[] = { [CLI_VERDICT_PROVED] = "proved", [CLI_VERDICT_SIGNED] = "signed",
		[CLI_VERDICT_UNPROVED] = "unproved", [CLI_VERDICT_WRONG] = "wrong" };
	return names[verdict];
}

int
cli_judge_tell(struct cli_session *s, const Provision__PackageRow *row, const char *what, const struct cli_judgement *judgement)
{
	struct id package = cli_server_get_id(row->package);
	return tool_verb_fail(s->call, ERR_TRUST, "the service says that package %s was %s, but that is not so signed: %s",
	    id_text(&package).s, what, judgement->why);
}

static int
decide(struct case_of *x, enum cli_verdict verdict, const char *why)
{
	x->j->verdict = verdict;
	x->j->why = why;
	return 0;
}

/* --- companies */

static void
add_firm(struct cli_judge *j, const Provision__CompanyRow *row)
{
	struct firm *f = arena_alloc(j->session->call->arena, sizeof(*f));
	*f = (struct firm){ j->firms, row, NULL };
	j->firms = f;
}

static int
add_subscription(struct cli_session *s, const ProtobufCMessage *m, void *arg)
{
	const Provision__SubscriptionRow *row = (const Provision__SubscriptionRow *)m;
	(void)s;
	if (row->company != NULL)
		add_firm(arg, row->company);
	return 0;
}

/* NULL: no company of that name that one has to do with. */
static int
find_firm(struct cli_judge *j, ProtobufCBinaryData slug, struct firm **firm_r)
{
	const Provision__MembershipListReply *list = NULL;
	int err = j->is_asked ? 0 : cli_whom_subscriptions(j->session, NULL, add_subscription, j);
	if (err == 0 && !j->is_asked)
		err = cli_whom_memberships(j->session, &list);
	for (size_t i = 0; list != NULL && i < list->n_items; i++)
		add_firm(j, list->items[i]->company);
	j->is_asked = err == 0;
	*firm_r = j->firms;
	while (*firm_r != NULL && !view_equal(cli_server_view((*firm_r)->row->slug), cli_server_view(slug)))
		*firm_r = (*firm_r)->next;
	return err;
}

/* Its root is the pinned one, and the epoch that the package was for is one of its own. */
static int
know_company(struct case_of *x, bool *is_known_r)
{
	struct cli_judge *j = x->judge;
	const struct package_recipient *recipient = &x->j->kept.recipient;
	struct firm *firm;
	const struct trust_pin *pin = NULL;
	bool is_verified;
	int err = find_firm(j, x->row->slug, &firm);
	if (err != 0)
		return err;
	if (firm == NULL)
		return decide(x, CLI_VERDICT_UNPROVED, "the company is none of yours");
	if (firm->company == NULL) {
		firm->company = arena_alloc(j->session->call->arena, sizeof(*firm->company));
		if (cli_pins_parse_company(firm->row, firm->company) != 0)
			return decide(x, CLI_VERDICT_WRONG, "the company's keys as the service shows them are not valid");
	}
	err = cli_pins_find(j->session, TRUST_PIN_COMPANY, &firm->company->root.company, &pin);
	if (err != 0)
		return err;
	if (!cli_pins_is_same(pin, &firm->company->root.fingerprint, &is_verified))
		return decide(x, CLI_VERDICT_WRONG, "the company's key is not the known one");
	x->j->company = firm->company;
	x->j->company_row = firm->row;
	x->identity.company = firm->company;
	/* the epochs of the package and of who signed may be listed no longer */
	err = cli_past_reach(j->session, firm->row->slug, firm->company, x->j->kept.key == NULL ? UINT32_MAX : recipient->key_number,
	    x->j->time_ms);
	*is_known_r = err == 0;
	if (err != 0 || x->j->kept.key == NULL)
		return err;
	const struct trust_epoch *epoch = trust_company_epoch(firm->company, recipient->key_number);
	struct package_recipient expected = { .kind = PACKAGE_PARTY_CUSTOMER };
	if (epoch != NULL)
		expected = package_identity_recipient_epoch(epoch);
	if (epoch == NULL || !package_format_recipient_equal(&expected, recipient)) {
		*is_known_r = false;
		return decide(x, CLI_VERDICT_WRONG, "the package was for another key");
	}
	return 0;
}

/* --- customers */

/* By the pins: of who has not sent the package itself, and for withdrawals. Not yet known ones are pinned, as with receiving. */
static int
know_by_pin(struct case_of *x, struct trust_account *account, bool *is_known_r)
{
	struct cli_session *s = x->judge->session;
	const struct trust_pin *pin = NULL;
	bool is_verified;
	int err = cli_pins_find(s, TRUST_PIN_CUSTOMER, &account->account, &pin);
	if (err != 0)
		return err;
	if (pin != NULL && pin->number > account->number)
		return decide(x, CLI_VERDICT_UNPROVED, "it is signed with a key that was replaced since");
	err = cli_pins_meet_account(s, cli_server_view(x->word->statement), tool_verb_safe(s->call, cli_server_view(x->row->number)), account,
	    &is_verified);
	if (err == ERR_TRUST)
		return decide(x, CLI_VERDICT_WRONG, "the customer's key is not the known one");
	*is_known_r = err == 0;
	return err;
}

static int
know_customer(struct case_of *x, bool *is_known_r)
{
	struct trust_account *account = arena_alloc(x->judge->session->call->arena, sizeof(*account));
	int err = 0;
	if (trust_account_parse(cli_server_view(x->word->statement), account) != 0)
		return decide(x, CLI_VERDICT_WRONG, "the customer's key as the service shows it is not valid");
	if (x->j->kept.key == NULL) {
		err = know_by_pin(x, account, is_known_r);
	} else {
		struct package_recipient shown = package_identity_recipient_account(account);
		*is_known_r = package_format_recipient_equal(&shown, &x->j->kept.recipient);
		if (!*is_known_r)
			return decide(x, CLI_VERDICT_WRONG, "the package was for another key");
	}
	x->j->account = account;
	x->identity.account = account;
	return err;
}

/* *is_known_r: x->identity is who is on the other side of this subscription; else there is a verdict, or an error. */
static int
know_signer(struct case_of *x, const struct package_signer *signer, bool *is_known_r)
{
	struct cli_session *s = x->judge->session;
	struct id subscription = cli_server_get_id(x->row->subscription);
	bool is_company = signer->who.kind == PACKAGE_PARTY_COMPANY;
	*is_known_r = false;
	x->j->time_ms = signer->time_ms;
	if (x->j->kept.key == NULL && is_company != x->is_by_company)
		return decide(x, CLI_VERDICT_WRONG, "it is signed by somebody of the wrong side");
	int err = is_company ? know_company(x, is_known_r) : know_customer(x, is_known_r);
	/* of a package that one sent or received oneself, what was kept says whom it was for */
	if (err == 0 && *is_known_r && x->j->kept.key == NULL) {
		err = cli_seen_bind(s->profile, &subscription, is_company ? &x->j->company->root.company : &x->j->account->account);
		if (err == ERR_TRUST) {
			*is_known_r = false;
			return decide(x, CLI_VERDICT_WRONG, "it is somebody else's subscription");
		}
	}
	return err;
}

int
cli_judge_is_staff(struct cli_session *s, const Provision__PackageRow *row, const Provision__PackageWord *word, bool *is_staff_r)
{
	const Provision__MembershipListReply *list = NULL;
	struct id package = cli_server_get_id(row->package);
	struct package_kept kept;
	/* what was kept says for whom the package was, also to one who is both customer and member */
	if (cli_keeping_open(s, &package, word->kept, &kept) == 0) {
		secret_free(&kept.key);
		*is_staff_r = (kept.recipient.kind == PACKAGE_PARTY_COMPANY) == (row->is_incoming != 0);
		return 0;
	}
	int err = cli_whom_memberships(s, &list);
	*is_staff_r = false;
	for (size_t i = 0; err == 0 && i < list->n_items; i++)
		*is_staff_r |= view_equal(cli_server_view(list->items[i]->company->slug), cli_server_view(row->slug));
	return err;
}

/* --- the two */

/* The signer is known, and so is what is kept, if anything. */
static int
check_receipt(struct case_of *x, const struct package_receipt *receipt)
{
	struct id package = cli_server_get_id(x->row->package), subscription = cli_server_get_id(x->row->subscription);
	const struct package_kept *kept = &x->j->kept;
	bool is_kept = kept->key != NULL;
	int err = package_receipt_check(receipt, &package, &subscription, is_kept ? &kept->header_hash : &receipt->header_hash,
	    is_kept ? &kept->content_root : &receipt->content_root, &x->identity, &x->j->member);
	if (err != 0)
		return decide(x, CLI_VERDICT_WRONG, "the receipt is not the recipient's, or of something else");
	if (!is_kept)
		/* a customer is one person; of a company others could sign who have not the package's key */
		return x->identity.account != NULL ? decide(x, CLI_VERDICT_SIGNED, NULL) :
		    decide(x, CLI_VERDICT_UNPROVED, "what was kept of this package cannot be opened with your keys");
	struct secret *receipt_key = package_keys_derive(kept->key, PACKAGE_KEY_RECEIPT, &package);
	err = package_receipt_prove(receipt, receipt_key);
	secret_free(&receipt_key);
	return err == 0 ? decide(x, CLI_VERDICT_PROVED, NULL) :
	    decide(x, CLI_VERDICT_WRONG, "who signed the receipt had not the package's key");
}

int
cli_judge_receipt(struct cli_judge *j, const Provision__PackageRow *row, const Provision__PackageWord *word, bool is_staff,
    struct cli_judgement *judgement_r)
{
	struct case_of x = { .judge = j, .row = row, .word = word, .j = judgement_r, .is_by_company = !is_staff };
	struct id package = cli_server_get_id(row->package);
	struct package_receipt receipt;
	bool is_known;
	*judgement_r = (struct cli_judgement){ .verdict = CLI_VERDICT_WRONG };
	if (package_receipt_parse(cli_server_view(word->receipt), &receipt) != 0)
		return decide(&x, CLI_VERDICT_WRONG, "there is no valid receipt");
	if (cli_keeping_open(j->session, &package, word->kept, &judgement_r->kept) != 0)
		judgement_r->kept.key = NULL;
	if (row->is_incoming && judgement_r->kept.key == NULL)
		return decide(&x, CLI_VERDICT_UNPROVED, "somebody else of your side has received it");
	int err = know_signer(&x, &receipt.receiver, &is_known);
	return err == 0 && is_known ? check_receipt(&x, &receipt) : err;
}

int
cli_judge_withdrawal(struct cli_judge *j, const Provision__PackageRow *row, const Provision__PackageWord *word, bool is_staff,
    struct cli_judgement *judgement_r)
{
	struct case_of x = { .judge = j, .row = row, .word = word, .j = judgement_r, .is_by_company = !is_staff };
	struct id package = cli_server_get_id(row->package), subscription = cli_server_get_id(row->subscription);
	struct package_withdrawal withdrawal;
	bool is_known;
	*judgement_r = (struct cli_judgement){ .verdict = CLI_VERDICT_WRONG };
	if (package_withdrawal_parse(cli_server_view(word->withdrawal), &withdrawal) != 0)
		return decide(&x, CLI_VERDICT_WRONG, "there is no valid withdrawal of the sender");
	int err = know_signer(&x, &withdrawal.signer, &is_known);
	if (err != 0 || !is_known)
		return err;
	if (package_withdrawal_check(&withdrawal, &package, &subscription, &x.identity, &judgement_r->member) != 0)
		return decide(&x, CLI_VERDICT_WRONG, "the withdrawal is not the sender's, or of something else");
	return decide(&x, CLI_VERDICT_SIGNED, NULL);
}
