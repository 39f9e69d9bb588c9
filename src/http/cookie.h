/* SPDX-License-Identifier: MIT */
/*
 * Cookies (RFC 6265): reading one by name, setting one. Always Secure, HttpOnly, SameSite=Strict, Path=/,
 * no Domain; names begin with "__Host-", so that no other host can set them.
 */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "http/request.h"

#define HTTP_COOKIE_VALUE_MAX 1024

/* ERR_NOT_FOUND: not sent. ERR_SYNTAX: malformed, too long, or sent twice. The value is borrowed. */
int http_cookie_get(const struct http_request *r, const char *name, struct view *value_r) ERR_CHECK;
/* The same on a Cookie field's value. */
int http_cookie_find(struct view cookie_field, const char *name, struct view *value_r) ERR_CHECK;
/* Adds Set-Cookie. value: cookie octets only (panic). max_age_s 0: gone when the browser closes. */
void http_cookie_set(struct http_request *r, const char *name, struct view value, uint32_t max_age_s);
/* Adds a Set-Cookie that removes it. */
void http_cookie_clear(struct http_request *r, const char *name);

#endif
