/* SPDX-License-Identifier: MIT */
/*
 * One client's connection: head, route, gate, body, handler, answer, and the next request. Must not know what
 * handlers do. server.c makes it; event/connection.h calls it; response.c tells it when an answer is queued.
 */
#include "http/conn.h"

#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"

static void
leave_list(struct http_conn *conn)
{
	struct http_server *s = conn->server;
	if (conn->prev == NULL)
		s->conns = conn->next;
	else
		conn->prev->next = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	s->counts.connections--;
}

/* The request of a finished answer: its last words and its memory. */
static void
retire(struct http_conn *conn, int err)
{
	struct http_request *r = conn->r;
	struct http_server *s = conn->server;
	conn->r = NULL;
	http_response_watch_fire(&r->watch, err);
	if (s->o.answered != NULL)
		s->o.answered(r, r->status, event_connection_sent(conn->c) - conn->sent_before,
		    event_loop_now_ms(s->loop) - r->started_ms, s->o.arg);
	http_request_free(&r);
}

/* The connection is over: whoever still works on its request is told. */
static void
destroy(struct http_conn *conn, int err)
{
	struct http_server *s = conn->server;
	struct http_request *r = conn->r;
	struct http_stream *stream = conn->stream;
	bool was_handed_out = conn->state != HTTP_CONN_BODY;
	s->counts.bytes_in += event_connection_received(conn->c);
	s->counts.bytes_out += event_connection_sent(conn->c);
	if (r != NULL && r->is_answered) {
		retire(conn, err);
		r = NULL;
	}
	leave_list(conn);
	event_connection_free(&conn->c);
	mem_free(&conn);
	if (r != NULL && was_handed_out)
		http_request_gone(r, err == 0 ? ERR_CLOSED : err);
	else if (r != NULL)
		http_request_free(&r);
	if (stream != NULL)
		http_stream_gone(stream, err);
	http_server_left(s);
}

void
http_conn_cut(struct http_conn *conn, int err)
{
	destroy(conn, err);
}

static void
on_closed(void *arg, struct event_connection *c, int err)
{
	struct http_conn *conn = arg;
	(void)c;
	if (err == ERR_TIMEOUT && (conn->r != NULL || conn->has_begun))
		conn->server->counts.timeouts_total++;
	destroy(conn, err);
}

static void
on_ready(void *arg, struct event_connection *c)
{
	struct http_conn *conn = arg;
	conn->is_ready = true;
	conn->server->counts.handshakes_resumed += event_connection_is_resumed(c) ? 1 : 0;
	event_connection_set_idle(c, conn->server->o.idle_ms);
}

bool
http_conn_is_idle(const struct http_conn *conn)
{
	return conn->state == HTTP_CONN_HEAD && !conn->has_begun;
}

void
http_conn_close(struct http_conn *conn)
{
	conn->state = HTTP_CONN_CLOSING;
	event_connection_set_deadline(conn->c, 0);
	event_connection_close(conn->c);
}

/* --- bodies */

static int
hold(struct http_conn *conn, size_t n)
{
	int err = event_connection_hold(conn->c, n);
	if (err == 0)
		conn->held += n;
	return err;
}

static int
take_body(void *arg, struct view bytes)
{
	struct http_request *r = arg;
	uint64_t max = r->match.route->body_max;
	if (bytes.len > max - r->received)
		return ERR_LIMIT;
	if (r->match.route->body == HTTP_BODY_STREAM) {
		int err = r->sink(r, r->sink_arg, bytes);
		r->received += err == 0 ? bytes.len : 0;
		return err;
	}
	r->received += bytes.len;
	if (r->head.is_chunked && hold(r->conn, bytes.len) != 0)
		return ERR_LIMIT;
	return buf_append_view(&r->body, bytes);
}

void
http_conn_receive(struct http_conn *conn)
{
	conn->state = HTTP_CONN_RECEIVING;
	if (conn->r->head.expects_continue) {
		conn->r->head.expects_continue = false;
		/* Cannot be refused for room: the queue is empty. A closed connection is told by done. */
		if (event_connection_write(conn->c, VIEW_LIT("HTTP/1.1 100 Continue\r\n\r\n")) != 0)
			log_event(LOG_DEBUG, "continue-not-sent");
	}
	event_connection_expect(conn->c, true);
	event_connection_resume(conn->c);
}

/* The body is there, or will be received by the handler: the handler's turn. */
static void
call_handler(struct http_conn *conn)
{
	struct http_request *r = conn->r;
	conn->state = HTTP_CONN_HANDLING;
	event_connection_pause(conn->c);
	event_connection_expect(conn->c, false);
	event_connection_set_deadline(conn->c, 0);
	event_connection_set_idle(conn->c, 0);
	r->match.route->handler(r, conn->server->o.arg);
}

static void
body_failed(struct http_conn *conn, int err)
{
	struct http_request *r = conn->r;
	bool was_receiving = conn->state == HTTP_CONN_RECEIVING;
	conn->state = HTTP_CONN_HANDLING;
	event_connection_pause(conn->c);
	event_connection_expect(conn->c, false);
	event_connection_set_deadline(conn->c, 0);
	if (err == ERR_SYNTAX)
		conn->server->counts.malformed_total++;
	if (was_receiving)
		http_request_finish(r, err, true);
	else
		http_response_send_problem(r, err, err == ERR_LIMIT ? "the body is too large" : "the body is malformed", NULL);
}

