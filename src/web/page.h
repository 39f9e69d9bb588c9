/* SPDX-License-Identifier: MIT */
/*
 * The few static pages for people who followed a link without a client: what to do next, in German or
 * English by Accept-Language, and nothing about anyone. Ids and tokens in the path are never looked up.
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

struct http_request;
struct web;

/* The page of the route's operation. */
void web_page_handle(struct http_request *r, void *web);
/* Takes r. The page of that name. */
void web_page_send(struct http_request *r, const struct web *web, const char *name);
void web_page_style(struct http_request *r, void *web);

#endif
