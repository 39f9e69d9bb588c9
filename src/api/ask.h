/* SPDX-License-Identifier: MIT */
/*
 * One operation of the API by its row (rest/operation.h): the request message goes out as path, query and JSON, the answer
 * comes back as the reply message, checked against its limits. So a client sees messages, never JSON or URLs.
 */
#ifndef API_ASK_H
#define API_ASK_H

#include "api/client.h"
#include "base/arena.h"
#include "base/err.h"

struct ProtobufCMessage;

/*
 * operation: an operationId whose media is JSON (panic otherwise). request: of that operation's type; its caller stays
 * empty. *reply_r (may be NULL: not wanted) lies in arena, which needs room for it; it is the reply type's empty message when the answer
 * has no body. Errors as in api/client.h; ERR_SYNTAX or ERR_LIMIT also when the answer is against its limits.
 */
int api_ask(struct api_client *c, const char *operation, const struct ProtobufCMessage *request, struct arena *arena,
    const struct ProtobufCMessage **reply_r) ERR_CHECK;

#endif