/* Feeds the body. Returns how many bytes were used. */
static size_t
on_body_bytes(struct http_conn *conn, struct view bytes)
{
	struct http_request *r = conn->r;
	size_t used = 0;
	int err = http_frame_feed(r->frame, bytes, &used);
	if (err != 0) {
		body_failed(conn, err);
		return bytes.len;
	}
	if (!http_frame_is_complete(r->frame))
		return used;
	r->is_complete = true;
	if (conn->state == HTTP_CONN_BODY) {
		call_handler(conn);
		return used;
	}
	conn->state = HTTP_CONN_HANDLING;
	event_connection_pause(conn->c);
	event_connection_expect(conn->c, false);
	http_request_finish(r, 0, true);
	return used;
}

/* --- heads */

/* Refuses a request that never reached a handler. */
static void
refuse(struct http_conn *conn, int status, int err, const char *detail)
{
	event_connection_set_deadline(conn->c, 0);
	event_connection_set_idle(conn->c, 0);
	event_connection_pause(conn->c);
	conn->state = HTTP_CONN_HANDLING;
	http_response_send_problem_status(conn->r, status, err, detail, NULL);
}

static void
refuse_malformed(struct http_conn *conn, int err, const char *reason)
{
	bool is_large = err == ERR_LIMIT;           /* RFC 6585: 431 */
	conn->server->counts.malformed_total++;
	log_event(LOG_DEBUG, "request-malformed", LOG_S("reason", reason));
	conn->r->head.is_close = true;
	refuse(conn, is_large ? 431 : 400, is_large ? ERR_LIMIT : ERR_SYNTAX, reason);
}

/* "GET, HEAD, OPTIONS" */
static void
add_allow(struct http_request *r)
{
	struct buf b;
	buf_init(&b, 128);
	for (int m = 0; m < HTTP_METHODS; m++)
		if ((r->match.allowed & (1u << m)) != 0)
			require(buf_printf(&b, "%s%s", b.len == 0 ? "" : ", ", http_head_method_name((enum http_method)m)) == 0);
	http_response_add(r, "Allow", "%.*s", VIEW_FMT(buf_view(&b)));
	buf_deinit(&b);
}

static bool
is_json(struct view type)
{
	struct view bare = view_slice(type, 0, view_find(type, ';'));
	while (bare.len > 0 && bare.data[bare.len - 1] == ' ')
		bare.len--;
	return view_equal_nocase(bare, VIEW_LIT("application/json"));
}

/* Judges what the head says of the body. 0 or the status to refuse with. */
static int
judge_body(struct http_request *r)
{
	const struct http_route *route = r->match.route;
	const struct http_head *h = &r->head;
	bool has_body = h->is_chunked || h->length > 0;
	struct view encoding = http_head_field(h, "content-encoding");
	if (route->body == HTTP_BODY_NONE)
		return has_body ? 400 : 0;
	if (encoding.data != NULL && !view_equal_nocase(encoding, VIEW_LIT("identity")))
		return 415;
	if (route->body == HTTP_BODY_JSON && !is_json(http_head_field(h, "content-type")))
		return 415;
	return h->length > route->body_max ? 413 : 0;
}

static int
err_of_status(int status)
{
	return status == 413 ? ERR_LIMIT : status == 415 ? ERR_UNSUPPORTED : ERR_SYNTAX;
}

/* False: answered. */
static bool
pass_route_and_gate(struct http_conn *conn)
{
	struct http_request *r = conn->r;
	struct http_server *s = conn->server;
	int err = http_route_find(s->o.routes, s->o.n_routes, r->head.method, r->head.path, &r->match);
	if (err == ERR_UNSUPPORTED) {
		add_allow(r);
		refuse(conn, 405, err, "this path does not answer this method");
		return false;
	}
	if (err != 0) {
		refuse(conn, 404, err, NULL);
		return false;
	}
	err = s->o.gate == NULL ? 0 : s->o.gate(r, s->o.arg);
	if (err != 0) {
		refuse(conn, err_http_status(err), err, NULL);
		return false;
	}
	if ((r->match.route->flags & HTTP_ROUTE_LOGIN) != 0)
		event_connection_set_held_max(conn->c, s->o.held_max_session);
	return true;
}

/* The handler's turn, now or when the body has been buffered. */
static void
dispatch(struct http_conn *conn)
{
	struct http_request *r = conn->r;
	const struct http_route *route = r->match.route;
	if (r->is_complete || route->body == HTTP_BODY_STREAM) {
		call_handler(conn);
		return;
	}
	buf_init(&r->body, (size_t)(r->head.is_chunked ? route->body_max : r->head.length));
	if (hold(conn, (size_t)r->head.length) != 0) {
		refuse(conn, 413, ERR_LIMIT, "the body is too large");
		return;
	}
	event_connection_set_deadline(conn->c, conn->server->o.body_ms);
	http_conn_receive(conn);
	conn->state = HTTP_CONN_BODY;
}

