/* SPDX-License-Identifier: MIT */
/*
 * The session token of a request, and sessions of browsers (A6). A program sends its token as Authorization: Bearer. A browser
 * asks at login with "Provision-Session: cookie": then the token goes into a cookie that no script can read and that
 * ends with the browser, and the answer's session member is an anti-forgery token made from it. Every later answer to a
 * reading request by cookie brings that one in Provision-CSRF, so that a page loaded anew has it again; every writing
 * request by cookie must bring it, and must come from the service's own pages (Origin, Sec-Fetch-Site).
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"
#include "http/request.h"
#include "rest/operation.h"

struct ProtobufCMessage;
struct web;

#define WEB_SESSION_BYTES 32

/*
 * The raw token in memory of arena (needs under 100 bytes), empty when none was sent. A bearer token wins over a cookie.
 * ERR_LOGIN: sent, but it can be none. Does not ask where a request comes from: web_session_gate() has.
 */
int web_session_token(struct http_request *r, struct arena *arena, struct view *token_r) ERR_CHECK;
/* 0; ERR_LOGIN: no token that could be one; ERR_DENIED: by cookie, but not from our own page. Adds Provision-CSRF. */
int web_session_gate(struct http_request *r, struct web *web) ERR_CHECK;
/*
 * Before an operation's answer is sent: sets the cookie of a new session, or takes that of an ended one away. Returns what to
 * send: reply, or one in arena (needs under 500 bytes) with the anti-forgery token in it.
 */
const struct ProtobufCMessage *web_session_answer(struct http_request *r, const struct rest_operation *op,
    const struct ProtobufCMessage *reply, struct arena *arena);

#endif
