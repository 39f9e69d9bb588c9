/* SPDX-License-Identifier: MIT */
/*
 * Asks the store for its counters at each scrape and writes them behind web's own. Counters of other web
 * processes are not included: each name says what it counts.
 */
#include "web/metrics.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/response.h"
#include "ipc/client.h"
#include "record/admin.pb-c.h"
#include "web/web.h"

#define METRICS_MAX ((size_t)64 * 1024)
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define STATUS_TIMEOUT_MS 3000

struct scrape {
	struct web *web;
	struct http_request *request;
};

static int
write_value(struct buf *out, const char *name, uint64_t value)
{
	return buf_printf(out, "provision_%s %" PRIu64 "\n", name, value);
}

static int
write_web(struct buf *out, const struct web *web)
{
	struct http_server_counts c = http_server_counts(web->https);
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "web_connections", c.connections },
		{ "web_requests_in_flight", c.requests },
		{ "web_connections_total", c.connections_total },
		{ "web_requests_total", c.requests_total },
		{ "web_refused_total", c.refused_total },
		{ "web_malformed_total", c.malformed_total },
		{ "web_timeouts_total", c.timeouts_total },
		{ "web_answers_total{class=\"2xx\"}", c.status_total[2] },
		{ "web_answers_total{class=\"3xx\"}", c.status_total[3] },
		{ "web_answers_total{class=\"4xx\"}", c.status_total[4] },
		{ "web_answers_total{class=\"5xx\"}", c.status_total[5] },
		{ "web_bytes_in_total", c.bytes_in },
		{ "web_bytes_out_total", c.bytes_out },
		{ "web_handshakes_resumed_total", c.handshakes_resumed },
		{ "certificate_expires_seconds", web->certificate_ends_ms / 1000 },
	};
	int err = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && err == 0; i++)
		err = write_value(out, rows[i].name, rows[i].value);
	return err;
}

static int
write_store(struct buf *out, const Provision__StatusReply *s)
{
	int err = write_value(out, "store_up", s != NULL);
	if (s == NULL || err != 0)
		return err;
	err = write_value(out, "store_accepting", s->is_accepting ? 1 : 0);
	if (err == 0)
		err = write_value(out, "store_clock_held", s->is_clock_held ? 1 : 0);
	for (size_t i = 0; i < s->n_counters && err == 0; i++)
		err = buf_printf(out, "provision_%.*s %" PRIu64 "\n", (int)s->counters[i]->name.len,
		    (const char *)s->counters[i]->name.data, s->counters[i]->value);
	return err;
}

static void
scraped(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)fds;
	struct scrape *s = arg;
	struct buf out;
	buf_init(&out, METRICS_MAX);
	int full = write_web(&out, s->web);
	if (full == 0)
		full = write_store(&out, err == 0 ? (const void *)reply : NULL);
	if (full != 0)
		http_response_send_problem(s->request, full, NULL, NULL);
	else
		http_response_send(s->request, 200, METRICS_TYPE, buf_view(&out));
	buf_deinit(&out);
	mem_free(&s);
}

static void
checked(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)fds;
	struct scrape *s = arg;
	const Provision__StatusReply *status = (const void *)reply;
	bool is_well = err == 0 && status->is_accepting;
	http_response_send(s->request, is_well ? 200 : 503, HTTP_TYPE_TEXT,
	    is_well ? VIEW_LIT("ok\n") : err != 0 ? VIEW_LIT("the store does not answer\n") :
	    VIEW_LIT("the store takes nothing new\n"));
	mem_free(&s);
}

static void
ask(struct http_request *r, void *arg, ipc_client_callback *fn)
{
	struct web *web = arg;
	struct scrape *s = mem_alloc(sizeof(*s));
	*s = (struct scrape){ .web = web, .request = r };
	Provision__Status m = PROVISION__STATUS__INIT;
	ipc_client_call(web->store, IPC_STATUS, &m.base, NULL, STATUS_TIMEOUT_MS, fn, s);
}

static void
metrics(struct http_request *r, void *web)
{
	ask(r, web, scraped);
}

static void
health(struct http_request *r, void *web)
{
	ask(r, web, checked);
}

static const struct http_route routes[] = {
	{ .method = HTTP_GET, .pattern = "/metrics", .handler = metrics, .operation = "metrics" },
	{ .method = HTTP_GET, .pattern = "/health", .handler = health, .operation = "health" },
};

struct http_server *
web_metrics_new(struct web *web)
{
	struct http_server_options o = http_server_defaults();
	o.routes = routes;
	o.n_routes = sizeof(routes) / sizeof(routes[0]);
	o.arg = web;
	return http_server_new(web->loop, &o);
}
