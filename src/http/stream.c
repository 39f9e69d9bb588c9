/* SPDX-License-Identifier: MIT */
/*
 * Streams over a connection that a request has left to them. Must not know what is streamed. response.c writes the head, conn.c
 * tells what happens to the connection.
 */
#include "http/stream.h"

#include <inttypes.h>

#include "base/fatal.h"
#include "base/mem.h"
#include "http/conn.h"

/* "ffffffffffffffff\r\n" and "\r\n" */
#define CHUNK_MAX 24

struct http_stream {
	struct event_loop *loop;
	struct http_conn *conn;          /* NULL: over */
	const struct http_stream_handler *handler;
	void *arg;
	bool is_chunked;
	bool is_mute;                    /* HEAD */
	int err;                         /* why it is over */
	struct event_deferred *deferred; /* closed is on its way */
};

static void
on_gone(void *arg)
{
	struct http_stream *s = arg;
	event_deferred_cancel(&s->deferred);
	s->handler->closed(s->arg, s->err);
}

void
http_stream_gone(struct http_stream *s, int err)
{
	s->conn = NULL;
	s->err = err == 0 ? ERR_CLOSED : err;
	s->deferred = event_deferred_start(s->loop, on_gone, s);
}

void
http_stream_drained(struct http_stream *s)
{
	s->handler->drained(s->arg);
}

struct http_stream *
http_stream_start(struct http_request *r, const char *type, const struct http_stream_handler *handler, void *arg)
{
	struct http_stream *s = mem_alloc(sizeof(*s));
	s->loop = r->server->loop;
	s->handler = handler;
	s->arg = arg;
	s->is_chunked = r->head.minor > 0;
	s->is_mute = r->head.method == HTTP_HEAD;
	s->conn = r->conn;
	int err = http_response_begin(r, type);
	if (err == 0)
		http_conn_stream(s->conn, s);
	else
		http_stream_gone(s, err);
	return s;
}

static int
write_chunk(struct http_stream *s, struct view v)
{
	struct buf chunk;
	buf_init(&chunk, v.len + CHUNK_MAX);
	require(buf_printf(&chunk, "%zx\r\n", v.len) == 0 && buf_append_view(&chunk, v) == 0 && buf_append_str(&chunk, "\r\n") == 0);
	int err = event_connection_write(s->conn->c, buf_view(&chunk));
	buf_deinit(&chunk);
	return err;
}

int
http_stream_write(struct http_stream *s, struct view v)
{
	if (s->conn == NULL)
		return ERR_CLOSED;
	if (s->is_mute || v.len == 0)
		return 0;
	int err = s->is_chunked ? write_chunk(s, v) : event_connection_write(s->conn->c, v);
	return err == ERR_STATE ? ERR_CLOSED : err;
}

bool
http_stream_is_drained(const struct http_stream *s)
{
	return s->conn == NULL || event_connection_queued(s->conn->c) == 0;
}

void
http_stream_end(struct http_stream **s_at)
{
	struct http_stream *s = *s_at;
	*s_at = NULL;
	if (s == NULL)
		return;
	event_deferred_cancel(&s->deferred);
	if (s->conn != NULL) {
		struct http_conn *conn = s->conn;
		/* where there is no room for the end, its lack tells the client that it was cut */
		if (s->is_chunked && !s->is_mute && event_connection_write(conn->c, VIEW_LIT("0\r\n\r\n")) != 0)
			s->err = ERR_LIMIT;
		conn->stream = NULL;
		http_conn_close(conn);
	}
	mem_free(&s);
}
