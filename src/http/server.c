/* SPDX-License-Identifier: MIT */
/*
 * A server: its listeners, its connections, its clean stop. Must not know what is asked or answered (conn.c).
 * Roles that speak HTTP make one.
 */
#include "http/server.h"

#include "base/fatal.h"
#include "base/mem.h"
#include "http/conn.h"

struct http_server_options
http_server_defaults(void)
{
	return (struct http_server_options){
		.hsts_s = 63072000,
		.held_max = 128 * 1024,
		.held_max_session = 2 * 1024 * 1024,
		.output_max = 1024 * 1024,
		.handshake_ms = 10000,
		.head_ms = 10000,
		.idle_ms = 60000,
		.body_ms = 30000,
		.rate_bytes_per_s = 500,
		.rate_window_ms = 20000,
		.linger_ms = 2000,
	};
}

struct http_server *
http_server_new(struct event_loop *loop, const struct http_server_options *o)
{
	struct http_server *s = mem_alloc(sizeof(*s));
	http_route_check(o->routes, o->n_routes);
	s->loop = loop;
	s->o = *o;
	return s;
}

void
http_server_settle(struct http_server *s)
{
	if (s->is_freed && s->counts.requests == 0)
		mem_free(&s);
}

void
http_server_free(struct http_server **s_at)
{
	struct http_server *s = *s_at;
	if (s == NULL)
		return;
	*s_at = NULL;
	s->drained = NULL;
	event_deferred_cancel(&s->drain_deferred);
	http_preface_end(s);
	while (s->listening != NULL) {
		struct http_listening *l = s->listening;
		s->listening = l->next;
		event_listener_cancel(&l->listener);
		mem_free(&l);
	}
	s->counts.requests++;            /* keeps s while the requests of its connections go */
	while (s->conns != NULL)
		http_conn_cut(s->conns, ERR_CLOSED);
	event_tls_credentials_free(&s->credentials);
	s->counts.requests--;
	s->is_freed = true;
	http_server_settle(s);
}

void
http_server_set_credentials(struct http_server *s, struct event_tls_credentials *c)
{
	struct event_tls_credentials *before = s->credentials;
	s->credentials = event_tls_credentials_ref(c);
	event_tls_credentials_free(&before);
}

static void
on_accept(void *arg, int fd, const struct event_address *peer)
{
	struct http_listening *l = arg;
	const struct http_server_options *o = &l->server->o;
	if (l->is_tls && o->is_proxied && o->trusted != NULL && network_list_has(o->trusted, peer->ip))
		http_preface_new(l, fd, peer);
	else
		http_conn_new(l->server, fd, peer, l->is_tls, l->limiter);
}

void
http_server_add_listener(struct http_server *s, int fd, bool is_tls, struct event_limiter *limiter)
{
	struct http_listening *l = mem_alloc(sizeof(*l));
	require(!is_tls || s->credentials != NULL);
	l->server = s;
	l->is_tls = is_tls;
	l->limiter = limiter;
	l->listener = event_listener_start(s->loop, fd, limiter, on_accept, l);
	l->next = s->listening;
	s->listening = l;
}

void
http_server_add_connection(struct http_server *s, int fd, const struct event_address *peer, bool is_tls)
{
	require(!is_tls || s->credentials != NULL);
	http_conn_new(s, fd, peer, is_tls, NULL);
}

static void
on_drained(void *arg)
{
	struct http_server *s = arg;
	void (*drained)(void *) = s->drained;
	event_deferred_cancel(&s->drain_deferred);
	s->drained = NULL;
	if (drained != NULL)
		drained(s->drained_arg);
}

void
http_server_left(struct http_server *s)
{
	if (s->drained != NULL && s->conns == NULL && s->drain_deferred == NULL)
		s->drain_deferred = event_deferred_start(s->loop, on_drained, s);
}

void
http_server_drain(struct http_server *s, void (*done)(void *arg), void *arg)
{
	s->is_draining = true;
	s->drained = done;
	s->drained_arg = arg;
	for (struct http_listening *l = s->listening; l != NULL; l = l->next)
		event_listener_pause(l->listener);
	http_preface_end(s);
	for (struct http_conn *conn = s->conns; conn != NULL; conn = conn->next)
		if (http_conn_is_idle(conn))
			http_conn_close(conn);
	http_server_left(s);
}

struct http_server_counts
http_server_counts(const struct http_server *s)
{
	struct http_server_counts counts = s->counts;
	for (const struct http_listening *l = s->listening; l != NULL; l = l->next)
		counts.refused_total += event_listener_counts(l->listener).refused;
	for (const struct http_conn *conn = s->conns; conn != NULL; conn = conn->next) {
		counts.bytes_in += event_connection_received(conn->c);
		counts.bytes_out += event_connection_sent(conn->c);
	}
	return counts;
}
