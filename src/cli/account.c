/* SPDX-License-Identifier: MIT */
/*
 * The verbs register, verify-address, login and logout. Makes the person's keys; sends the server what it may have:
 * public and wrapped keys, never a password. What stays here between commands is cli/login.c's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "cli/account.h"
#include "cli/password.h"
#include "cli/pins.h"
#include "cli/recover.h"
#include "cli/second.h"
#include "cli/server.h"
#include "cli/session.h"
#include "cli/strength.h"
#include "cli/verbs.h"
#include "crypt/random.h"
#include "crypt/recovery.h"
#include "ipc/message.h"
#include "record/account.pb-c.h"
#include "trust/fingerprint.h"
#include "trust/wrap.h"

/* A registration that was not confirmed by then is gone on the server too. */
#define PENDING_MS CLOCK_DAY_MS

/* Everything that a registration makes before it is sent. */
struct registration {
	struct mail_address address;
	struct cli_login login;          /* statement, keys, cost; later the token */
	struct secret *auth, *wrap;
	struct secret *recovery, *recovery_auth, *recovery_wrap;
	struct buf statement, wrapped, recovery_wrapped, pins, pin_page;
	bool recovery_checked;           /* the code was asked back */
};

static void
registration_init(struct registration *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->statement, TRUST_STATEMENT_MAX);
	buf_init(&r->wrapped, TRUST_STATEMENT_MAX);
	buf_init(&r->recovery_wrapped, TRUST_STATEMENT_MAX);
	buf_init(&r->pins, TRUST_PINS_ROOT_BYTES_MAX);
	buf_init(&r->pin_page, TRUST_PINS_PAGE_BYTES_MAX);
}

static void
registration_deinit(struct registration *r)
{
	cli_login_deinit(&r->login);
	secret_free(&r->auth);
	secret_free(&r->wrap);
	secret_free(&r->recovery);
	secret_free(&r->recovery_auth);
	secret_free(&r->recovery_wrap);
	buf_deinit(&r->statement);
	buf_deinit(&r->wrapped);
	buf_deinit(&r->recovery_wrapped);
	buf_deinit(&r->pins);
	buf_deinit(&r->pin_page);
}

int
cli_account_email(struct tool_call *c, struct mail_address *address_r)
{
	const char *typed = tool_verb_value(c, "email");
	int err = mail_address_parse(view_str(typed), address_r);
	if (err == 0)
		return 0;
	return tool_verb_fail(c, ERR_USAGE, "--email: \"%s\" is not an e-mail address", tool_verb_safe(c, view_str(typed)));
}

/* The value of an option and the words in it. */
static void
add_words(struct tool_call *c, const char *value, const char **words, size_t *n)
{
	static const char separators[] = " @.-,&";
	words[(*n)++] = value;
	while (*value != '\0' && *n < CLI_STRENGTH_WORDS_MAX) {
		size_t len = strcspn(value, separators);
		if (len > 2)
			words[(*n)++] = arena_str(c->arena, view_of(value, len));
		value += len + strspn(value + len, separators);
	}
}

/* What others know of the person, which a password should not be made of. */
static size_t
person_words(struct tool_call *c, const char **words)
{
	static const char *const options[] = { "email", "first-name", "last-name", "company-name" };
	size_t n = 0;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && n < CLI_STRENGTH_WORDS_MAX; i++)
		if (tool_verb_value(c, options[i]) != NULL)
			add_words(c, tool_verb_value(c, options[i]), words, &n);
	return n;
}

static int
make_keys(struct registration *r)
{
	struct id account = id_random();
	uint64_t now = clock_wall_ms();
	int err = trust_account_make(&account, 1, now, &r->login.keys, &r->statement);
	if (err == 0)
		err = cli_login_set_statement(&r->login, buf_view(&r->statement));
	if (err == 0)
		err = trust_wrap_seal(&r->login.account, &r->login.keys, TRUST_WRAP_PASSWORD, r->wrap, &r->wrapped);
	r->recovery = crypt_recovery_new();
	crypt_recovery_keys(r->recovery, &r->recovery_auth, &r->recovery_wrap);
	if (err == 0)
		err = trust_wrap_seal(&r->login.account, &r->login.keys, TRUST_WRAP_RECOVERY, r->recovery_wrap, &r->recovery_wrapped);
	return err;
}

