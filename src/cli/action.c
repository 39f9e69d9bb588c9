/* SPDX-License-Identifier: MIT */
/*
 * Nonce and signature for the verbs that need them. Knows no verb.
 */
#include "cli/action.h"

#include "cli/second.h"
#include "cli/server.h"
#include "record/account.pb-c.h"
#include "trust/action.h"

int
cli_action_sign(struct cli_session *s, const char *action, const struct id *subject, struct cli_action *a_r)
{
	Provision__NonceCreate m = PROVISION__NONCE_CREATE__INIT;
	const ProtobufCMessage *reply = NULL;
	struct signature sig;
	m.action = cli_server_bytes(view_str(action));
	m.subject = cli_server_id(subject);
	const int untold[] = { ERR_SECOND, 0 };
	int err = cli_second_ask(s->call, s->client, "createNonce", &m.base, &m.totp, &reply, untold);
	if (err != 0)
		return err;
	a_r->nonce = ((const Provision__NonceCreateReply *)reply)->nonce;
	struct trust_action signed_action = { view_str(action), s->login.account.account, *subject, cli_server_view(a_r->nonce),
		view_of(NULL, 0) };
	err = trust_action_sign(&signed_action, s->login.keys.sign, &sig);
	if (err == 0)
		a_r->signature = cli_server_bytes(arena_dup(s->call->arena, view_of(sig.bytes, sizeof(sig.bytes))));
	return err == 0 ? 0 : tool_verb_fail(s->call, err, "the request cannot be signed: %s", err_text(err));
}
