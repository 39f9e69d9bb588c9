/* SPDX-License-Identifier: MIT */
/*
 * Answers: the head with its default fields, and what follows it. The one place that writes a response head. Must
 * not know what handlers answer, nor when bytes leave (conn.c).
 */
#include "http/response.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "http/conn.h"
#include "http/date.h"
#include "http/problem.h"
#include "http/range.h"

#define HEAD_MAX (HTTP_RESPONSE_FIELDS_BYTES + 4096)
#define PROBLEM_MAX 2048
#define RETRY_AFTER_S 1
#define CSP_DEFAULT "default-src 'none'; frame-ancestors 'none'"

/* One answer: bytes, then a range of a file (fd -1: none). */
struct answer {
	int status;
	const char *type;        /* NULL: no body */
	struct view body;
	bool is_static;          /* body outlives the connection */
	int fd;
	uint64_t offset, length; /* of the file */
	bool is_endless;         /* what follows is nobody's length */
};

static const struct {
	int status;
	const char *phrase;
} PHRASES[] = {
	{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" }, { 206, "Partial Content" },
	{ 303, "See Other" }, { 304, "Not Modified" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 409, "Conflict" }, { 410, "Gone" }, { 412, "Precondition Failed" },
	{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" },
	{ 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
	{ 501, "Not Implemented" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" }, { 507, "Insufficient Storage" },
};

static const char *
phrase_of(int status)
{
	for (size_t i = 0; i < sizeof(PHRASES) / sizeof(PHRASES[0]); i++)
		if (PHRASES[i].status == status)
			return PHRASES[i].phrase;
	return "Unknown";
}

static struct http_response_field *
find_field(struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (strcasecmp(r->fields[i].name, name) == 0)
			return &r->fields[i];
	return NULL;
}

static void
refuse_field(struct http_request *r, const char *name)
{
	log_event(LOG_ERROR, "response-field-refused", LOG_S("field", name));
	r->is_broken = true;
}

void
http_response_add(struct http_request *r, const char *name, const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	buf_init(&b, HTTP_RESPONSE_FIELDS_BYTES);
	va_start(ap, fmt);
	int err = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	struct http_response_field *f = strcasecmp(name, "Set-Cookie") == 0 ? NULL : find_field(r, name);
	bool is_full = f == NULL && r->n_fields == HTTP_RESPONSE_FIELDS_MAX;
	r->fields_bytes += b.len + strlen(name);
	if (err != 0 || is_full || r->fields_bytes > HTTP_RESPONSE_FIELDS_BYTES || text_has_control(buf_view(&b))) {
		refuse_field(r, name);
	} else {
		f = f == NULL ? &r->fields[r->n_fields++] : f;
		f->name = name;
		f->value = arena_str(r->arena, buf_view(&b));
	}
	buf_deinit(&b);
}

static void
put(struct buf *out, const char *name, const char *value)
{
	require(buf_printf(out, "%s: %s\r\n", name, value) == 0);
}

static void
put_default(struct http_request *r, struct buf *out, const char *name, const char *value)
{
	if (value != NULL && find_field(r, name) == NULL)
		put(out, name, value);
}

static void
put_defaults(struct http_request *r, struct buf *out)
{
	const struct http_server_options *o = &r->server->o;
	bool is_cached = r->match.route != NULL && (r->match.route->flags & HTTP_ROUTE_CACHED) != 0;
	char hsts[48], date[HTTP_DATE_LEN + 1];
	http_date(clock_wall_ms(), date);
	snprintf(hsts, sizeof(hsts), "max-age=%" PRIu32, o->hsts_s);
	put_default(r, out, "Date", date);
	put_default(r, out, "Cache-Control", is_cached ? NULL : "no-store");
	put_default(r, out, "Content-Security-Policy", o->content_security_policy == NULL ? CSP_DEFAULT : o->content_security_policy);
	put_default(r, out, "Strict-Transport-Security", r->is_tls && o->hsts_s > 0 ? hsts : NULL);
	put_default(r, out, "X-Content-Type-Options", "nosniff");
	put_default(r, out, "Referrer-Policy", "no-referrer");
	put_default(r, out, "Cross-Origin-Opener-Policy", "same-origin");
	put_default(r, out, "Cross-Origin-Embedder-Policy", "require-corp");
	put_default(r, out, "Cross-Origin-Resource-Policy", "same-origin");
}

static void
put_head(struct http_request *r, struct buf *out, const struct answer *a, bool is_last)
{
	require(buf_printf(out, "HTTP/1.1 %d %s\r\n", a->status, phrase_of(a->status)) == 0);
	if (a->is_endless && r->head.minor > 0)
		put(out, "Transfer-Encoding", "chunked");
	if (!a->is_endless && a->status != 204 && a->status != 304)
		require(buf_printf(out, "Content-Length: %" PRIu64 "\r\n", a->body.len + a->length) == 0);
	put_default(r, out, "Content-Type", a->type);
	for (size_t i = 0; i < r->n_fields; i++)
		put(out, r->fields[i].name, r->fields[i].value);
	put_defaults(r, out);
	if (is_last)
		put(out, "Connection", "close");
	require(buf_append_str(out, "\r\n") == 0);
}

/* What the connection would have to hold fits. */
static bool
has_room(struct http_conn *conn, size_t n)
{
	if (n > conn->server->o.output_max || event_connection_hold(conn->c, n) != 0)
		return false;
	event_connection_release(conn->c, n);
	return true;
}

/* Queues everything. Takes a->fd. An error means that the connection is over; closed tells. */
static int
queue(struct http_conn *conn, struct view head, struct answer *a, bool has_body)
{
	int fd = a->fd;
	a->fd = -1;
	int err = event_connection_write(conn->c, head);
	if (err == 0 && has_body)
		err = a->is_static ? event_connection_write_static(conn->c, a->body) : event_connection_write(conn->c, a->body);
	if (err == 0 && has_body && fd >= 0)
		return event_connection_send_file(conn->c, fd, a->offset, a->length);
	file_close(&fd);
	return err;
}

/* Takes r and a->fd. ERR_LIMIT: nothing done, does not fit. */
static int
try_send(struct http_request *r, struct answer *a)
{
	struct http_conn *conn = r->conn;
	struct buf head;
	bool has_body = r->head.method != HTTP_HEAD;
	bool is_last = r->head.is_close || !r->is_complete || r->server->is_draining;
	buf_init(&head, HEAD_MAX);
	put_head(r, &head, a, is_last);
	if (!has_room(conn, head.len + (has_body && !a->is_static ? a->body.len : 0))) {
		buf_deinit(&head);
		return ERR_LIMIT;
	}
	int err = queue(conn, buf_view(&head), a, has_body);
	buf_deinit(&head);
	r->is_answered = true;
	r->status = a->status;
	r->server->counts.status_total[a->status / 100 % 6]++;
	http_conn_answered(conn, is_last || err != 0);
	return 0;
}

int
http_response_begin(struct http_request *r, const char *type)
{
	struct answer a = { .status = 200, .type = type, .fd = -1, .is_endless = true };
	struct buf head;
	require(!r->is_answered && r->done == NULL && r->deferred == NULL);
	if (r->is_gone) {
		http_request_free(&r);
		return ERR_CLOSED;
	}
	buf_init(&head, HEAD_MAX);
	put_head(r, &head, &a, true);
	int err = r->is_broken ? ERR_IO : event_connection_write(r->conn->c, buf_view(&head));
	buf_deinit(&head);
	r->is_answered = true;
	r->status = err == 0 ? a.status : 500;
	r->server->counts.status_total[r->status / 100 % 6]++;
	if (err != 0)
		http_conn_answered(r->conn, true);
	return err;
}

/* When the answer cannot be sent: an answer that always fits, or the end. */
static void
send_failure(struct http_request *r)
{
	static const char BODY[] = "{\"type\":\"" HTTP_PROBLEM_URN "io\",\"title\":\"Reading or writing failed\",\"status\":500}";
	struct answer a = { .status = 500, .type = HTTP_TYPE_PROBLEM, .body = view_str(BODY), .is_static = true, .fd = -1 };
	r->n_fields = 0;
	if (try_send(r, &a) == 0)
		return;
	r->is_answered = true;
	http_conn_answered(r->conn, true);
}

/* Takes r and a->fd. */
static void
send_answer(struct http_request *r, struct answer *a)
{
	require(!r->is_answered && r->done == NULL && r->deferred == NULL);
	if (r->is_gone) {
		file_close(&a->fd);
		http_request_free(&r);
		return;
	}
	if (r->is_broken || try_send(r, a) != 0) {
		file_close(&a->fd);
		send_failure(r);
	}
}

void
http_response_send_empty(struct http_request *r, int status)
{
	struct answer a = { .status = status, .fd = -1 };
	send_answer(r, &a);
}

void
http_response_send(struct http_request *r, int status, const char *type, struct view body)
{
	struct answer a = { .status = status, .type = type, .body = body, .fd = -1 };
	send_answer(r, &a);
}

void
http_response_send_static(struct http_request *r, int status, const char *type, struct view body)
{
	struct answer a = { .status = status, .type = type, .body = body, .is_static = true, .fd = -1 };
	send_answer(r, &a);
}

void
http_response_send_problem_saying(struct http_request *r, int status, int err, const struct http_problem_says *says)
{
	static const struct http_problem_says nothing = { .detail = NULL };
	struct buf b;
	buf_init(&b, PROBLEM_MAX);
	if (status == 401 && find_field(r, "WWW-Authenticate") == NULL)
		http_response_add(r, "WWW-Authenticate", "Bearer");
	if ((status == 503 || status == 429) && find_field(r, "Retry-After") == NULL)
		http_response_add(r, "Retry-After", "%d", RETRY_AFTER_S);
	if (http_problem_write(&b, err, status, says != NULL ? says : &nothing) != 0) {
		buf_clear(&b);
		/* Detail or field were too long or no UTF-8: do without. */
		require(http_problem_write(&b, err, status, &nothing) == 0);
	}
	http_response_send(r, status, HTTP_TYPE_PROBLEM, buf_view(&b));
	buf_deinit(&b);
}

void
http_response_send_problem_status(struct http_request *r, int status, int err, const char *detail, const char *field)
{
	struct http_problem_says says = { .detail = detail, .field = field };
	http_response_send_problem_saying(r, status, err, &says);
}

void
http_response_send_problem(struct http_request *r, int err, const char *detail, const char *field)
{
	http_response_send_problem_status(r, err_http_status(err), err, detail, field);
}

void
http_response_send_file(struct http_request *r, int status, const char *type, int fd, uint64_t offset, uint64_t length)
{
	struct answer a = { .status = status, .type = type, .fd = fd, .offset = offset, .length = length };
	send_answer(r, &a);
}

/* The bytes from offset of prefix and file together. */
static void
cut_out(struct answer *a, struct view prefix, uint64_t offset, uint64_t length)
{
	a->body = view_of(NULL, 0);
	if (offset < prefix.len)
		a->body = view_slice(prefix, (size_t)offset, length < prefix.len ? (size_t)length : prefix.len);
	a->offset = offset > prefix.len ? offset - prefix.len : 0;
	a->length = length - a->body.len;
}

static bool
is_get(const struct http_request *r)
{
	return r->head.method == HTTP_GET;
}

void
http_response_send_range(struct http_request *r, const char *type, struct view prefix, int fd, uint64_t size, const char *etag)
{
	struct answer a = { .status = 200, .type = type, .fd = fd };
	struct view tag = view_str(etag), none = { NULL, 0 };
	struct http_range range = http_range_of(is_get(r) ? http_request_field(r, "range") : none,
	    http_request_field(r, "if-range"), tag, size);
	http_response_add(r, "ETag", "%s", etag);
	http_response_add(r, "Accept-Ranges", "bytes");
	if (http_range_is_match(http_request_field(r, "if-none-match"), tag)) {
		file_close(&fd);
		http_response_send_empty(r, 304);
		return;
	}
	switch (range.kind) {
	case HTTP_RANGE_UNSATISFIABLE:
		file_close(&fd);
		http_response_add(r, "Content-Range", "bytes */%" PRIu64, size);
		http_response_send_problem_status(r, 416, ERR_LIMIT, "the range begins behind the end", NULL);
		return;
	case HTTP_RANGE_PART:
		a.status = 206;
		http_response_add(r, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range.offset,
		    range.offset + range.length - 1, size);
		cut_out(&a, prefix, range.offset, range.length);
		break;
	case HTTP_RANGE_WHOLE:
		cut_out(&a, prefix, 0, size);
		break;
	}
	send_answer(r, &a);
}
