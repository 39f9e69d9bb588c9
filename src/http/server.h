/* SPDX-License-Identifier: MIT */
/*
 * An HTTP/1.1 server on event connections: head check, framing (llhttp), routing, one request at a time on a
 * connection (further pipelined ones wait), keep-alive, 100-continue, deadlines and minimum rate.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "event/limiter.h"
#include "event/loop.h"
#include "event/tls.h"
#include "http/forwarded.h"
#include "http/request.h"
#include "http/route.h"

struct http_server;

struct http_server_options {
	const struct http_route *routes;   /* borrowed for the server's life */
	size_t n_routes;
	void *arg;                         /* given to handlers and gate */
	/*
	 * Called when head and route are known, before any of the body is read: origin, CSRF, credentials present, limits.
	 * 0 goes on; an enum err is answered as a problem. NULL: everything goes on.
	 */
	int (*gate)(struct http_request *r, void *arg);
	/* One line for the log when a request has been answered (status, bytes sent, duration). May be NULL. */
	void (*answered)(const struct http_request *r, int status, uint64_t bytes, uint64_t duration_ms, void *arg);
	const char *content_security_policy;   /* default for every answer; NULL: "default-src 'none'; frame-ancestors 'none'" */
	uint32_t hsts_s;                   /* Strict-Transport-Security on TLS; 0: none */
	size_t held_max;                   /* bytes a connection may make us hold before a LOGIN route passed the gate */
	size_t held_max_session;           /* ... after it */
	size_t output_max;                 /* largest buffered answer */
	uint32_t handshake_ms;
	uint32_t head_ms;                  /* from the first byte of a head to its end */
	uint32_t idle_ms;                  /* keep-alive without a request; also the wait for the first byte */
	uint32_t body_ms;                  /* whole time for a buffered body */
	uint32_t rate_bytes_per_s;         /* least rate for bodies and answers ... */
	uint32_t rate_window_ms;           /* ... over each such window */
	uint32_t linger_ms;
	/* Peers that are believed what they say about who is behind them: borrowed for the server's life; NULL: nobody. */
	const struct network_list *trusted;
	bool is_proxied;                   /* connections of trusted peers to TLS listeners begin with a PROXY header */
	enum http_forwarded forwarded;     /* the field of a trusted peer's requests that names their client */
};

/* Sensible limits for everything but routes, arg, gate, answered. */
struct http_server_options http_server_defaults(void);
struct http_server *http_server_new(struct event_loop *loop, const struct http_server_options *o);
/* Cuts every connection. Requests that are not answered yet stay valid until their answer, which goes nowhere. */
void http_server_free(struct http_server **s);
/* TLS for connections from now on (reload); takes a reference. Must be set before a TLS listener is added. */
void http_server_set_credentials(struct http_server *s, struct event_tls_credentials *c);
/* Serves a listening socket (borrowed), as TLS or plain. The limiter is borrowed, may be NULL. */
void http_server_add_listener(struct http_server *s, int fd, bool is_tls, struct event_limiter *limiter);
/* Serves one connected socket (takes fd); for tests and socket pairs. */
void http_server_add_connection(struct http_server *s, int fd, const struct event_address *peer, bool is_tls);
/* Clean stop: no new connections, idle ones are closed, requests in flight are finished; done comes when none is left. */
void http_server_drain(struct http_server *s, void (*done)(void *arg), void *arg);

struct http_server_counts {
	uint32_t connections;        /* now */
	uint32_t requests;           /* in flight now */
	uint64_t connections_total;
	uint64_t requests_total;
	uint64_t refused_total;      /* connections over a limit */
	uint64_t malformed_total;    /* heads or bodies answered 400 and closed */
	uint64_t timeouts_total;     /* cut by deadline, rate or idle while a request was unfinished */
	uint64_t status_total[6];    /* by first digit */
	uint64_t bytes_in, bytes_out;
	uint64_t handshakes_resumed; /* TLS sessions resumed */
};
struct http_server_counts http_server_counts(const struct http_server *s);

#endif
