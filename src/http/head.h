/* SPDX-License-Identifier: MIT */
/*
 * The strict check of a buffered request head (RFC 9112, narrowed). What passes has one meaning only; any
 * violation is ERR_SYNTAX (or ERR_LIMIT for sizes), to be answered 400 and the connection closed. Knows no
 * connection and keeps nothing: all views point into the head that was given, or into the arena.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"

#define HTTP_HEAD_MAX 16384          /* bytes of a head, the empty line included */
#define HTTP_TARGET_MAX 4096
#define HTTP_FIELDS_MAX 64
#define HTTP_FIELD_NAME_MAX 64
#define HTTP_FIELD_VALUE_MAX 8192

enum http_method {
	HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS,
	HTTP_METHODS   /* how many */
};

struct http_field {
	struct view name;    /* as sent */
	struct view value;   /* without white space around it */
};

struct http_head {
	enum http_method method;
	unsigned minor;              /* 0 or 1: HTTP/1.minor */
	struct view target;          /* as sent */
	struct view path;            /* decoded once, valid UTF-8, no control characters, no dot segments; arena */
	struct view query;           /* as sent, without '?'; empty when there is none */
	struct view host;            /* with port if one was sent */
	bool has_length;             /* Content-Length was sent */
	uint64_t length;             /* its value, else 0 */
	bool is_chunked;             /* Transfer-Encoding: chunked; never together with has_length */
	bool is_close;               /* the connection ends after this request (Connection: close, HTTP/1.0) */
	bool expects_continue;
	size_t n_fields;
	struct http_field fields[HTTP_FIELDS_MAX];
};

/*
 * Looks for the end of a head at the front of bytes that have come so far. *len_r: its length with the empty
 * line, 0 while it is incomplete. ERR_SYNTAX as soon as something is certain to be wrong (a bare CR or LF,
 * NUL, a first byte that begins no method). ERR_LIMIT: longer than HTTP_HEAD_MAX.
 */
int http_head_find_end(struct view bytes, size_t *len_r) ERR_CHECK;
/* Checks and takes apart a whole head. ERR_SYNTAX, ERR_LIMIT; *reason_r names what was wrong, for tests and the log. */
int http_head_parse(struct view head, struct arena *a, struct http_head *h_r, const char **reason_r) ERR_CHECK;
/* Value of the first field of this name (case folded); empty view with data NULL when there is none. */
struct view http_head_field(const struct http_head *h, const char *name);
/* "GET"; never NULL. */
const char *http_head_method_name(enum http_method m);
/*
 * Decodes %XX once, for path segments and query values ('+' stays '+'). ERR_SYNTAX: bad escape, %2f when slashes are
 * not allowed, control characters, invalid UTF-8.
 */
int http_head_decode(struct view text, bool allow_slash, struct arena *a, struct view *out_r) ERR_CHECK;

#endif
