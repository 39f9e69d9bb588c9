/* SPDX-License-Identifier: MIT */
/*
 * A loop with a listening socket on 127.0.0.1 in the test's thread, and a blocking client in another one.
 * When the client returns, the loop stops.
 */
#ifndef TESTS_EVENT_HARNESS_H
#define TESTS_EVENT_HARNESS_H

#include <stdint.h>

#include "event/address.h"
#include "event/connection.h"
#include "event/listener.h"
#include "event/loop.h"
#include "event/certs.h"
#include "event/stream.h"
#include "event/tls.h"

/* Bound to 127.0.0.1 and listening; *port_r is set. */
int harness_listen(uint16_t *port_r);
struct event_address harness_address(uint16_t port);
/* A connected blocking TCP socket. */
int harness_connect(uint16_t port);
/* Runs client(arg) in a thread of its own while the loop runs; returns when it has returned. */
void harness_run(struct event_loop *loop, void (*client)(void *arg), void *arg);

/* A server in the loop; every connection's handlers get it as their argument. */
struct harness_server {
	struct event_loop *loop;
	struct event_listener *listener;
	struct event_tls_credentials *credentials;   /* for connections from now on; NULL: plain */
	struct event_connection_options options;
	void (*accepted)(struct harness_server *s, struct event_connection *c);   /* may be NULL */
	struct event_connection *last;               /* the newest; NULL when it has been closed */
	int fd;
	uint16_t port;
	unsigned n_ready, n_resumed, n_closed;
	int closed_err;                              /* of the last one that was closed */
	uint64_t data_bytes;                         /* for handlers of tests */
	int mode;
};

/* An echo server with generous limits; a test changes what it tests before harness_run(). */
void harness_server_init(struct harness_server *s);
void harness_server_deinit(struct harness_server *s);
/* What the default handler does; tests with handlers of their own may use these. */
void harness_on_ready(void *arg, struct event_connection *c);
size_t harness_on_data_echo(void *arg, struct event_connection *c, struct view bytes);
void harness_on_closed(void *arg, struct event_connection *c, int err);
/* Waits (at most 10 s) in a client's thread until *counter reaches n. */
void harness_wait(const unsigned *counter, unsigned n);

/* A server and what a client thread needs to speak to it. */
struct harness_client {
	struct harness_server s;
	struct event_tls_credentials *trust;
	bool is_tls;
};

/* The authority of all tests of a program and its leaf for "server.example"; made once. */
const struct certs *harness_authority(void);
const struct certs *harness_leaf(void);
void harness_client_init(struct harness_client *c, bool is_tls);
void harness_client_deinit(struct harness_client *c);
/* Connected, with TLS if so. */
struct event_stream *harness_client_open(struct harness_client *c);
/* Exactly n bytes, or the program stops. */
void harness_read(struct event_stream *s, uint8_t *to, size_t n);
/* n bytes of a pattern. */
void harness_fill(uint8_t *p, size_t n, uint32_t seed);
/* Sleeps. */
void harness_sleep_ms(unsigned ms);

#endif
