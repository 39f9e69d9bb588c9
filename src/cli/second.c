/* SPDX-License-Identifier: MIT */
/*
 * Asks for codes when the service wants them. Knows no secret of an app and keeps no code. Logins, recoveries and proofs call it.
 */
#include "cli/second.h"

#include "cli/server.h"
#include "crypt/secret.h"
#include "tool/terminal.h"

#define CODE_MAX 32
#define TRIES_MAX 3

int
cli_second_ask(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    ProtobufCBinaryData *totp, const ProtobufCMessage **reply_r, const int *expected)
{
	int left = tool_terminal_is_there() ? TRIES_MAX : 1;
	struct secret *code = NULL;
	int err = cli_server_ask_but_these(c, client, operation, request, reply_r, expected);
	while (err == ERR_SECOND && left-- > 0) {
		if (code != NULL)
			tool_verb_say(c, "this code is wrong or was used already; the app shows another one every 30 seconds");
		secret_free(&code);
		err = tool_terminal_line(c, "Code of the app, or a backup code: ", false, CODE_MAX, &code);
		if (err != 0)
			break;
		*totp = cli_server_bytes(secret_view(code));
		err = cli_server_ask_but_these(c, client, operation, request, reply_r, expected);
	}
	*totp = (ProtobufCBinaryData){ 0, NULL };
	secret_free(&code);
	return err == ERR_SECOND ? tool_verb_fail(c, err, "the code is wrong, or was used already") : err;
}
