/* SPDX-License-Identifier: MIT */
/*
 * Opens and closes what verbs work with. Knows no verb.
 */
#include "cli/session.h"

#include <string.h>

#include "cli/server.h"

struct cli_session *
cli_session_of(struct tool_call *c)
{
	return c->context;
}

int
cli_session_connect(struct cli_session *s, const char *url)
{
	return cli_server_connect(s->call, s->profile, url, &s->client);
}

void
cli_session_adopt(struct cli_session *s, struct cli_login *l)
{
	s->login = *l;
	memset(l, 0, sizeof(*l));
	api_client_set_session(s->client, s->login.token);
}

int
cli_session_login(struct cli_session *s)
{
	struct cli_login login;
	const char *email = s->profile->email == NULL ? "ADDRESS" : tool_verb_safe(s->call, view_str(s->profile->email));
	int err = cli_login_load(s->profile, CLI_LOGIN_SESSION, &login);
	if (err == ERR_NOT_FOUND || err == ERR_LOGIN)
		return tool_verb_fail(s->call, ERR_LOGIN, "you are not logged in: provision login --email %s", email);
	if (err != 0)
		return tool_verb_fail(s->call, err, "the kept session is damaged; log in again: provision login --email %s", email);
	err = cli_session_connect(s, NULL);
	if (err == 0 && strcmp(login.host, api_client_host(s->client)) != 0)
		err = tool_verb_fail(s->call, ERR_LOGIN, "you are logged in at %s, not at %s: provision login --email %s", login.host,
		    api_client_host(s->client), email);
	if (err == 0)
		cli_session_adopt(s, &login);
	cli_login_deinit(&login);
	return err;
}

int
cli_session_open(struct cli_session *s, bool needs_login)
{
	int err = cli_profile_open(s->call, &s->profile);
	return err == 0 && needs_login ? cli_session_login(s) : err;
}

void
cli_session_close(struct cli_session *s)
{
	trust_pins_free(&s->pins);
	cli_login_deinit(&s->login);
	api_client_free(&s->client);
	cli_profile_free(&s->profile);
}

int
cli_session_ask_but(struct cli_session *s, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, int expected)
{
	int err = cli_server_ask_but(s->call, s->client, operation, request, reply_r, expected == 0 ? ERR_LOGIN : expected);
	if (err == ERR_LOGIN && expected == 0)
		return tool_verb_fail(s->call, err, "you are not logged in any more: provision login --email %s", s->login.email);
	return err;
}

int
cli_session_ask(struct cli_session *s, const char *operation, const ProtobufCMessage *request, const ProtobufCMessage **reply_r)
{
	return cli_session_ask_but(s, operation, request, reply_r, 0);
}