int
cli_account_pins(struct cli_session *s, const struct trust_account *account, const struct trust_keys *keys, uint64_t version,
    struct buf *root, struct buf *page)
{
	Provision__ServerInfo m = PROVISION__SERVER_INFO__INIT;
	const ProtobufCMessage *reply = NULL;
	enum trust_pin_verdict verdict;
	struct sign_public key;
	int err = cli_server_ask(s->call, s->client, "getServer", &m.base, &reply);
	if (err != 0)
		return err;
	memcpy(key.bytes, ((const Provision__ServerInfoReply *)reply)->sign_key.data, sizeof(key.bytes));
	struct secret *pin_key = trust_wrap_pin_key(account, keys);
	struct trust_pins *pins = trust_pins_new(&account->account, pin_key);
	uint32_t at;
	err = trust_pins_meet_server(pins, &key, clock_wall_ms(), &verdict);
	require(err == 0);
	trust_pins_seal(pins, version, root);
	err = buf_append_view(page, trust_pins_sealed_at(pins, 0, &at));
	secret_free(&pin_key);
	trust_pins_free(&pins);
	return err;
}

static struct view
default_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return strncmp(value, "de", 2) == 0 ? VIEW_LIT("de") : VIEW_LIT("en");
	}
	return VIEW_LIT("en");
}

static int
send_registration(struct cli_session *s, struct registration *r)
{
	struct tool_call *c = s->call;
	struct mail_address_text email = mail_address_text(&r->address);
	const char *locale = tool_verb_value(c, "locale"), *zone = tool_verb_value(c, "time-zone");
	Provision__RegistrationCreate m = PROVISION__REGISTRATION_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	m.email = cli_server_bytes(view_str(email.s));
	m.first_name = cli_server_bytes(view_str(tool_verb_value(c, "first-name")));
	m.last_name = cli_server_bytes(view_str(tool_verb_value(c, "last-name")));
	m.company_name = cli_server_bytes(view_str(tool_verb_value(c, "company-name")));
	m.locale = cli_server_bytes(locale == NULL ? default_locale() : view_str(locale));
	m.time_zone = cli_server_bytes(zone == NULL ? VIEW_LIT("Europe/Berlin") : view_str(zone));
	m.account = cli_server_id(&r->login.account.account);
	m.auth_key = cli_server_bytes(secret_view(r->auth));
	m.statement = cli_server_bytes(buf_view(&r->statement));
	m.wrapped_keys = cli_server_bytes(buf_view(&r->wrapped));
	m.recovery_auth_key = cli_server_bytes(secret_view(r->recovery_auth));
	m.recovery_wrapped_keys = cli_server_bytes(buf_view(&r->recovery_wrapped));
	m.pins = cli_server_bytes(buf_view(&r->pins));
	m.pin_page = cli_server_bytes(buf_view(&r->pin_page));
	m.memory_kib = r->login.cost.memory_kib;
	m.passes = r->login.cost.passes;
	m.recovery_checked = r->recovery_checked;
	int err = cli_server_ask(c, s->client, "createRegistration", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__RegistrationCreateReply *answer = (const Provision__RegistrationCreateReply *)reply;
	r->login.registration = cli_server_get_id(answer->registration);
	r->login.token = secret_from_view(cli_server_view(answer->token));
	ipc_message_wipe(reply);
	return 0;
}

/* What verify-address will need, and where it belongs. */
static int
keep_pending(struct cli_session *s, struct registration *r)
{
	struct mail_address_text email = mail_address_text(&r->address);
	struct cli_login *l = &r->login;
	memcpy(l->email, email.s, sizeof(l->email));
	memcpy(l->host, api_client_host(s->client), strlen(api_client_host(s->client)) + 1);
	l->end_ms = clock_wall_ms() + PENDING_MS;
	int err = cli_login_save(s->profile, CLI_LOGIN_PENDING, l);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the registration cannot be kept in %s: %s",
	    tool_verb_safe(s->call, view_str(s->profile->path)), err_text(err));
}

