/* SPDX-License-Identifier: MIT */
/*
 * Owns the counts by operation and status. Names of operations and numbers only: nothing of a request's content can get
 * into them. Called by web.c, metrics.c and as the handler of /health.
 */
#include "web/report.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/response.h"
#include "web/events.h"
#include "web/web.h"

#define PERIOD_MS 5000
#define ANSWER_MS 3000
/* Two answers may be missed. */
#define STALE_MS (3 * PERIOD_MS)
#define REPORT_BYTES_MAX ((size_t)512 * 1024)
#define COUNTERS_MAX 1000        /* of record/admin.proto */
#define STATUSES_MAX 32          /* kinds we answer with */

struct answers {
	struct {
		int status;
		uint64_t count;
	} of[STATUSES_MAX];
};

struct web_report {
	struct web *web;
	struct event_timer *timer;
	struct answers *answers;         /* a row for each route, one more for what has none */
	uint64_t answered_ms;            /* the store's last answer; 0: none on this link */
	bool is_accepting;
};

static void
send_again(void *arg)
{
	struct web_report *r = arg;
	web_report_send(r);
	event_timer_again(r->timer, PERIOD_MS);
}

struct web_report *
web_report_new(struct web *web)
{
	struct web_report *r = mem_alloc(sizeof(*r));
	r->web = web;
	r->answers = mem_array(web->route_count + 1, sizeof(*r->answers));
	r->timer = event_timer_start(web->loop, PERIOD_MS, send_again, r);
	return r;
}

void
web_report_free(struct web_report **r)
{
	if (*r == NULL)
		return;
	event_timer_cancel(&(*r)->timer);
	mem_free(&(*r)->answers);
	mem_free(r);
}

static void
on_reply(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	struct web_report *r = arg;
	(void)fds;
	if (err != 0)
		return;
	r->is_accepting = ((const Provision__ReportReply *)(const void *)reply)->is_accepting;
	r->answered_ms = clock_mono_ms();
}

void
web_report_send(struct web_report *r)
{
	if (!ipc_client_is_attached(r->web->store))
		return;
	struct arena *a = arena_new(REPORT_BYTES_MAX);
	ipc_client_call(r->web->store, IPC_REPORT, &web_report_make(r, a)->base, NULL, ANSWER_MS, on_reply, r);
	arena_free(&a);
}

void
web_report_lost(struct web_report *r)
{
	r->answered_ms = 0;
}

bool
web_report_is_well(const struct web_report *r)
{
	return r->answered_ms != 0 && clock_mono_ms() - r->answered_ms < STALE_MS && r->is_accepting;
}

/* --- counting */

void
web_report_answered(const struct http_request *request, int status, uint64_t bytes, uint64_t duration_ms, void *arg)
{
	const struct web *web = arg;
	const struct http_route *route = http_request_route(request);
	struct answers *row = &web->report->answers[route == NULL ? web->route_count : (size_t)(route - web->routes)];
	(void)bytes;
	(void)duration_ms;
	for (size_t i = 0; i < STATUSES_MAX; i++) {
		if (row->of[i].status != status && row->of[i].status != 0)
			continue;
		row->of[i].status = status;
		row->of[i].count++;
		return;
	}
}

/* --- the report */

struct writer {
	struct arena *arena;
	Provision__Report *m;
	const char *process;             /* its label */
};

static void
add(struct writer *w, const char *name, const char *labels, uint64_t value)
{
	Provision__Counter *c = arena_alloc(w->arena, sizeof(*c));
	if (w->m->n_counters == COUNTERS_MAX)
		return;
	provision__counter__init(c);
	c->name = (ProtobufCBinaryData){ strlen(name), (uint8_t *)(uintptr_t)name };
	c->labels = (ProtobufCBinaryData){ strlen(labels), (uint8_t *)(uintptr_t)labels };
	c->value = value;
	w->m->counters[w->m->n_counters++] = c;
}

static void
add_server(struct writer *w, const struct web *web)
{
	struct http_server_counts c = http_server_counts(web->https);
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "web_connections", c.connections },
		{ "web_requests_in_flight", c.requests },
		{ "web_connections_total", c.connections_total },
		{ "web_refused_total", c.refused_total },
		{ "web_malformed_total", c.malformed_total },
		{ "web_timeouts_total", c.timeouts_total },
		{ "web_event_streams", web_events_count(web->events) },
		{ "web_bytes_in_total", c.bytes_in },
		{ "web_bytes_out_total", c.bytes_out },
		{ "web_handshakes_resumed_total", c.handshakes_resumed },
		{ "certificate_expires_timestamp_seconds", web->certificate_ends_ms / 1000 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add(w, rows[i].name, w->process, rows[i].value);
}

static void
add_times(struct writer *w, const struct ipc_client_times *t)
{
	for (size_t i = 0; i < IPC_CLIENT_BOUNDS; i++)
		add(w, "store_answer_seconds_bucket", arena_printf(w->arena, "%s,le=\"%u.%03u\"", w->process, t->within[i].bound_ms / 1000,
		    t->within[i].bound_ms % 1000), t->within[i].count);
	add(w, "store_answer_seconds_bucket", arena_printf(w->arena, "%s,le=\"+Inf\"", w->process), t->count);
	/* in microseconds: only whole numbers cross links */
	add(w, "store_answer_seconds_sum", w->process, t->sum_us);
	add(w, "store_answer_seconds_count", w->process, t->count);
}

static void
add_answers(struct writer *w, const struct web_report *r)
{
	for (size_t i = 0; i <= r->web->route_count; i++) {
		const char *operation = i == r->web->route_count ? "none" : r->web->routes[i].operation;
		for (size_t k = 0; k < STATUSES_MAX && r->answers[i].of[k].status != 0; k++)
			add(w, "web_requests_total", arena_printf(w->arena, "%s,operation=\"%s\",status=\"%d\"", w->process, operation,
			    r->answers[i].of[k].status), r->answers[i].of[k].count);
	}
}

Provision__Report *
web_report_make(const struct web_report *r, struct arena *arena)
{
	struct writer w = { .arena = arena, .m = arena_alloc(arena, sizeof(*w.m)) };
	const char *name = arena_printf(arena, "web-%u", role_index(r->web->role));
	w.process = arena_printf(arena, "process=\"%s\"", name);
	provision__report__init(w.m);
	w.m->process = (ProtobufCBinaryData){ strlen(name), (uint8_t *)(uintptr_t)name };
	w.m->counters = arena_alloc(arena, COUNTERS_MAX * sizeof(*w.m->counters));
	add_server(&w, r->web);
	add_times(&w, ipc_client_times(r->web->store));
	add_answers(&w, r);
	return w.m;
}

/* --- health */

void
web_report_health(struct http_request *request, void *web)
{
	bool is_well = web_report_is_well(((struct web *)web)->report);
	http_response_send(request, is_well ? 200 : 503, HTTP_TYPE_TEXT, is_well ? VIEW_LIT("ok\n") : VIEW_LIT("unavailable\n"));
}
