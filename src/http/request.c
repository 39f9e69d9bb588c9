/* SPDX-License-Identifier: MIT */
/*
 * A request as its handler sees it, and the receiving of a body into the handler's sink or file. Must not know
 * framing. conn.c makes requests and tells what happens to them; response.c ends them.
 */
#include "http/request.h"

#include <errno.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "http/conn.h"

struct http_request *
http_request_new(struct http_server *s, struct http_conn *conn)
{
	struct http_request *r = mem_alloc(sizeof(*r));
	r->server = s;
	r->conn = conn;
	r->arena = arena_new(HTTP_REQUEST_ARENA_MAX);
	r->peer = *event_connection_peer(conn->c);
	r->is_tls = conn->is_tls;
	r->started_ms = event_loop_now_ms(s->loop);
	r->file = -1;
	buf_init(&r->body, 0);
	s->counts.requests++;
	s->counts.requests_total++;
	return r;
}

void
http_request_free(struct http_request **r_at)
{
	struct http_request *r = *r_at;
	struct http_server *s = r->server;
	event_deferred_cancel(&r->deferred);
	http_response_watch_fire(&r->watch, ERR_CLOSED);
	http_frame_free(&r->frame);
	buf_wipe(&r->body);              /* logins come this way */
	buf_deinit(&r->body);
	arena_free(&r->arena);
	mem_free(r_at);
	s->counts.requests--;
	http_server_settle(s);
}

const struct http_head *
http_request_head(const struct http_request *r)
{
	return &r->head;
}

const struct http_route *
http_request_route(const struct http_request *r)
{
	return r->match.route;
}

const struct http_route_param *
http_request_param(const struct http_request *r, size_t i)
{
	require(i < r->match.n_params);
	return &r->match.params[i];
}

struct view
http_request_field(const struct http_request *r, const char *name)
{
	return http_head_field(&r->head, name);
}

int
http_request_query(struct http_request *r, const char *name, struct view *value_r)
{
	struct view rest = r->head.query, found = { NULL, 0 };
	*value_r = found;
	while (rest.len > 0) {
		size_t end = view_find(rest, '&');
		struct view pair = view_slice(rest, 0, end);
		size_t equals = view_find(pair, '=');
		rest = view_slice(rest, end + 1, rest.len);
		if (!view_equal_str(view_slice(pair, 0, equals), name))
			continue;
		if (found.data != NULL)
			return ERR_SYNTAX;
		found = view_slice(pair, equals + 1, pair.len);
	}
	return found.data == NULL ? 0 : http_head_decode(found, true, r->arena, value_r);
}

struct view
http_request_body(const struct http_request *r)
{
	return buf_view(&r->body);
}

const struct event_address *
http_request_peer(const struct http_request *r)
{
	return &r->peer;
}

bool
http_request_is_tls(const struct http_request *r)
{
	return r->is_tls;
}

struct arena *
http_request_arena(struct http_request *r)
{
	return r->arena;
}

void
http_request_set_context(struct http_request *r, void *context)
{
	r->context = context;
}

void *
http_request_context(const struct http_request *r)
{
	return r->context;
}

void
http_request_on_cancel(struct http_request *r, void (*fn)(struct http_request *r, void *arg), void *arg)
{
	r->cancel = fn;
	r->cancel_arg = arg;
}

bool
http_request_is_gone(const struct http_request *r)
{
	return r->is_gone;
}

static void
call_done(struct http_request *r)
{
	void (*done)(struct http_request *, void *, int, uint64_t) = r->done;
	r->done = NULL;
	r->sink = NULL;
	done(r, r->sink_arg, r->done_err, r->received);
}

static void
on_deferred(void *arg)
{
	struct http_request *r = arg;
	event_deferred_cancel(&r->deferred);
	call_done(r);
}

void
http_request_finish(struct http_request *r, int err, bool is_loop)
{
	if (r->done == NULL || r->deferred != NULL)
		return;
	r->done_err = err;
	if (is_loop)
		call_done(r);
	else
		r->deferred = event_deferred_start(r->server->loop, on_deferred, r);
}

void
http_request_gone(struct http_request *r, int err)
{
	void (*cancel)(struct http_request *, void *) = r->cancel;
	r->conn = NULL;
	r->is_gone = true;
	r->cancel = NULL;
	if (r->done != NULL)
		http_request_finish(r, err, false);
	else if (cancel != NULL)
		cancel(r, r->cancel_arg);
}

void
http_request_receive(struct http_request *r, int (*sink)(struct http_request *r, void *arg, struct view bytes),
    void (*done)(struct http_request *r, void *arg, int err, uint64_t received), void *arg)
{
	require(r->match.route->body == HTTP_BODY_STREAM && r->sink == NULL && r->received == 0 && !r->is_answered);
	r->sink = sink;
	r->done = done;
	r->sink_arg = arg;
	if (r->is_gone)
		http_request_finish(r, ERR_CLOSED, false);
	else if (r->is_complete)
		http_request_finish(r, 0, false);
	else
		http_conn_receive(r->conn);
}

void
http_request_receive_cancel(struct http_request *r)
{
	event_deferred_cancel(&r->deferred);
	r->sink = NULL;
	r->done = NULL;
	if (r->conn != NULL && r->conn->state == HTTP_CONN_RECEIVING) {
		r->conn->state = HTTP_CONN_HANDLING;
		event_connection_pause(r->conn->c);
		event_connection_expect(r->conn->c, false);
	}
}

static int
file_sink(struct http_request *r, void *arg, struct view bytes)
{
	(void)arg;
	int err = file_pwrite_full(r->file, bytes.data, bytes.len, r->file_offset);
	r->file_offset += bytes.len;
	return err;
}

void
http_request_receive_file(struct http_request *r, int fd, uint64_t offset,
    void (*done)(struct http_request *r, void *arg, int err, uint64_t received), void *arg)
{
	r->file = fd;
	r->file_offset = offset;
	http_request_receive(r, file_sink, done, arg);
}
