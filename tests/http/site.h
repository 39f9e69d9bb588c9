/* SPDX-License-Identifier: MIT */
/*
 * A site for tests: one route for each kind of body and answer. Used in-process by test_server and by the
 * program serve, which curl and openssl speak to.
 */
#ifndef TESTS_HTTP_SITE_H
#define TESTS_HTTP_SITE_H

#include "event/loop.h"
#include "http/server.h"

struct site {
	struct event_loop *loop;
	struct http_server *server;
	uint64_t file_bytes;             /* of GET /file: zeros, with a mark at both ends */
	int upload;                      /* memfd that PATCH /upload/{number} writes to */
	unsigned n_cancelled;            /* GET /later that ended before its answer */
	unsigned n_gated;
	unsigned n_done;                 /* uploads that ended ... */
	int done_err;                    /* ... how the last one did */
	uint64_t done_received;
	unsigned n_streamed;             /* GET /stream/{number} that the client ended ... */
	int streamed_err;                /* ... how the last one did */
	unsigned n_refused;              /* pieces that it did not take */
	unsigned n_watched;
	int watched_err;
	struct http_response_watch *watch;
};

/* The server is made with these options; routes, arg and gate are filled in. */
void site_init(struct site *s, struct event_loop *loop, struct http_server_options o);
void site_deinit(struct site *s);
/* Cuts the running GET /file. */
void site_cut(struct site *s);

#endif
