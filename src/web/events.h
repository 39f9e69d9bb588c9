/* SPDX-License-Identifier: MIT */
/*
 * Streams of live events (D5): GET /events, answered as server-sent events. A stream reads from the store behind the number where its
 * client stands, sends what it got, and reads again when the store wakes it and everything has been sent: so nothing is kept here
 * but the number, and a slow client keeps nobody waiting but itself. While the store is away streams stay, and read when it is back.
 */
#ifndef WEB_EVENTS_H
#define WEB_EVENTS_H

#include <stdint.h>

#include "event/loop.h"

struct http_request;
struct web;
struct web_events;

/* Connections that a process may have (web.c) bound the streams. Borrows web. Returns owned. */
struct web_events *web_events_new(struct web *web, uint32_t streams_max);
/* Takes *e, accepts NULL: ends what is left. Before the server and the store's client are freed. */
void web_events_free(struct web_events **e);
/* Handler of followEvents. */
void web_events_handle(struct http_request *r, void *web);
/* The store says that a stream is to read again. */
void web_events_wake(struct web_events *e, uint64_t listener);
/* A new link to the store: every stream reads, which makes it known there. */
void web_events_attached(struct web_events *e);
/* Clean stop: every stream ends in good order, and no new one begins. */
void web_events_stop(struct web_events *e);
/* Streams now, for metrics. */
uint32_t web_events_count(const struct web_events *e);

#endif
