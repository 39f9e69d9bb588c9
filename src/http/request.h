/* SPDX-License-Identifier: MIT */
/*
 * One request as a handler sees it. It exists from the handler's call until it is answered
 * (http/response.h), also when the client has gone meanwhile: every request is answered exactly once, the
 * answer to a client that left goes nowhere. Views are valid until then.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"
#include "event/address.h"
#include "http/head.h"
#include "http/route.h"

struct http_request;

const struct http_head *http_request_head(const struct http_request *r);
const struct http_route *http_request_route(const struct http_request *r);
/* The i-th hole of the route's pattern; panics if there is none. */
const struct http_route_param *http_request_param(const struct http_request *r, size_t i);
/* Value of a header field; data NULL when there is none. */
struct view http_request_field(const struct http_request *r, const char *name);
/* Decoded value of a query parameter; data NULL when there is none. ERR_SYNTAX: bad escape or given twice. */
int http_request_query(struct http_request *r, const char *name, struct view *value_r) ERR_CHECK;
/* The whole body (HTTP_BODY_JSON, HTTP_BODY_ANY); empty else. */
struct view http_request_body(const struct http_request *r);
const struct event_address *http_request_peer(const struct http_request *r);
bool http_request_is_tls(const struct http_request *r);
/* Memory of the request, freed with it; HTTP_REQUEST_ARENA_MAX bytes at most. */
#define HTTP_REQUEST_ARENA_MAX 65536
struct arena *http_request_arena(struct http_request *r);
/* A pointer of the handler's; NULL at first. */
void http_request_set_context(struct http_request *r, void *context);
void *http_request_context(const struct http_request *r);

/*
 * fn comes once, from the loop, if the client goes before the answer was begun; the request must be answered all the
 * same. NULL switches it off. Not called while a body is being received (done tells).
 */
void http_request_on_cancel(struct http_request *r, void (*fn)(struct http_request *r, void *arg), void *arg);
/* True once the client has gone. */
bool http_request_is_gone(const struct http_request *r);

/*
 * Receives the body of a HTTP_BODY_STREAM route; once a request, before the answer. A waiting "100 Continue" is sent.
 * sink gets the pieces as they come (borrowed) and returns 0, or an error that ends the receiving with that error.
 * done comes exactly once, from the loop: 0 when the body is complete; ERR_LIMIT: more than the route's maximum;
 * ERR_SYNTAX: bad framing; ERR_CLOSED, ERR_TIMEOUT: the client has gone or is too slow; or the sink's error.
 * received is what sink has taken. The request must still be answered.
 */
void http_request_receive(struct http_request *r, int (*sink)(struct http_request *r, void *arg, struct view bytes),
    void (*done)(struct http_request *r, void *arg, int err, uint64_t received), void *arg);
/* The same with a file as the sink: written from offset on, never synced. Borrows fd until done. ERR_FULL, ERR_IO. */
void http_request_receive_file(struct http_request *r, int fd, uint64_t offset,
    void (*done)(struct http_request *r, void *arg, int err, uint64_t received), void *arg);
/* Ends the receiving: neither sink nor done comes any more. The request must still be answered. */
void http_request_receive_cancel(struct http_request *r);

#endif