/* A folder holds one person. */
static int
check_free(struct cli_session *s)
{
	if (id_is_none(&s->profile->account))
		return 0;
	return tool_verb_fail(s->call, ERR_EXISTS, "this folder belongs to the account of %s already: set PROVISION_HOME to another one",
	    s->profile->email == NULL ? "somebody" : tool_verb_safe(s->call, view_str(s->profile->email)));
}

static int
prepare_registration(struct cli_session *s, struct registration *r)
{
	const char *words[CLI_STRENGTH_WORDS_MAX];
	struct secret *password = NULL;
	int err = cli_account_email(s->call, &r->address);
	if (err == 0)
		err = check_free(s);
	if (err == 0)
		err = cli_session_connect(s, tool_verb_value(s->call, "server"));
	if (err == 0)
		err = cli_password_choose(s->call, words, person_words(s->call, words), &password);
	if (err == 0)
		err = cli_password_keys(s->call, s->profile, s->client, &r->address, password, &r->login.cost, &r->auth, &r->wrap);
	secret_free(&password);
	if (err == 0)
		err = make_keys(r);
	return err == 0 ? cli_account_pins(s, &r->login.account, &r->login.keys, 1, &r->pins, &r->pin_page) : err;
}

int
cli_account_register(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct registration r;
	registration_init(&r);
	int err = prepare_registration(s, &r);
	if (err == 0)
		err = cli_recover_show(c, r.recovery, "a forgotten password cannot be replaced", &r.recovery_checked);
	if (err == 0)
		err = send_registration(s, &r);
	if (err == 0)
		err = keep_pending(s, &r);
	if (err == 0) {
		tool_print_id(c->print, "registration", TOOL_SHOW_JSON, &r.login.registration);
		tool_print_close(c->print);
		tool_verb_say(c, "a mail is on its way to %s; confirm with its code: provision verify-address CODE",
		    tool_verb_value(c, "email"));
	}
	registration_deinit(&r);
	return err;
}

/* --- sessions */

struct identity {
	const struct cli_session *session;
	const struct cli_login *login;
	const char *url, *ca_file;
};

static int
note_identity(struct cli_profile *p, void *arg)
{
	const struct identity *i = arg;
	cli_profile_set(&p->url, i->url);
	cli_profile_set(&p->ca_file, i->ca_file);
	cli_profile_set(&p->email, i->login->email);
	p->account = i->login->account.account;
	return 0;
}

/* Keeps the session and whose folder this is. */
static int
keep_session(struct cli_session *s, const struct cli_login *l)
{
	char *ca_file = getenv("PROVISION_CA") == NULL ? NULL : realpath(getenv("PROVISION_CA"), NULL);
	struct identity i = { .session = s, .login = l, .url = arena_printf(s->call->arena, "https://%s", l->host),
		.ca_file = ca_file == NULL ? s->profile->ca_file : ca_file };
	i.ca_file = i.ca_file == NULL ? NULL : arena_str(s->call->arena, view_str(i.ca_file));
	free(ca_file);
	int err = cli_profile_change(s->profile, note_identity, &i);
	if (err == 0)
		err = cli_login_save(s->profile, CLI_LOGIN_SESSION, l);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the session cannot be kept in %s: %s",
	    tool_verb_safe(s->call, view_str(s->profile->path)), err_text(err));
}

static void
take_session(struct cli_session *s, const Provision__SessionOpenReply *r, struct cli_login *l)
{
	secret_free(&l->token);
	l->token = secret_from_view(cli_server_view(r->session));
	l->end_ms = r->end_ms;
	memcpy(l->host, api_client_host(s->client), strlen(api_client_host(s->client)) + 1);
}

