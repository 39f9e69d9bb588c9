/* SPDX-License-Identifier: MIT */
/*
 * From typed password to authentication and wrapping key (crypt/password.h). Must never let a password out of secret
 * memory for longer than a foreign function needs it. cli/account.c calls it.
 */
#include "cli/password.h"

#include <string.h>

#include "base/text.h"
#include "cli/server.h"
#include "cli/strength.h"
#include "crypt/equal.h"
#include "package/unicode.h"
#include "record/account.pb-c.h"
#include "tool/terminal.h"

/* The NFC form of *s in its place. */
static int
normalise(struct tool_call *c, struct secret **s)
{
	struct secret *nfc = NULL;
	int err = package_unicode_nfc(secret_view(*s), &nfc);
	secret_free(s);
	if (err == 0 && secret_len(nfc) > CRYPT_PASSWORD_MAX)
		err = ERR_LIMIT;
	if (err == 0) {
		*s = nfc;
		return 0;
	}
	secret_free(&nfc);
	if (err == ERR_LIMIT)
		return tool_verb_fail(c, err, "the password is longer than %d bytes", CRYPT_PASSWORD_MAX);
	return tool_verb_fail(c, err, "the password is not valid UTF-8");
}

int
cli_password_ask(struct tool_call *c, struct secret **password_r)
{
	int err = tool_terminal_line(c, "Password: ", true, CRYPT_PASSWORD_MAX, password_r);
	if (err == 0 && secret_len(*password_r) == 0) {
		secret_free(password_r);
		return tool_verb_fail(c, ERR_USAGE, "the password is empty");
	}
	return err == 0 ? normalise(c, password_r) : err;
}

static int
ask_again(struct tool_call *c, struct secret **password)
{
	struct secret *again = NULL;
	int err = tool_terminal_line(c, "The same again: ", true, CRYPT_PASSWORD_MAX, &again);
	if (err == 0)
		err = normalise(c, &again);
	if (err == 0 && !crypt_equal(secret_view(*password), secret_view(again)))
		err = tool_verb_fail(c, ERR_USAGE, "the two passwords are not the same");
	secret_free(&again);
	return err;
}

int
cli_password_choose(struct tool_call *c, const char *const *words, size_t n, struct secret **password_r)
{
	int err = tool_terminal_line(c, "Choose a password (a sentence is good): ", true, CRYPT_PASSWORD_MAX, password_r);
	if (err == 0)
		err = normalise(c, password_r);
	if (err != 0)
		return err;
	const char *reason = cli_strength_judge(*password_r, words, n);
	if (reason != NULL)
		err = tool_verb_fail(c, ERR_LIMIT, "this password is too weak: %s; take a longer one, such as four words with something "
		    "between them", reason);
	else if (tool_terminal_is_there())
		err = ask_again(c, password_r);
	if (err != 0)
		secret_free(password_r);
	return err;
}

/* What the server may ask for. */
static int
check_cost(struct tool_call *c, const struct cli_profile *p, const struct crypt_cost *cost)
{
	if (crypt_password_check_cost(cost) != 0)
		return tool_verb_fail(c, ERR_TRUST, "the server asks for hashing with %u KiB and %u passes, which this program does not do: "
		    "between %u KiB, %u passes and %u KiB, %u passes", cost->memory_kib, cost->passes, CRYPT_COST_FLOOR_KIB,
		    CRYPT_COST_FLOOR_PASSES, CRYPT_COST_CEILING_KIB, CRYPT_COST_CEILING_PASSES);
	if (p->cost.memory_kib != 0 && !crypt_password_cost_covers(cost, &p->cost))
		return tool_verb_fail(c, ERR_TRUST, "the server asks for weaker hashing of the password (%u KiB, %u passes) than before "
		    "(%u KiB, %u passes)", cost->memory_kib, cost->passes, p->cost.memory_kib, p->cost.passes);
	return 0;
}

/* The host's name without its port: "localhost", "[::1]". */
static struct view
service_of(const struct api_client *client)
{
	struct view host = view_str(api_client_host(client));
	size_t bracket = view_find(host, ']');
	struct view tail = view_slice(host, bracket == host.len ? 0 : bracket, host.len);
	size_t colon = view_find(tail, ':');
	return view_slice(host, 0, host.len - tail.len + colon);
}

static int
raise_cost(struct cli_profile *p, void *arg)
{
	const struct crypt_cost *cost = arg;
	if (crypt_password_cost_covers(cost, &p->cost))
		p->cost = *cost;
	return 0;
}

int
cli_password_keys(struct tool_call *c, struct cli_profile *p, struct api_client *client, const struct mail_address *address,
    const struct secret *password, struct crypt_cost *cost_r, struct secret **auth_r, struct secret **wrap_r)
{
	struct mail_address_text key = mail_address_key(address), written = mail_address_text(address);
	Provision__LoginParameters m = PROVISION__LOGIN_PARAMETERS__INIT;
	const ProtobufCMessage *reply = NULL;
	m.email = cli_server_bytes(view_str(written.s));
	int err = cli_server_ask(c, client, "getLoginParameters", &m.base, &reply);
	if (err != 0)
		return err;
	const Provision__LoginParametersReply *r = (const Provision__LoginParametersReply *)reply;
	struct crypt_cost cost = { .memory_kib = r->memory_kib, .passes = r->passes };
	err = check_cost(c, p, &cost);
	if (err != 0)
		return err;
	err = crypt_password_keys(password, service_of(client), view_str(key.s), cli_server_view(r->salt), &cost, auth_r, wrap_r);
	if (err != 0)
		return tool_verb_fail(c, err, "the password cannot be hashed: this takes %u MiB of memory", cost.memory_kib / 1024);
	*cost_r = cost;
	return cli_profile_change(p, raise_cost, &cost);
}
