/* SPDX-License-Identifier: MIT */
/*
 * Answers. A handler adds header fields and then sends once; the request is gone with that call. Date,
 * Content-Length and the security fields come by themselves (a field added here replaces the default).
 * HEAD gets the same head without the body. If a body was not read, the connection is closed afterwards.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "http/problem.h"
#include "http/request.h"

#define HTTP_TYPE_JSON "application/json"
#define HTTP_TYPE_PROBLEM "application/problem+json"
#define HTTP_TYPE_HTML "text/html; charset=utf-8"
#define HTTP_TYPE_TEXT "text/plain; charset=utf-8"
#define HTTP_TYPE_BYTES "application/octet-stream"

/*
 * One header field, printf-style. A name given twice replaces, except Set-Cookie. A control character in the value or more than
 * 8 KiB of fields make the answer a 500 (logged): a bug of ours, but never a split response.
 */
void http_response_add(struct http_request *r, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Takes r. No body (204, 201, 304, 412, ...). */
void http_response_send_empty(struct http_request *r, int status);
/* Takes r. body is copied; one larger than the server's output_max or held_max allow becomes a 500. */
void http_response_send(struct http_request *r, int status, const char *type, struct view body);
/* Takes r. The same with a body that lives as long as the process (pages, the API's description): not copied, any size. */
void http_response_send_static(struct http_request *r, int status, const char *type, struct view body);
/* Takes r. RFC 9457 body of an enum err with its HTTP status; detail and field may be NULL (http/problem.h). */
void http_response_send_problem(struct http_request *r, int err, const char *detail, const char *field);
/* Takes r. The same with another status than the error's own. */
void http_response_send_problem_status(struct http_request *r, int status, int err, const char *detail, const char *field);
/* Takes r. The same with all that a problem can say; says may be NULL. */
void http_response_send_problem_saying(struct http_request *r, int status, int err, const struct http_problem_says *says);
/* Takes r and fd (closed in the end). length bytes from offset; read piece by piece. A file that turns out shorter cuts the connection. */
void http_response_send_file(struct http_request *r, int status, const char *type, int fd, uint64_t offset, uint64_t length);
/*
 * Takes r and fd. The file of size bytes under a strong ETag (quoted), with Range and If-Range (http/range.h): 200, 206,
 * 416 or 304 (If-None-Match). prefix is sent as if it stood before the file's first byte (size counts it), copied.
 */
void http_response_send_range(struct http_request *r, const char *type, struct view prefix, int fd, uint64_t size, const char *etag);

/*
 * A running answer can be cut (its content was erased). http_response_watch(): before sending; the handle lives until
 * done, which comes once when the answer has left or the client has gone (err as in event/connection.h) or after cut.
 */
struct http_response_watch;
struct http_response_watch *http_response_watch(struct http_request *r, void (*done)(void *arg, int err), void *arg);
/* Cuts the connection; done comes from the loop with ERR_ERASED. */
void http_response_cut(struct http_response_watch *w);

#endif
