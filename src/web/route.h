/* SPDX-License-Identifier: MIT */
/*
 * What the server answers: every operation of rest/operation.h, by its own handler or the generic one, and the
 * static pages.
 */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include <stddef.h>

#include "http/route.h"
#include "rest/operation.h"

struct http_request;
struct web;

/* The routes, operations first, in the order of their table. Returns owned (mem_free()); *n_r: how many. */
struct http_route *web_route_table(size_t *n_r);
/* The operation of a request; panics for a page. */
const struct rest_operation *web_route_operation(const struct web *web, const struct http_request *r);

#endif
