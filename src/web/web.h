/* SPDX-License-Identifier: MIT */
/*
 * The web role: HTTPS in front, the store's link behind, no state of its own but what is in flight. It
 * turns requests into messages and answers into JSON by one table (rest/operation.h); it authorises nothing.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "conf/conf.h"
#include "event/limiter.h"
#include "event/loop.h"
#include "event/tls.h"
#include "http/server.h"
#include "ipc/client.h"
#include "role/role.h"
#include "web/cut.h"
#include "web/events.h"
#include "web/upload.h"

struct web {
	struct role *role;
	struct event_loop *loop;
	struct ipc_client *store;
	uint64_t store_link;             /* number of the present link, for the supervisor */
	uint32_t store_timeout_ms;       /* how long it may take for an ordinary answer */
	struct http_server *https;
	struct http_server *metrics;     /* NULL but in the first process */
	struct network_list trusted;     /* proxies */
	struct event_limiter *limiter;
	struct http_route *routes;       /* web_route_table() */
	size_t route_count;
	struct event_tls_credentials *credentials;   /* those of new connections */
	struct web_report *report;
	struct web_cuts cuts;            /* downloads that an erasure must cut */
	struct web_uploads uploads;      /* what ends with the link */
	struct web_events *events;       /* live streams */
	uint64_t certificate_ends_ms;
	unsigned draining;               /* servers that have not finished yet */
};

/* Settings now in force. */
const struct conf *web_conf(const struct web *web);

/* The callbacks of role/role.h; the state is a struct web. */
int web_open(struct role *r, void **state_r);
int web_start(struct role *r, void *state);
void web_attach(void *state, enum ipc_role peer, unsigned index, uint64_t link, int fd);
void web_detach(void *state, uint64_t link);
int web_reload(struct role *r, void *state);
void web_ticket(struct role *r, void *state);
void web_stop(struct role *r, void *state, uint64_t timeout_ms);
void web_close(void *state);

#endif