static void
start_request(struct http_conn *conn)
{
	conn->has_begun = false;
	conn->r = http_request_new(conn->server, conn);
}

static void
on_head(struct http_conn *conn, struct view bytes)
{
	const char *reason = "";
	conn->sent_before = event_connection_sent(conn->c);
	start_request(conn);
	struct http_request *r = conn->r;
	if (hold(conn, sizeof(*r) + bytes.len) != 0) {
		refuse(conn, err_http_status(ERR_BUSY), ERR_BUSY, NULL);
		return;
	}
	int err = http_head_parse(arena_dup(r->arena, bytes), r->arena, &r->head, &reason);
	if (err == 0) {
		if (conn->server->o.trusted != NULL)
			r->peer = http_forwarded_client(&r->head, conn->server->o.forwarded, conn->server->o.trusted, &r->peer);
		r->frame = http_frame_new(take_body, r);
		err = http_frame_head(r->frame, bytes, r->head.is_chunked, r->head.length) == 0 ? 0 : ERR_SYNTAX;
		r->is_complete = http_frame_is_complete(r->frame);
		reason = "framing";
	}
	if (err != 0) {
		refuse_malformed(conn, err, reason);
		return;
	}
	if (!pass_route_and_gate(conn))
		return;
	int status = judge_body(r);
	if (status != 0)
		refuse(conn, status, err_of_status(status), "this body is not accepted here");
	else
		dispatch(conn);
}

static size_t
on_head_bytes(struct http_conn *conn, struct view bytes)
{
	size_t len = 0;
	int err = http_head_find_end(bytes, &len);
	if (err != 0) {
		start_request(conn);
		refuse_malformed(conn, err, err == ERR_LIMIT ? "head too long" : "line ends");
		return bytes.len;
	}
	if (len > 0) {
		on_head(conn, view_slice(bytes, 0, len));
		return len;
	}
	if (!conn->has_begun) {
		conn->has_begun = true;
		event_connection_set_deadline(conn->c, conn->server->o.head_ms);
	}
	return 0;
}

/* Takes from the front as long as the state asks for bytes. */
static size_t
on_data(void *arg, struct event_connection *c, struct view bytes)
{
	struct http_conn *conn = arg;
	size_t total = 0;
	(void)c;
	while (total < bytes.len) {
		struct view rest = view_slice(bytes, total, bytes.len);
		size_t used = 0;
		if (conn->state == HTTP_CONN_HEAD)
			used = on_head_bytes(conn, rest);
		else if (conn->state == HTTP_CONN_BODY || conn->state == HTTP_CONN_RECEIVING)
			used = on_body_bytes(conn, rest);
		if (used == 0)
			break;
		total += used;
	}
	return total;
}

/* --- answers */

void
http_conn_answered(struct http_conn *conn, bool is_last)
{
	if (is_last || conn->server->is_draining) {
		http_conn_close(conn);
		return;
	}
	conn->state = HTTP_CONN_SENDING;
}

static void
give_back(struct http_conn *conn)
{
	retire(conn, 0);
	event_connection_release(conn->c, conn->held);
	conn->held = 0;
}

void
http_conn_stream(struct http_conn *conn, struct http_stream *s)
{
	conn->state = HTTP_CONN_STREAMING;
	conn->stream = s;
	give_back(conn);
}

/* The answer has left: the next request. */
static void
on_writable(void *arg, struct event_connection *c)
{
	struct http_conn *conn = arg;
	if (conn->stream != NULL)
		http_stream_drained(conn->stream);
	if (conn->state != HTTP_CONN_SENDING)
		return;
	give_back(conn);
	if (conn->server->is_draining) {
		http_conn_close(conn);
		return;
	}
	conn->state = HTTP_CONN_HEAD;
	event_connection_set_idle(c, conn->server->o.idle_ms);
	event_connection_resume(c);
}

static const struct event_connection_handler HANDLER = {
	.ready = on_ready, .data = on_data, .writable = on_writable, .closed = on_closed,
};

void
http_conn_new(struct http_server *s, int fd, const struct event_address *peer, bool is_tls, struct event_limiter *limiter)
{
	struct http_conn *conn = mem_alloc(sizeof(*conn));
	struct event_connection_options o = {
		.handler = &HANDLER, .arg = conn, .limiter = limiter,
		.input_max = HTTP_HEAD_MAX, .output_max = s->o.output_max, .held_max = s->o.held_max,
		.handshake_ms = s->o.handshake_ms, .linger_ms = s->o.linger_ms,
	};
	conn->server = s;
	conn->is_tls = is_tls;
	conn->c = event_connection_accept(s->loop, fd, peer, is_tls ? s->credentials : NULL, &o);
	event_connection_set_rate(conn->c, s->o.rate_bytes_per_s, s->o.rate_window_ms);
	conn->next = s->conns;
	if (s->conns != NULL)
		s->conns->prev = conn;
	s->conns = conn;
	s->counts.connections++;
	s->counts.connections_total++;
}
