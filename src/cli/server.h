/* SPDX-License-Identifier: MIT */
/*
 * Asking the server, with failures explained to the person.
 */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include <stdbool.h>

#include "api/client.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "cli/profile.h"
#include "record/common.pb-c.h"
#include "tool/verb.h"

/* Of PROVISION_URL or url, else of the profile, with its authority. url may be NULL. Errors are told. *client_r owned. */
int cli_server_connect(struct tool_call *c, const struct cli_profile *p, const char *url, struct api_client **client_r) ERR_CHECK;
/* api_ask() with a reply in the call's arena; reply_r may be NULL. A failure is told. */
int cli_server_ask(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r) ERR_CHECK;
/* The same, but one expected failure stays untold: the caller has better words for it. */
int cli_server_ask_but(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, int expected) ERR_CHECK;
/* The same with several, up to a 0. */
int cli_server_ask_but_these(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    const ProtobufCMessage **reply_r, const int *expected) ERR_CHECK;
/* Explains what the last call of the client failed with; returns err. */
int cli_server_fail(struct tool_call *c, struct api_client *client, int err);

/* While it is so, a wish to stop (tool/stop.h) is not obeyed: for what has to be cleaned up on the server. */
void cli_server_finish(bool is_so);
/*
 * For verbs that stay until Ctrl-C, which is no failure then: a stop is not told. The client outlasts a server that is away for
 * an hour, and tells of it only after some seconds.
 */
void cli_server_stay(struct api_client *client);

/* Between views and the bytes of messages, both borrowed. */
ProtobufCBinaryData cli_server_bytes(struct view v);
ProtobufCBinaryData cli_server_id(const struct id *id);
struct view cli_server_view(ProtobufCBinaryData b);
/* Name of an enum field's value as in JSON ("waiting"); in the call's arena. */
const char *cli_server_enum(struct tool_call *c, const ProtobufCMessage *m, const char *field);
/* An address of 4 or 16 bytes as people write it, an IPv4 one in any case; in the call's arena. Else "". */
const char *cli_server_address(struct tool_call *c, struct view v);
/* Bytes of an id field that was checked against its limits; none: all zero. */
struct id cli_server_get_id(ProtobufCBinaryData b);

#endif