/* The session is kept when pins and the service's key are in order. */
int
cli_account_begin(struct cli_session *s, const Provision__SessionOpenReply *r, struct cli_login *l)
{
	Provision__ServerInfo m = PROVISION__SERVER_INFO__INIT;
	const ProtobufCMessage *reply = NULL;
	take_session(s, r, l);
	cli_session_adopt(s, l);
	int err = cli_pins_open(s, cli_server_view(r->pins), r->pins_version, cli_server_view(r->pin_page));
	if (err == 0)
		err = cli_session_ask(s, "getServer", &m.base, &reply);
	if (err == 0)
		err = cli_pins_meet_server(s, cli_server_view(((const Provision__ServerInfoReply *)reply)->sign_key));
	if (err == 0)
		err = keep_session(s, &s->login);
	if (err != 0)
		return err;
	struct tool_print *p = s->call->print;
	tool_print_id(p, "account", TOOL_SHOW, &s->login.account.account);
	tool_print_str(p, "fingerprint", TOOL_SHOW_TEXT, trust_fingerprint_grouped(&s->login.account.fingerprint).s);
	tool_print_str(p, "fingerprint", TOOL_SHOW_JSON, trust_fingerprint_text(&s->login.account.fingerprint).s);
	tool_print_close(p);
	if (!r->recovery_checked)
		tool_verb_say(s->call, "do you have your recovery code at hand? show it once: provision recovery-code check");
	return 0;
}

/* The result is nothing else. */
static int
begin_new(struct cli_session *s, const Provision__SessionOpenReply *r, struct cli_login *l)
{
	tool_print_object(s->call->print, NULL);
	return cli_account_begin(s, r, l);
}

static int
load_pending(struct cli_session *s, struct cli_login *l)
{
	int err = cli_login_load(s->profile, CLI_LOGIN_PENDING, l);
	if (err == ERR_NOT_FOUND)
		return tool_verb_fail(s->call, ERR_STATE, "no registration of this folder waits for a code: provision register");
	if (err != 0)
		return tool_verb_fail(s->call, err, "the kept registration cannot be opened any more: register again");
	err = cli_session_connect(s, NULL == getenv("PROVISION_URL") ? arena_printf(s->call->arena, "https://%s", l->host) : NULL);
	if (err == 0 && strcmp(l->host, api_client_host(s->client)) != 0)
		err = tool_verb_fail(s->call, ERR_STATE, "the registration was made at %s, not at %s", l->host, api_client_host(s->client));
	return err;
}

/* The code without blanks, in capitals. */
static int
clean_code(struct tool_call *c, const char *typed, char *out, size_t size)
{
	size_t n = 0;
	for (; *typed != '\0'; typed++) {
		char ch = *typed >= 'a' && *typed <= 'z' ? (char)(*typed - 32) : *typed;
		if (ch == ' ' || ch == '\t')
			continue;
		bool is_good = ch == '-' || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
		if (!is_good || n + 1 >= size)
			return tool_verb_fail(c, ERR_USAGE, "verify-address: this is not a code as mailed");
		out[n++] = ch;
	}
	out[n] = '\0';
	return 0;
}

int
cli_account_verify(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__RegistrationVerify m = PROVISION__REGISTRATION_VERIFY__INIT;
	const ProtobufCMessage *reply = NULL;
	struct cli_login login = { .token = NULL };
	char code[32];
	int err = clean_code(c, c->arguments[0], code, sizeof(code));
	if (err == 0)
		err = load_pending(s, &login);
	if (err != 0)
		goto out;
	m.registration = cli_server_id(&login.registration);
	m.token = cli_server_bytes(secret_view(login.token));
	m.code = cli_server_bytes(view_str(code));
	err = cli_server_ask_but(c, s->client, "verifyRegistration", &m.base, &reply, ERR_LOGIN);
	if (err == ERR_LOGIN)
		err = tool_verb_fail(c, err, "the code is wrong, or the registration has ended after 24 hours");
	if (err != 0)
		goto out;
	const Provision__SessionOpenReply *r = (const Provision__SessionOpenReply *)reply;
	if (!view_equal(cli_server_view(r->statement), view_of(login.statement, login.statement_len)))
		err = tool_verb_fail(c, ERR_TRUST, "the server gives another key for this account than the one made here: it must not be trusted");
	else
		err = begin_new(s, r, &login);
	if (err == 0)
		cli_login_erase(s->profile, CLI_LOGIN_PENDING);
	ipc_message_wipe(reply);
out:
	cli_login_deinit(&login);
	return err;
}

