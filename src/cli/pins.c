/* SPDX-License-Identifier: MIT */
/*
 * The person's pin store: fetching, storing, and telling people about keys. What a change of key means is decided by
 * trust/pins.h. Verbs call it for every key they meet.
 */
#include "cli/pins.h"

#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "cli/server.h"
#include "crypt/random.h"
#include "record/account.pb-c.h"
#include "trust/fingerprint.h"
#include "trust/wrap.h"

/* Several commands at once may each store something. */
#define TRIES_MAX 12
/* Pages in one answer: the first few alone, as most verbs need one; who goes on needs them all in the end. */
#define PAGES_ALONE 4
#define PAGES_AT_ONCE 16
/* Pages in one request: the one that changed, and its halves. */
#define PAGES_PUT_MAX 4

/* Whose page is wanted; NULL: all pages. */
struct wanted {
	enum trust_pin_kind kind;
	const struct id *principal;
};

/* What was opened so far is of no use. */
static int
refuse(struct cli_session *s, int err, uint64_t version)
{
	trust_pins_free(&s->pins);
	if (err == ERR_TRUST)
		return tool_verb_fail(s->call, err, "the server gave an empty, outdated or mixed list of known keys (version %llu, %llu was "
		    "seen before): it must not be trusted", (unsigned long long)version, (unsigned long long)s->profile->pins_version);
	return tool_verb_fail(s->call, err, "the list of known keys that the server keeps for you cannot be opened: %s", err_text(err));
}

int
cli_pins_open(struct cli_session *s, struct view root, uint64_t version, struct view page)
{
	struct secret *key = trust_wrap_pin_key(&s->login.account, &s->login.keys);
	trust_pins_free(&s->pins);
	int err = trust_pins_open(root, &s->login.account.account, version, s->profile->pins_version, key, &s->pins);
	secret_free(&key);
	if (err == 0 && page.len > 0)
		err = trust_pins_take(s->pins, 0, page);
	if (err != 0)
		return refuse(s, err, version);
	s->pins_version = version;
	return cli_profile_note_pins(s->profile, version);
}

void
cli_pins_forget(struct cli_session *s)
{
	trust_pins_free(&s->pins);
}

static int
load(struct cli_session *s)
{
	Provision__PinsGet m = PROVISION__PINS_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	if (s->pins != NULL)
		return 0;
	int err = cli_session_ask(s, "getPins", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__PinsGetReply *r = (const Provision__PinsGetReply *)reply;
	return cli_pins_open(s, cli_server_view(r->pins), r->version, cli_server_view(r->pin_page));
}

/* The page at a place, and maybe some more. ERR_CONFLICT, untold: another client was faster. */
static int
fetch(struct cli_session *s, uint32_t at)
{
	Provision__PinPagesGet m = PROVISION__PIN_PAGES_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	m.version = s->pins_version;
	m.at = at;
	m.count = ++s->pins_fetched > PAGES_ALONE ? PAGES_AT_ONCE : 1;
	int err = cli_session_ask_but(s, "getPinPages", &m.base, &reply, ERR_CONFLICT);
	if (err != 0)
		return err;
	const Provision__PinPagesGetReply *r = (const Provision__PinPagesGetReply *)reply;
	if (r->n_items == 0 || r->items[0]->at != at)
		err = ERR_TRUST;
	for (size_t i = 0; err == 0 && i < r->n_items; i++)
		err = trust_pins_take(s->pins, r->items[i]->at, cli_server_view(r->items[i]->page));
	return err == 0 ? 0 : refuse(s, err, s->pins_version);
}

static int
bring(struct cli_session *s, const struct wanted *w)
{
	uint32_t at;
	int err = load(s);
	while (err == 0 && (w != NULL ? trust_pins_lacks(s->pins, w->kind, w->principal, &at) : trust_pins_lacks_any(s->pins, &at)))
		err = fetch(s, at);
	return err;
}

/* ERR_CONFLICT, untold: another client was faster. */
static int
store(struct cli_session *s)
{
	Provision__PinsPut m = PROVISION__PINS_PUT__INIT;
	Provision__PinPage pages[PAGES_PUT_MAX], *items[PAGES_PUT_MAX];
	struct buf root;
	buf_init(&root, TRUST_PINS_ROOT_BYTES_MAX);
	m.version = s->pins_version + 1;
	trust_pins_seal(s->pins, m.version, &root);
	m.pins = cli_server_bytes(buf_view(&root));
	m.n_pages = trust_pins_sealed_count(s->pins);
	require(m.n_pages <= PAGES_PUT_MAX);
	for (size_t i = 0; i < m.n_pages; i++) {
		provision__pin_page__init(&pages[i]);
		pages[i].page = cli_server_bytes(trust_pins_sealed_at(s->pins, i, &pages[i].at));
		items[i] = &pages[i];
	}
	m.pages = items;
	int err = cli_session_ask_but(s, "putPins", &m.base, NULL, ERR_CONFLICT);
	buf_deinit(&root);
	if (err != 0) {
		trust_pins_free(&s->pins);
		return err;
	}
	s->pins_version = m.version;
	return cli_profile_note_pins(s->profile, m.version);
}

/* change: NULL to read only. */
static int
run(struct cli_session *s, const struct wanted *w, cli_pins_changer *change, void *arg)
{
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		bool is_changed = false;
		int err = bring(s, w);
		if (err == 0 && change != NULL)
			err = change(s, arg, &is_changed);
		if (err == 0 && is_changed)
			err = store(s);
		if (err != ERR_CONFLICT)
			return err;
		trust_pins_free(&s->pins);
		clock_sleep_ms(crypt_random_below(50 * (i + 1)));
	}
	return tool_verb_fail(s->call, ERR_CONFLICT, "other commands keep changing the list of known keys: try again");
}

