/* SPDX-License-Identifier: MIT */
/*
 * One byte-stream connection in an event loop, plain or TLS, server or client, with one set of defences:
 * deadline, minimum rate, idle time-out, and one counter of all bytes the peer makes us hold.
 *
 * Life: made by _accept() or _connect(); callbacks ready, then data and writable as they come, then closed,
 * exactly once and always the last; then the owner calls event_connection_free() (in closed or later).
 * event_connection_free() at any other time cuts the connection at once and no callback comes any more.
 * Callbacks come only from the loop, never from inside a call made here. Nothing blocks, but send_file
 * reads the file in bounded pieces (page cache or disk).
 */
#ifndef EVENT_CONNECTION_H
#define EVENT_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "event/address.h"
#include "event/limiter.h"
#include "event/loop.h"
#include "event/tls.h"

struct event_connection;

struct event_connection_handler {
	/* Connected, TLS established. May be NULL. */
	void (*ready)(void *arg, struct event_connection *c);
	/*
	 * Bytes have come: everything that is not consumed yet, borrowed for the call. Returns how many were consumed
	 * (0..len); the rest is kept and comes again in front of the next bytes. A peer that fills input_max
	 * without anything being consumed is closed with ERR_LIMIT. After a return of less than len without a pause,
	 * the callback comes again only with more bytes, or after event_connection_resume().
	 */
	size_t (*data)(void *arg, struct event_connection *c, struct view bytes);
	/* The output queue has become empty (all handed to the kernel). May be NULL. */
	void (*writable)(void *arg, struct event_connection *c);
	/*
	 * Over. err: 0 after event_connection_close(); ERR_CLOSED: the peer ended it; ERR_TIMEOUT: deadline, rate or idle;
	 * ERR_LIMIT: input_max or held_max; ERR_TRUST: the peer's certificate; ERR_SYNTAX: not TLS, or plain
	 * bytes behind STARTTLS; ERR_IO.
	 */
	void (*closed)(void *arg, struct event_connection *c, int err);
};

struct event_connection_options {
	const struct event_connection_handler *handler;   /* borrowed for the connection's life */
	void *arg;
	struct event_limiter *limiter;   /* entered already by the listener; left when freed. NULL: none. Borrowed */
	size_t input_max;       /* unconsumed input kept, bytes; at least 1 */
	size_t output_max;      /* bytes queued by event_connection_write() */
	size_t held_max;        /* all that the peer makes us hold: input, output and event_connection_hold() */
	uint32_t handshake_ms;  /* for connect and TLS handshake together */
	uint32_t linger_ms;     /* how long a graceful close may take once the queue is empty */
};

/*
 * Server side: takes fd (nonblocking). credentials NULL: plain; else TLS as the server, ALPN "http/1.1" where
 * the client offers ALPN. A reference is taken.
 */
struct event_connection *event_connection_accept(struct event_loop *loop, int fd, const struct event_address *peer,
    struct event_tls_credentials *credentials, const struct event_connection_options *o);
/*
 * Client side: connects to a numeric address. With credentials (of a client) TLS, the certificate must be
 * valid for host (copied); without, host is not used. Errors of connect() come through closed.
 * ERR_IO: no socket.
 */
int event_connection_connect(struct event_loop *loop, const struct event_address *peer,
    struct event_tls_credentials *credentials, const char *host, const struct event_connection_options *o,
    struct event_connection **c_r) ERR_CHECK;
/*
 * STARTTLS: goes over to TLS as soon as the output queue is empty; ready comes again. host NULL: as the server.
 * ERR_STATE: TLS already, or plain input is waiting that was not consumed (an injected command).
 * Called inside data, bytes behind those the callback consumes close the connection with ERR_SYNTAX.
 */
int event_connection_start_tls(struct event_connection *c, struct event_tls_credentials *credentials,
    const char *host) ERR_CHECK;
/*
 * Takes *c, accepts NULL. Cuts the connection unless it is closed already: no TLS bye, and what the kernel still holds of
 * our bytes is thrown away. No callback afterwards.
 */
void event_connection_free(struct event_connection **c);
/* Graceful end: what is queued is sent, TLS bye, the peer's end awaited for linger_ms; input is dropped. Then closed(0). */
void event_connection_close(struct event_connection *c);

/* Other handler (a session takes over from a greeting); the old one is never called again. */
void event_connection_set_handler(struct event_connection *c, const struct event_connection_handler *h, void *arg);
const struct event_address *event_connection_peer(const struct event_connection *c);
bool event_connection_is_tls(const struct event_connection *c);
/* True when the TLS session was resumed from a ticket. */
bool event_connection_is_resumed(const struct event_connection *c);

/*
 * No data callback until resume. Up to input_max bytes are still taken in meanwhile, so that closed comes when the
 * peer leaves; then the socket is left alone (backpressure).
 */
void event_connection_pause(struct event_connection *c);
/* data comes again, from the loop, at once if input is waiting. */
void event_connection_resume(struct event_connection *c);

/* Queues a copy. ERR_LIMIT: over output_max or held_max, nothing was queued. ERR_STATE: closing or closed. */
int event_connection_write(struct event_connection *c, struct view v) ERR_CHECK;
/* Queues bytes that live longer than the connection: neither copied nor counted. ERR_STATE. */
int event_connection_write_static(struct event_connection *c, struct view v) ERR_CHECK;
/*
 * Queues length bytes of a file from offset, sent behind what is queued, read piece by piece. Takes fd (closed
 * when sent or freed, also on error). A file that turns out shorter cuts the connection with ERR_IO.
 * ERR_STATE: closing or closed. ERR_LIMIT: too many queued parts.
 */
int event_connection_send_file(struct event_connection *c, int fd, uint64_t offset, uint64_t length) ERR_CHECK;
/* Bytes queued and not yet given to the kernel, files included. */
uint64_t event_connection_queued(const struct event_connection *c);
/* Bytes received and sent in all, as the application sees them (without TLS). */
uint64_t event_connection_received(const struct event_connection *c);
uint64_t event_connection_sent(const struct event_connection *c);

/* The counter of held bytes: what upper layers keep because of this peer. ERR_LIMIT: not counted, over held_max. */
int event_connection_hold(struct event_connection *c, size_t n) ERR_CHECK;
void event_connection_release(struct event_connection *c, size_t n);
size_t event_connection_held(const struct event_connection *c);
/* A larger or smaller maximum (after login); what is held already stays. */
void event_connection_set_held_max(struct event_connection *c, size_t held_max);

/*
 * Time. All of these are switched off with 0 and end in closed(ERR_TIMEOUT). They are counted while we wait for the
 * peer: for input while the owner said so (expect), for output while the queue is not empty.
 */
/* This long from now at most, whatever moves. */
void event_connection_set_deadline(struct event_connection *c, uint64_t delay_ms);
/* No byte in either direction for so long. The owner switches it off while it works on an answer. */
void event_connection_set_idle(struct event_connection *c, uint64_t idle_ms);
/* At least so many bytes a second on average over each window while we wait for the peer. */
void event_connection_set_rate(struct event_connection *c, uint32_t bytes_per_s, uint32_t window_ms);
/* The owner waits (or no longer waits) for input: the minimum rate counts received bytes. */
void event_connection_expect(struct event_connection *c, bool is_expecting);

#endif