/* The reply of a login: whose it is, and the keys it wraps. */
static int
open_reply(struct cli_session *s, const Provision__SessionOpenReply *r, const struct secret *wrap, struct cli_login *l)
{
	struct id said = cli_server_get_id(r->account);
	int err = cli_login_set_statement(l, cli_server_view(r->statement));
	if (err == 0 && !id_equal(&said, &l->account.account))
		err = ERR_TRUST;
	if (err == 0 && !id_is_none(&s->profile->account) && !id_equal(&said, &s->profile->account))
		return tool_verb_fail(s->call, ERR_EXISTS, "this folder belongs to another account already: set PROVISION_HOME to another one");
	if (err == 0)
		err = trust_wrap_open(&l->account, cli_server_view(r->wrapped_keys), TRUST_WRAP_PASSWORD, wrap, &l->keys);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the server gave keys that this password does not open: %s", err_text(err));
}

static int
log_in(struct cli_session *s, const struct mail_address *address, const struct secret *auth, const struct secret *wrap)
{
	struct mail_address_text email = mail_address_text(address);
	Provision__SessionOpen m = PROVISION__SESSION_OPEN__INIT;
	const ProtobufCMessage *reply = NULL;
	struct cli_login login = { .token = NULL };
	const int untold[] = { ERR_SECOND, ERR_LOGIN, 0 };
	m.email = cli_server_bytes(view_str(email.s));
	m.auth_key = cli_server_bytes(secret_view(auth));
	memcpy(login.email, email.s, sizeof(login.email));
	int err = cli_second_ask(s->call, s->client, "createSession", &m.base, &m.totp, &reply, untold);
	if (err == ERR_LOGIN)
		return tool_verb_fail(s->call, err, "address or password is wrong");
	if (err != 0)
		return err;
	const Provision__SessionOpenReply *r = (const Provision__SessionOpenReply *)reply;
	err = open_reply(s, r, wrap, &login);
	if (err == 0)
		err = begin_new(s, r, &login);
	ipc_message_wipe(reply);
	cli_login_deinit(&login);
	return err;
}

int
cli_account_login(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct secret *password = NULL, *auth = NULL, *wrap = NULL;
	struct mail_address address;
	struct crypt_cost cost;
	int err = cli_account_email(c, &address);
	if (err == 0)
		err = cli_session_connect(s, tool_verb_value(c, "server"));
	if (err == 0)
		err = cli_password_ask(c, &password);
	if (err == 0)
		err = cli_password_keys(c, s->profile, s->client, &address, password, &cost, &auth, &wrap);
	secret_free(&password);
	if (err == 0)
		err = log_in(s, &address, auth, wrap);
	secret_free(&auth);
	secret_free(&wrap);
	return err;
}

int
cli_account_logout(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	Provision__SessionClose m = PROVISION__SESSION_CLOSE__INIT;
	struct cli_login login;
	int err = cli_login_load(s->profile, CLI_LOGIN_SESSION, &login);
	bool is_open = err == 0;
	/* the copy here goes in any case, whether the server can be reached or not */
	cli_login_erase(s->profile, CLI_LOGIN_SESSION);
	cli_login_erase(s->profile, CLI_LOGIN_PENDING);
	err = is_open ? cli_session_connect(s, arena_printf(c->arena, "https://%s", login.host)) : 0;
	if (is_open && err == 0) {
		cli_session_adopt(s, &login);
		err = cli_session_ask_but(s, "deleteSession", &m.base, NULL, ERR_LOGIN);
	}
	if (is_open)
		cli_login_deinit(&login);
	return err == ERR_LOGIN ? 0 : err;
}
