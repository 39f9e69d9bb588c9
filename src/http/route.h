/* SPDX-License-Identifier: MIT */
/*
 * The table of routes: one row each, checked once at start, matched by path segments. Patterns are
 * absolute paths whose segments are literal text or one typed hole:
 *   {id}      26 characters of lower-case base32, becomes a struct id
 *   {number}  decimal, no leading zero, below 2^63
 *   {slug}    [a-z0-9] [a-z0-9-]*, 1..63 characters
 *   {token}   [A-Za-z0-9_-]+, 1..128 characters
 * A literal wins over a hole. What does not match its type does not match at all (404).
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "http/head.h"

#define HTTP_ROUTE_PARAMS_MAX 4

struct http_request;

enum http_body {
	HTTP_BODY_NONE,      /* a request with a body is refused */
	HTTP_BODY_JSON,      /* application/json, buffered before the handler is called; 415 else */
	HTTP_BODY_ANY,       /* any type, buffered before the handler is called */
	HTTP_BODY_STREAM     /* the handler is called first and then receives (http_request_receive*) */
};

enum http_route_flag {
	HTTP_ROUTE_LOGIN = 1,        /* the gate must find credentials; the session limit of held bytes holds */
	HTTP_ROUTE_CACHED = 2,       /* no Cache-Control: no-store by default */
	HTTP_ROUTE_USER = 0x100      /* from here on the owner's own flags */
};

struct http_route {
	enum http_method method;     /* a GET row answers HEAD too, unless HEAD has a row of its own */
	const char *pattern;
	unsigned flags;
	enum http_body body;
	uint64_t body_max;           /* bytes; 413 beyond */
	/* Answers now or later, exactly once (http/response.h). */
	void (*handler)(struct http_request *r, void *arg);
	const char *operation;       /* operationId of the OpenAPI description; for the log and metrics */
};

/* One hole of the matched pattern. */
struct http_route_param {
	struct view text;
	struct id id;          /* {id} */
	uint64_t number;       /* {number} */
};

struct http_route_match {
	const struct http_route *route;
	size_t n_params;
	struct http_route_param params[HTTP_ROUTE_PARAMS_MAX];
	unsigned allowed;      /* bit per enum http_method: what the path answers (405: Allow) */
};

/* Panics on a malformed pattern, two rows that are the same, a missing handler: a bug of ours. */
void http_route_check(const struct http_route *routes, size_t n);
/* ERR_NOT_FOUND: no such path (404). ERR_UNSUPPORTED: path, but not this method (405; m->allowed is set). */
int http_route_find(const struct http_route *routes, size_t n, enum http_method method, struct view path,
    struct http_route_match *m_r) ERR_CHECK;

#endif
