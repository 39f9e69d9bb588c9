/* SPDX-License-Identifier: MIT */
/*
 * Makes proofs. Must not keep a password longer than its keys take. Verbs that change how the account is opened call it.
 */
#include "cli/proof.h"

#include <string.h>

#include "cli/password.h"
#include "cli/second.h"
#include "cli/server.h"
#include "record/account.pb-c.h"
#include "trust/action.h"

#define PARAMETERS_MAX 8192

void
cli_proof_deinit(struct cli_proof *p)
{
	secret_free(&p->auth);
	memset(p, 0, sizeof(*p));
}

int
cli_proof_ask(struct cli_session *s, struct cli_proof *p)
{
	struct secret *password = NULL, *wrap = NULL;
	struct crypt_cost cost;
	int err = mail_address_parse(view_str(s->login.email), &p->address);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the kept session is damaged; log in again");
	err = cli_password_ask(s->call, &password);
	if (err == 0)
		err = cli_password_keys(s->call, s->profile, s->client, &p->address, password, &cost, &p->auth, &wrap);
	secret_free(&password);
	secret_free(&wrap);
	return err;
}

static int
fetch_nonce(struct cli_session *s, struct cli_proof *p, const char *action)
{
	Provision__NonceCreate m = PROVISION__NONCE_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	m.action = cli_server_bytes(view_str(action));
	int err = cli_session_ask(s, "createNonce", &m.base, &reply);
	if (err == 0)
		memcpy(p->nonce, ((const Provision__NonceCreateReply *)reply)->nonce.data, sizeof(p->nonce));
	return err;
}

int
cli_proof_sign(struct cli_session *s, struct cli_proof *p, const char *action, const struct view *parameters, size_t n)
{
	struct buf bytes;
	buf_init(&bytes, PARAMETERS_MAX);
	int err = fetch_nonce(s, p, action);
	if (err == 0)
		err = trust_action_parameters(parameters, n, &bytes);
	struct trust_action signed_action = { .name = view_str(action), .account = s->login.account.account,
		.nonce = view_of(p->nonce, sizeof(p->nonce)), .parameters = buf_view(&bytes) };
	if (err == 0)
		err = trust_action_sign(&signed_action, s->login.keys.sign, &p->signature);
	buf_wipe(&bytes);
	buf_deinit(&bytes);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the request cannot be signed: %s", err_text(err));
	provision__proof__init(&p->message);
	p->message.auth_key = cli_server_bytes(secret_view(p->auth));
	p->message.nonce = cli_server_bytes(view_of(p->nonce, sizeof(p->nonce)));
	p->message.signature = cli_server_bytes(view_of(p->signature.bytes, sizeof(p->signature.bytes)));
	return 0;
}

int
cli_proof_send(struct cli_session *s, struct cli_proof *p, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, int expected)
{
	const int untold[] = { ERR_SECOND, ERR_DENIED, expected, 0 };
	int err = cli_second_ask(s->call, s->client, operation, request, &p->message.totp, reply_r, untold);
	if (err == ERR_DENIED)
		return tool_verb_fail(s->call, err, "the password is wrong");
	return err;
}
