/* SPDX-License-Identifier: MIT */
/*
 * The verb password: another password for the same keys. What stays here between commands is sealed under a key of this
 * machine and does not change with it.
 */
#include <string.h>

#include "cli/password.h"
#include "cli/proof.h"
#include "cli/server.h"
#include "cli/verbs.h"
#include "record/credential.pb-c.h"
#include "trust/wrap.h"

/* A new password as keys. */
struct change {
	struct secret *auth, *wrap;
	struct crypt_cost cost;
	struct buf wrapped;
};

static void
change_deinit(struct change *n)
{
	secret_free(&n->auth);
	secret_free(&n->wrap);
	buf_deinit(&n->wrapped);
}

static int
choose(struct cli_session *s, const struct cli_proof *p, struct change *n)
{
	const char *words[] = { s->login.email };
	struct secret *password = NULL;
	int err = cli_password_choose(s->call, words, 1, &password);
	if (err == 0)
		err = cli_password_keys(s->call, s->profile, s->client, &p->address, password, &n->cost, &n->auth, &n->wrap);
	secret_free(&password);
	if (err != 0)
		return err;
	err = trust_wrap_seal(&s->login.account, &s->login.keys, TRUST_WRAP_PASSWORD, n->wrap, &n->wrapped);
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the keys cannot be wrapped: %s", err_text(err));
}

static int
send_change(struct cli_session *s, struct cli_proof *p, const struct change *n)
{
	Provision__PasswordChange m = PROVISION__PASSWORD_CHANGE__INIT;
	struct view parameters[] = { secret_view(n->auth), buf_view(&n->wrapped) };
	int err = cli_proof_sign(s, p, "password-change", parameters, 2);
	if (err != 0)
		return err;
	m.proof = &p->message;
	m.auth_key = cli_server_bytes(parameters[0]);
	m.wrapped_keys = cli_server_bytes(parameters[1]);
	m.memory_kib = n->cost.memory_kib;
	m.passes = n->cost.passes;
	return cli_proof_send(s, p, "changePassword", &m.base, NULL, 0);
}

int
cli_change_password(struct tool_call *c)
{
	struct cli_session *s = cli_session_of(c);
	struct cli_proof proof = { .auth = NULL };
	struct change n = { .auth = NULL };
	buf_init(&n.wrapped, TRUST_STATEMENT_MAX);
	int err = cli_proof_ask(s, &proof);
	if (err == 0)
		err = choose(s, &proof, &n);
	if (err == 0)
		err = send_change(s, &proof, &n);
	if (err == 0)
		tool_verb_say(c, "the password is changed; all other sessions have ended");
	change_deinit(&n);
	cli_proof_deinit(&proof);
	return err;
}
