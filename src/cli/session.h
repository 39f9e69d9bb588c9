/* SPDX-License-Identifier: MIT */
/*
 * A verb's surroundings: profile, server, and for most verbs the logged-in person with keys and pin store. It is the
 * context of a tool_call; cli_session_of() gives it back.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "api/client.h"
#include "base/err.h"
#include "cli/login.h"
#include "cli/profile.h"
#include "record/company.pb-c.h"
#include "tool/verb.h"
#include "trust/pins.h"

struct cli_session {
	struct tool_call *call;
	struct cli_profile *profile;
	struct api_client *client;       /* NULL until a verb that is not logged in connects */
	struct cli_login login;          /* empty unless the verb needs a login */
	bool is_terse;                   /* first contacts are counted by the verb, and not told one by one */
	struct trust_pins *pins;         /* cli/pins.h's; NULL: not fetched yet */
	uint64_t pins_version;
	unsigned pins_fetched;           /* requests for pages */
	uint64_t package_max_bytes;      /* of a body; 0: not asked for yet (cli/delivery.h) */
	const Provision__MembershipListReply *memberships;   /* NULL until asked for (cli/whom.h) */
};

struct cli_session *cli_session_of(struct tool_call *c);
/* Opens the profile; needs_login: also the session and its server. Errors are told. The caller closes it on errors too. */
int cli_session_open(struct cli_session *s, bool needs_login) ERR_CHECK;
/* For a verb that needs no login, but can use one: as if it needed it. Errors are told. */
int cli_session_login(struct cli_session *s) ERR_CHECK;
void cli_session_close(struct cli_session *s);
/* Connects for a verb that needs no login; url may be NULL. Errors are told. */
int cli_session_connect(struct cli_session *s, const char *url) ERR_CHECK;
/* Puts a login to use: takes what is in *l. */
void cli_session_adopt(struct cli_session *s, struct cli_login *l);

/* cli_server_ask() and _ask_but() with the call and client of the session. */
int cli_session_ask(struct cli_session *s, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r) ERR_CHECK;
int cli_session_ask_but(struct cli_session *s, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, int expected) ERR_CHECK;

#endif
