/* SPDX-License-Identifier: MIT */
/*
 * Inside http/ only: server, connection and request as they hang together. A connection has at most one
 * request; a request outlives its connection until it is answered; a server outlives its requests.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "base/buf.h"
#include "event/connection.h"
#include "event/listener.h"
#include "event/proxy.h"
#include "http/frame.h"
#include "http/response.h"
#include "http/server.h"
#include "http/stream.h"

#define HTTP_RESPONSE_FIELDS_MAX 24
#define HTTP_RESPONSE_FIELDS_BYTES 8192

enum http_conn_state {
	HTTP_CONN_HEAD,        /* waits for a head */
	HTTP_CONN_BODY,        /* buffers the body */
	HTTP_CONN_HANDLING,    /* the handler works; nothing is read */
	HTTP_CONN_RECEIVING,   /* the handler's sink takes the body */
	HTTP_CONN_SENDING,     /* the answer is on its way */
	HTTP_CONN_STREAMING,   /* an answer without an end; the request is gone */
	HTTP_CONN_CLOSING,     /* nothing more will be read */
};

struct http_conn {
	struct http_server *server;
	struct http_conn *next, *prev;
	struct event_connection *c;
	enum http_conn_state state;
	bool is_tls;
	bool is_ready;             /* TLS established; counted as resumed or not */
	bool has_begun;            /* the first byte of a head has come */
	size_t held;               /* counted at the event connection for the present request */
	uint64_t sent_before;      /* bytes sent when the present answer began */
	struct http_request *r;    /* NULL while waiting for a head, and while streaming */
	struct http_stream *stream;
};

struct http_response_field {
	const char *name;
	const char *value;
};

struct http_request {
	struct http_server *server;
	struct http_conn *conn;    /* NULL: the client has gone */
	struct arena *arena;
	struct http_head head;
	struct http_route_match match;
	struct http_frame *frame;
	struct buf body;
	struct event_address peer;
	bool is_tls;
	bool is_gone;
	bool is_answered;
	bool is_complete;          /* the body has been read to its end */
	bool is_broken;            /* an answer's field was refused: 500 */
	void *context;
	void (*cancel)(struct http_request *r, void *arg);
	void *cancel_arg;
	uint64_t started_ms;
	int status;
	/* receiving */
	int (*sink)(struct http_request *r, void *arg, struct view bytes);
	void (*done)(struct http_request *r, void *arg, int err, uint64_t received);
	void *sink_arg;
	uint64_t received;
	int done_err;
	struct event_deferred *deferred;   /* done, when it cannot come from where it was noticed */
	int file;                          /* http_request_receive_file() */
	uint64_t file_offset;
	/* answer */
	size_t n_fields;
	size_t fields_bytes;
	struct http_response_field fields[HTTP_RESPONSE_FIELDS_MAX];
	struct http_response_watch *watch;
};

struct http_listening {
	struct http_listening *next;
	struct http_server *server;
	struct event_listener *listener;
	struct event_limiter *limiter;
	bool is_tls;
};

/* An accepted connection whose PROXY header is being read. */
struct http_preface {
	struct http_preface *next, *prev;
	struct http_listening *listening;
	struct event_address peer;       /* as it entered the limiter */
	struct event_proxy *proxy;
};

struct http_server {
	struct event_loop *loop;
	struct http_server_options o;
	struct event_tls_credentials *credentials;
	struct http_listening *listening;
	struct http_conn *conns;
	struct http_preface *prefaces;
	struct http_server_counts counts;
	bool is_draining, is_freed;
	void (*drained)(void *arg);
	void *drained_arg;
	struct event_deferred *drain_deferred;
};

/* server.c */
/* Frees the server when it was freed by its owner and its last request has gone. */
void http_server_settle(struct http_server *s);
/* A connection has gone: draining may be over. */
void http_server_left(struct http_server *s);

/* preface.c */
/* Takes fd, of a trusted peer that has entered the listener's limiter: becomes a connection of who is behind it. */
void http_preface_new(struct http_listening *l, int fd, const struct event_address *peer);
/* Ends all of a server's. */
void http_preface_end(struct http_server *s);

/* conn.c */
/* Takes fd. The limiter was entered, or is NULL. */
void http_conn_new(struct http_server *s, int fd, const struct event_address *peer, bool is_tls, struct event_limiter *limiter);
/* Cuts it at once: its request, if any, is told that the client has gone. */
void http_conn_cut(struct http_conn *conn, int err);
/* Waits for a head, with nothing of one come yet. */
bool http_conn_is_idle(const struct http_conn *conn);
void http_conn_close(struct http_conn *conn);
/* The handler receives: reading goes on; a waiting client is told to continue. */
void http_conn_receive(struct http_conn *conn);
/* The answer has been queued. */
void http_conn_answered(struct http_conn *conn, bool is_last);

/* The head of a stream has been queued: the request and what was held for it go. */
void http_conn_stream(struct http_conn *conn, struct http_stream *s);

/* response.c */
/* Queues the head of an answer without an end. An error: r is gone, or goes with its connection; ERR_CLOSED: the client had gone. */
int http_response_begin(struct http_request *r, const char *type) ERR_CHECK;

/* stream.c */
/* The connection is over; closed comes from the loop. */
void http_stream_gone(struct http_stream *s, int err);
/* Nothing is queued any more. */
void http_stream_drained(struct http_stream *s);

/* request.c */
struct http_request *http_request_new(struct http_server *s, struct http_conn *conn);
/* Frees a request whose answer has left, or that was never handed out. */
void http_request_free(struct http_request **r);
/* The receiving has ended: done comes at once (is_loop) or from the loop. */
void http_request_finish(struct http_request *r, int err, bool is_loop);
/* The client has gone. */
void http_request_gone(struct http_request *r, int err);

/* watch.c */
/* Detaches and lets done come from the loop; NULL is fine. */
void http_response_watch_fire(struct http_response_watch **w, int err);

#endif
