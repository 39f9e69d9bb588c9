/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events (WHATWG HTML, 9.2 "Server-sent events"): writing and reading the format text/event-stream. Knows no
 * connection and no meaning of an event.
 */
#ifndef HTTP_SSE_H
#define HTTP_SSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define HTTP_SSE_TYPE "text/event-stream"
/* A comment that keeps the connection from looking dead, to us and to whatever lies between. */
#define HTTP_SSE_HEARTBEAT ":\n\n"
/* A line of a stream, and all data of one event, that a reader takes. */
#define HTTP_SSE_LINE_MAX ((size_t)16 * 1024)
#define HTTP_SSE_DATA_MAX ((size_t)64 * 1024)
#define HTTP_SSE_ID_MAX 128

/* A plain value. What is empty is left out; an event without data changes the client's last id and is not shown to it. */
struct http_sse_event {
	struct view id;
	struct view name;
	struct view data;
};

/*
 * Appends an event. No line end may be in id or name and no NUL in id (panic: a bug of ours); data of several lines becomes several
 * data fields. ERR_LIMIT: out is full.
 */
int http_sse_write(struct buf *out, const struct http_sse_event *e) ERR_CHECK;
/* Appends how long a client is to wait before it connects again. */
int http_sse_write_retry(struct buf *out, uint32_t retry_ms) ERR_CHECK;

struct http_sse_reader;

struct http_sse_reader_handler {
	/* One event, borrowed; id is the last one that the stream gave, its own or an earlier one's. Other returns than 0 end the feed. */
	int (*event)(void *arg, const struct http_sse_event *e);
	/* retry: in ms. May be NULL. */
	void (*retry)(void *arg, uint32_t retry_ms);
};

/* Borrows handler and arg. Returns owned. */
struct http_sse_reader *http_sse_reader_new(const struct http_sse_reader_handler *handler, void *arg);
/* Takes *r, accepts NULL. */
void http_sse_reader_free(struct http_sse_reader **r);
/*
 * The next bytes of a stream, in any pieces. ERR_LIMIT: a line, an id or an event's data is too long. ERR_SYNTAX: no UTF-8. Or what a
 * callback returned. After an error the reader is to be freed.
 */
int http_sse_reader_feed(struct http_sse_reader *r, struct view bytes) ERR_CHECK;
/* The stream was cut: what of an event had come is dropped, the last id stays. */
void http_sse_reader_restart(struct http_sse_reader *r);
/* The last id, for Last-Event-ID; "" before the first. Borrowed until the next call. */
struct view http_sse_reader_last_id(const struct http_sse_reader *r);

#endif
