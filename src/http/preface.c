/* SPDX-License-Identifier: MIT */
/*
 * Connections of trusted proxies before they are anybody's: the PROXY header is awaited, then the limiter counts who is
 * behind it instead of the proxy. Must not know HTTP. server.c hands over what it accepts.
 */
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "http/conn.h"

static void
leave_list(struct http_preface *p)
{
	if (p->prev == NULL)
		p->listening->server->prefaces = p->next;
	else
		p->prev->next = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
}

/* The proxy leaves the limiter, its client enters. ERR_BUSY, ERR_LIMIT: nobody has entered. */
static int
change_places(struct event_limiter *limiter, const struct event_address *proxy, const struct event_address *client)
{
	if (limiter == NULL)
		return 0;
	event_limiter_leave(limiter, proxy);
	return event_limiter_enter(limiter, client);
}

static void
on_header(void *arg, int fd, int err, const struct event_address *client)
{
	struct http_preface *p = arg;
	struct http_listening *l = p->listening;
	struct event_address peer = p->peer;

	leave_list(p);
	mem_free(&p);
	if (err != 0) {
		log_event(LOG_WARNING, "proxy-header-refused", LOG_S("why", err_name(err)));
		l->server->counts.malformed_total += err == ERR_SYNTAX || err == ERR_LIMIT;
		if (l->limiter != NULL)
			event_limiter_leave(l->limiter, &peer);
		return;
	}
	if (change_places(l->limiter, &peer, client) == 0) {
		http_conn_new(l->server, fd, client, l->is_tls, l->limiter);
	} else {
		l->server->counts.refused_total++;
		close(fd);
	}
}

void
http_preface_new(struct http_listening *l, int fd, const struct event_address *peer)
{
	struct http_server *s = l->server;
	struct http_preface *p = mem_alloc(sizeof(*p));

	p->listening = l;
	p->peer = *peer;
	p->next = s->prefaces;
	if (s->prefaces != NULL)
		s->prefaces->prev = p;
	s->prefaces = p;
	p->proxy = event_proxy_start(s->loop, fd, peer, s->o.handshake_ms, on_header, p);
}

void
http_preface_end(struct http_server *s)
{
	while (s->prefaces != NULL) {
		struct http_preface *p = s->prefaces;
		leave_list(p);
		event_proxy_cancel(&p->proxy);
		if (p->listening->limiter != NULL)
			event_limiter_leave(p->listening->limiter, &p->peer);
		mem_free(&p);
	}
}
