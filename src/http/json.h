/* SPDX-License-Identifier: MIT */
/*
 * JSON from outside, bounded and typed (RFC 8259, narrowed: strict UTF-8, no duplicate names, depth at most
 * 16, no bytes after the value, no U+0000 in strings). A reader asks for members by name and type; the
 * first thing that is wrong sticks to the document with the field's name, and every later read gives an
 * empty value, so that a handler reads all members and then checks once.
 */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"

#define HTTP_JSON_DEPTH_MAX 16
#define HTTP_JSON_VALUES_MAX 20000   /* a value of three bytes can cost a hundred in memory */

struct http_json;   /* a parsed document */

/* An object or array in a document: a plain value, valid as long as the document. */
struct http_json_at {
	struct http_json *doc;
	const void *value;       /* NULL after an error or where something optional is missing */
	const char *outer;       /* for the field's name in errors: outer[index].name */
	size_t index;
	bool has_index;
};

/*
 * The value may be an object or an array. ERR_LIMIT: larger than max_bytes, too deep, too many values. ERR_SYNTAX: *doc_r, which else is
 * NULL after an error, is a document without contents: http_json_field() says where the text is not JSON, or not UTF-8.
 */
int http_json_parse(struct view text, size_t max_bytes, struct http_json **doc_r) ERR_CHECK;
/* Takes *doc, accepts NULL. */
void http_json_free(struct http_json **doc);
/* 0, or the first error of the reads so far: ERR_SYNTAX (missing, wrong type or form), ERR_LIMIT (too long, too large). */
int http_json_check(const struct http_json *doc) ERR_CHECK;
/* The field of the first error ("files[2].name"); "" when there is none. */
const char *http_json_field(const struct http_json *doc);
/* Marks a field as wrong for a reason the reader knows; the first one counts. */
void http_json_fail(struct http_json_at o, const char *name, int err);

struct http_json_at http_json_root(struct http_json *doc);
/* There and not null. */
bool http_json_has(struct http_json_at o, const char *name);
/* How many members an object has, or elements an array. */
size_t http_json_count(struct http_json_at o);

/* Members of an object. Required: missing or null is an error. Strings are borrowed from the document, at most max bytes; one with
 * NUL in it is refused but for http_json_unicode(). */
struct view http_json_unicode(struct http_json_at o, const char *name, size_t max);
struct view http_json_string(struct http_json_at o, const char *name, size_t max);
/* The empty view with data NULL when missing or null. */
struct view http_json_string_optional(struct http_json_at o, const char *name, size_t max);
uint64_t http_json_u64(struct http_json_at o, const char *name, uint64_t max);
uint64_t http_json_u64_optional(struct http_json_at o, const char *name, uint64_t max, uint64_t otherwise);
bool http_json_bool(struct http_json_at o, const char *name);
bool http_json_bool_optional(struct http_json_at o, const char *name, bool otherwise);
/* Exactly n bytes, base64url without padding; zeroed on error. */
void http_json_bytes(struct http_json_at o, const char *name, void *out, size_t n);
/* Up to out's maximum bytes, base64url without padding, appended. */
void http_json_blob(struct http_json_at o, const char *name, struct buf *out);
struct id http_json_id(struct http_json_at o, const char *name);
/* RFC 3339 in UTC, wall time in ms. */
uint64_t http_json_time(struct http_json_at o, const char *name);
struct http_json_at http_json_object(struct http_json_at o, const char *name);
/* value NULL when missing or null. */
struct http_json_at http_json_object_optional(struct http_json_at o, const char *name);
/* At most max elements. */
struct http_json_at http_json_array(struct http_json_at o, const char *name, size_t max);
struct http_json_at http_json_array_optional(struct http_json_at o, const char *name, size_t max);

/* Elements of an array, i < http_json_count(). */
struct http_json_at http_json_item_object(struct http_json_at array, size_t i);
struct view http_json_item_string(struct http_json_at array, size_t i, size_t max);
/* i-th member's name of an object, for maps; borrowed. */
struct view http_json_member_name(struct http_json_at o, size_t i);

#endif
