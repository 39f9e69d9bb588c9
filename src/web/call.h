/* SPDX-License-Identifier: MIT */
/*
 * One request to the store on behalf of one HTTP request: fills in who asks, waits, answers.
 */
#ifndef WEB_CALL_H
#define WEB_CALL_H

#include "base/arena.h"
#include "base/err.h"
#include "http/problem.h"
#include "http/request.h"
#include "ipc/client.h"
#include "rest/operation.h"

struct ProtobufCMessage;
struct web;

/* The HTTP handler of every operation that is nothing but its row: JSON in, message, answer, JSON out. */
void web_call_handle(struct http_request *r, void *web);

/*
 * Fills the message's Caller from the request: session token, client's address, user agent. Memory from arena
 * (needs under 1 KiB). ERR_LOGIN: the Authorization field is malformed.
 */
int web_call_identify(struct http_request *r, struct ProtobufCMessage *m, struct arena *arena) ERR_CHECK;
/*
 * Within the callback of a call of the store that ended with err: what a problem says of it, fields named as clients name them.
 * Borrows the store's client and arena.
 */
struct http_problem_says web_call_says(const struct web *web, const struct rest_operation *op, int err, struct arena *arena);
/* For the server's gate: 0, or ERR_LOGIN when the route needs a session token and none that could be one was sent. */
int web_call_gate(struct http_request *r, void *web);

#endif