int
cli_pins_change(struct cli_session *s, enum trust_pin_kind kind, const struct id *principal, cli_pins_changer *change, void *arg)
{
	struct wanted w = { kind, principal };
	return run(s, &w, change, arg);
}

int
cli_pins_find(struct cli_session *s, enum trust_pin_kind kind, const struct id *principal, const struct trust_pin **pin_r)
{
	struct wanted w = { kind, principal };
	int err = run(s, &w, NULL, NULL);
	if (err == 0)
		*pin_r = trust_pins_find(s->pins, kind, principal);
	return err;
}

int
cli_pins_all(struct cli_session *s)
{
	return run(s, NULL, NULL, NULL);
}

/* --- meeting */

struct meeting {
	const char *whom;
	const struct trust_account *account;      /* one of the three */
	const struct trust_company *company;
	const struct sign_public *server;
	const struct hash *expected_root;
	struct id principal;
	enum trust_pin_kind kind;
	enum trust_pin_verdict verdict;
};

static int
meet(struct cli_session *s, void *arg, bool *is_changed_r)
{
	struct meeting *m = arg;
	uint64_t now = clock_wall_ms();
	const struct trust_pin *pin = trust_pins_find(s->pins, m->kind, &m->principal);
	bool was_verified = pin != NULL && pin->is_verified;
	int err;
	if (m->account != NULL)
		err = trust_pins_meet_account(s->pins, m->account, now, &m->verdict);
	else if (m->company != NULL)
		err = trust_pins_meet_company(s->pins, m->company, m->expected_root, now, &m->verdict);
	else
		err = trust_pins_meet_server(s->pins, m->server, now, &m->verdict);
	pin = trust_pins_find(s->pins, m->kind, &m->principal);
	/* a link can verify what was known before */
	*is_changed_r = err == 0 && (m->verdict != TRUST_PIN_SAME || pin->is_verified != was_verified);
	return err;
}

static struct hash
shown_fingerprint(const struct meeting *m)
{
	return m->account != NULL ? m->account->fingerprint : m->company != NULL ? m->company->root.fingerprint :
	    trust_fingerprint_of_server(m->server);
}

static int
tell_change(struct cli_session *s, const struct meeting *m)
{
	const struct trust_pin *pin = trust_pins_find(s->pins, m->kind, &m->principal);
	struct hash shown = shown_fingerprint(m);
	if (m->expected_root != NULL && !crypt_hash_equal(m->expected_root, &shown))
		return tool_verb_fail(s->call, ERR_TRUST, "the link to %s has the fingerprint %s, but the server shows %s: do not go on, ask "
		    "who gave you the link", m->whom, trust_fingerprint_grouped(m->expected_root).s, trust_fingerprint_grouped(&shown).s);
	if (pin != NULL && crypt_hash_equal(&pin->fingerprint, &shown))
		return tool_verb_fail(s->call, ERR_TRUST, "the server shows an outdated key of %s: nothing is sent", m->whom);
	return tool_verb_fail(s->call, ERR_TRUST, "the key of %s has changed. Known: %s. Now shown: %s. Ask by another way, for example by "
	    "telephone, which is right; if it is the new one: provision keys accept %s FINGERPRINT", m->whom,
	    pin == NULL ? "none" : trust_fingerprint_grouped(&pin->fingerprint).s, trust_fingerprint_grouped(&shown).s,
	    m->server != NULL ? "--server" : m->whom);
}

