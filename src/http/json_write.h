/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON into a bounded buffer. Errors stick (no room, invalid UTF-8, control misuse is a bug of ours and panics) and
 * come once from http_json_write_end(). name is NULL for elements of arrays and for the outermost value.
 */
#ifndef HTTP_JSON_WRITE_H
#define HTTP_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"

#define HTTP_JSON_WRITE_DEPTH_MAX 16

struct http_json_write {
	struct buf *out;      /* borrowed */
	int err;
	unsigned depth;
	bool needs_comma;
	char closers[HTTP_JSON_WRITE_DEPTH_MAX];
};

struct http_json_write http_json_write_to(struct buf *out);
void http_json_write_object(struct http_json_write *w, const char *name);
void http_json_write_array(struct http_json_write *w, const char *name);
/* Closes the innermost object or array. */
void http_json_write_close(struct http_json_write *w);
/* Must be UTF-8 (ERR_SYNTAX). */
void http_json_write_string(struct http_json_write *w, const char *name, struct view v);
void http_json_write_str(struct http_json_write *w, const char *name, const char *s);
void http_json_write_u64(struct http_json_write *w, const char *name, uint64_t v);
void http_json_write_i64(struct http_json_write *w, const char *name, int64_t v);
void http_json_write_bool(struct http_json_write *w, const char *name, bool v);
void http_json_write_null(struct http_json_write *w, const char *name);
/* base64url without padding. */
void http_json_write_bytes(struct http_json_write *w, const char *name, struct view v);
void http_json_write_id(struct http_json_write *w, const char *name, const struct id *id);
/* RFC 3339, UTC, milliseconds. */
void http_json_write_time(struct http_json_write *w, const char *name, uint64_t wall_ms);
/* 0, ERR_LIMIT or ERR_SYNTAX; panics if something is still open. */
int http_json_write_end(struct http_json_write *w) ERR_CHECK;

#endif
