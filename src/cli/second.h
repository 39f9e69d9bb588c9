/* SPDX-License-Identifier: MIT */
/*
 * Requests for which the service may want a code of the second factor, too.
 */
#ifndef CLI_SECOND_H
#define CLI_SECOND_H

#include "api/client.h"
#include "base/err.h"
#include "record/common.pb-c.h"
#include "tool/verb.h"

/*
 * cli_server_ask_but_these(), and when the service wants a code, the person is asked for one and the request goes again with it: on a
 * terminal up to three times, else once, with the next line of standard input. totp: the member of request for it;
 * expected: ERR_SECOND must be in it. A wrong code is told.
 */
int cli_second_ask(struct tool_call *c, struct api_client *client, const char *operation, const ProtobufCMessage *request,
    ProtobufCBinaryData *totp, const ProtobufCMessage **reply_r, const int *expected) ERR_CHECK;

#endif