static int
run_meeting(struct cli_session *s, struct meeting *m, bool *verified_r)
{
	int err = cli_pins_change(s, m->kind, &m->principal, meet, m);
	if (err == ERR_TRUST && s->pins != NULL)
		return tell_change(s, m);
	if (err == ERR_LIMIT)
		return tool_verb_fail(s->call, err, "the list of known keys is full: the key of %s cannot be kept", m->whom);
	if (err != 0)
		return err;
	const struct trust_pin *pin = trust_pins_find(s->pins, m->kind, &m->principal);
	require(pin != NULL);
	*verified_r = pin->is_verified;
	if (m->verdict == TRUST_PIN_NEW && !pin->is_verified && !s->is_terse && m->kind != TRUST_PIN_SERVER)
		tool_verb_say(s->call, "first contact with %s, key not verified: %s", m->whom, trust_fingerprint_grouped(&pin->fingerprint).s);
	return 0;
}

int
cli_pins_meet_account(struct cli_session *s, struct view statement, const char *whom, struct trust_account *account_r,
    bool *verified_r)
{
	int err = trust_account_parse(statement, account_r);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the key of %s as the server shows it is not valid: %s", whom, err_text(err));
	struct meeting m = { .whom = whom, .account = account_r, .principal = account_r->account, .kind = TRUST_PIN_CUSTOMER };
	return run_meeting(s, &m, verified_r);
}

int
cli_pins_parse_company(const Provision__CompanyRow *row, struct trust_company *company_r)
{
	struct view epochs[TRUST_EPOCHS_MAX], former[TRUST_FORMER_ROOTS_MAX];
	if (row->root.len == 0 || row->n_epochs == 0)
		return ERR_STATE;
	if (row->n_epochs > TRUST_EPOCHS_MAX || row->n_former_roots > TRUST_FORMER_ROOTS_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < row->n_former_roots; i++)
		former[i] = cli_server_view(row->former_roots[i]);
	for (size_t i = 0; i < row->n_epochs; i++)
		epochs[i] = cli_server_view(row->epochs[i]);
	int err = trust_company_load_former(cli_server_view(row->root), former, row->n_former_roots, epochs, row->n_epochs, company_r);
	struct id said = cli_server_get_id(row->company);
	return err == 0 && !id_equal(&said, &company_r->root.company) ? ERR_TRUST : err;
}

int
cli_pins_meet_company(struct cli_session *s, const Provision__CompanyRow *row, const struct hash *expected_root,
    struct trust_company *company_r, bool *verified_r)
{
	const char *slug = tool_verb_safe(s->call, cli_server_view(row->slug));
	int err = cli_pins_parse_company(row, company_r);
	if (err == ERR_STATE)
		return tool_verb_fail(s->call, err, "%s has no keys yet: its owner has to activate it", slug);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the keys of %s as the server shows them are not valid: %s", slug, err_text(err));
	struct meeting m = { .whom = slug, .company = company_r, .expected_root = expected_root, .kind = TRUST_PIN_COMPANY,
		.principal = company_r->root.company };
	return run_meeting(s, &m, verified_r);
}

int
cli_pins_meet_server(struct cli_session *s, struct view sign_key)
{
	struct sign_public key;
	bool is_verified;
	require(sign_key.len == sizeof(key.bytes));
	memcpy(key.bytes, sign_key.data, sizeof(key.bytes));
	struct meeting m = { .whom = api_client_host(s->client), .server = &key, .kind = TRUST_PIN_SERVER };
	return run_meeting(s, &m, &is_verified);
}

bool
cli_pins_is_same(const struct trust_pin *pin, const struct hash *fingerprint, bool *verified_r)
{
	bool is_same = pin != NULL && crypt_hash_equal(&pin->fingerprint, fingerprint);
	*verified_r = is_same && pin->is_verified;
	return is_same;
}

const char *
cli_pins_kind(const struct trust_pin *pin)
{
	static const char *const kinds[] = { [TRUST_PIN_CUSTOMER] = "account", [TRUST_PIN_COMPANY] = "company", [TRUST_PIN_SERVER] = "server" };
	return kinds[pin->kind];
}

const char *
cli_pins_source(const struct trust_pin *pin)
{
	static const char *const sources[] = { [TRUST_PIN_DIRECTORY] = "directory", [TRUST_PIN_LINK] = "link",
		[TRUST_PIN_CONFIRMED] = "confirmed", [TRUST_PIN_SUCCESSION] = "succession", [TRUST_PIN_OWN] = "own" };
	return sources[pin->source];
}
