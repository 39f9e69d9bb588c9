/* SPDX-License-Identifier: MIT */
/*
 * Answers without an end: the head at once, then pieces as they come (RFC 9112, 7.1: chunked; to a client of HTTP/1.0 as they are),
 * until either side ends it. The connection serves nothing else afterwards. What a request holds is given back when the stream
 * begins, so that a stream that waits costs little more than its connection. Idle time-outs do not hold; the minimum rate does
 * while something is queued, so that a client that has vanished is noticed by the next piece that it does not take.
 */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include <stdbool.h>

#include "base/err.h"
#include "base/view.h"
#include "http/request.h"

struct http_stream;

struct http_stream_handler {
	/* Everything that was written has been handed to the kernel. */
	void (*drained)(void *arg);
	/*
	 * Over, from the loop, the last callback; http_stream_end() must follow, now or later. err as in event/connection.h, never 0.
	 */
	void (*closed)(void *arg, int err);
};

/* Takes r: 200 with the header fields that were added. Also when the client has gone: then closed comes. Returns owned. */
struct http_stream *http_stream_start(struct http_request *r, const char *type, const struct http_stream_handler *handler, void *arg);
/* Queues a copy. ERR_CLOSED: it is over. ERR_LIMIT: the client takes too little. */
int http_stream_write(struct http_stream *s, struct view v) ERR_CHECK;
/* Nothing is queued. */
bool http_stream_is_drained(const struct http_stream *s);
/* Takes *s, accepts NULL: the orderly end of the answer; no callback afterwards. */
void http_stream_end(struct http_stream **s);

#endif
