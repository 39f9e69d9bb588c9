/* SPDX-License-Identifier: MIT */
/*
 * Asks the store for its counters, which include those of all web processes, at each scrape and writes them family by
 * family (web/family.h). Without the store, there are this process's own.
 */
#include "web/metrics.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/mem.h"
#include "http/response.h"
#include "ipc/client.h"
#include "record/admin.pb-c.h"
#include "web/family.h"
#include "web/report.h"
#include "web/web.h"

#define METRICS_MAX ((size_t)4 * 1024 * 1024)
#define OWN_BYTES_MAX ((size_t)512 * 1024)
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define STATUS_TIMEOUT_MS 3000

struct scrape {
	struct web *web;
	struct http_request *request;
};

static int
write_sample(struct buf *out, const Provision__Counter *c)
{
	int err = buf_printf(out, "provision_%.*s", (int)c->name.len, (const char *)c->name.data);
	if (err == 0 && c->labels.len != 0)
		err = buf_printf(out, "{%.*s}", (int)c->labels.len, (const char *)c->labels.data);
	if (err != 0)
		return err;
	struct view name = view_of(c->name.data, c->name.len);
	bool is_sum = view_equal_str(view_slice(name, name.len < 4 ? 0 : name.len - 4, name.len), "_sum");
	if (is_sum)   /* of microseconds (web/report.c) */
		return buf_printf(out, " %" PRIu64 ".%06" PRIu64 "\n", c->value / 1000000, c->value % 1000000);
	return buf_printf(out, " %" PRIu64 "\n", c->value);
}

static int
write_family(struct buf *out, const struct web_family *f, Provision__Counter *const *counters, size_t n)
{
	bool is_begun = false;
	int err = 0;
	for (size_t i = 0; i < n && err == 0; i++) {
		if (!web_family_has(f, view_of(counters[i]->name.data, counters[i]->name.len)))
			continue;
		if (!is_begun)
			err = buf_printf(out, "# HELP provision_%s %s\n# TYPE provision_%s %s\n", f->name, f->help, f->name,
			    f->is_histogram ? "histogram" : f->is_counter ? "counter" : "gauge");
		is_begun = true;
		if (err == 0)
			err = write_sample(out, counters[i]);
	}
	return err;
}

static int
write_all(struct buf *out, Provision__Counter *const *counters, size_t n)
{
	size_t families;
	const struct web_family *table = web_family_table(&families);
	int err = 0;
	for (size_t i = 0; i < families && err == 0; i++)
		err = write_family(out, &table[i], counters, n);
	return err;
}

static int
write_flag(struct buf *out, const char *name, bool value)
{
	Provision__Counter c = PROVISION__COUNTER__INIT, *list[1] = { &c };
	struct view v = view_str(name);
	c.name = (ProtobufCBinaryData){ v.len, (uint8_t *)(uintptr_t)v.data };
	c.value = value;
	return write_all(out, list, 1);
}

static int
write_metrics(struct buf *out, const struct web *web, const Provision__StatusReply *s)
{
	int err = write_flag(out, "store_up", s != NULL);
	if (s == NULL) {
		struct arena *a = arena_new(OWN_BYTES_MAX);
		const Provision__Report *own = web_report_make(web->report, a);
		if (err == 0)
			err = write_all(out, own->counters, own->n_counters);
		arena_free(&a);
		return err;
	}
	if (err == 0)
		err = write_flag(out, "store_accepting", s->is_accepting);
	if (err == 0)
		err = write_flag(out, "store_clock_held", s->is_clock_held);
	if (err == 0)
		err = write_all(out, s->counters, s->n_counters);
	return err;
}

static void
scraped(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)fds;
	struct scrape *s = arg;
	struct buf out;
	buf_init(&out, METRICS_MAX);
	int full = write_metrics(&out, s->web, err == 0 ? (const void *)reply : NULL);
	if (full != 0)
		http_response_send_problem(s->request, full, NULL, NULL);
	else
		http_response_send(s->request, 200, METRICS_TYPE, buf_view(&out));
	buf_deinit(&out);
	mem_free(&s);
}

static void
metrics(struct http_request *r, void *arg)
{
	struct web *web = arg;
	struct scrape *s = mem_alloc(sizeof(*s));
	*s = (struct scrape){ .web = web, .request = r };
	Provision__Status m = PROVISION__STATUS__INIT;
	/* what this process counted goes first: then it is in the answer */
	web_report_send(web->report);
	ipc_client_call(web->store, IPC_STATUS, &m.base, NULL, STATUS_TIMEOUT_MS, scraped, s);
}

static const struct http_route routes[] = {
	{ .method = HTTP_GET, .pattern = "/metrics", .handler = metrics, .operation = "metrics" },
	{ .method = HTTP_GET, .pattern = "/health", .handler = web_report_health, .operation = "health" },
};

struct http_server *
web_metrics_new(struct web *web)
{
	struct http_server_options o = http_server_defaults();
	o.routes = routes;
	o.n_routes = sizeof(routes) / sizeof(routes[0]);
	o.arg = web;
	o.output_max = o.held_max = METRICS_MAX + 4096;
	return http_server_new(web->loop, &o);
}
