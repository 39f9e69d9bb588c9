/* SPDX-License-Identifier: MIT */
/*
 * The streams of this process and their one timer. Decides nothing about rights: every read passes the session on, and what the store
 * answers to it begins a stream, feeds it or ends it. Knows an event's number and name, nothing else of it.
 *
 * A stream's number at the store is its place in the table and a count of uses above it, so that a wake for one that has ended finds
 * nobody.
 */
#include "web/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypt/secret.h"
#include "http/json_write.h"
#include "http/response.h"
#include "http/sse.h"
#include "http/stream.h"
#include "ipc/client.h"
#include "record/event.pb-c.h"
#include "rest/json.h"
#include "web/session.h"
#include "web/web.h"

/* So often something is sent, whatever happens. */
#define BEAT_MS 25000U
#define TICK_MS 1000U
/* How long a client waits before it connects again. */
#define RETRY_MS 2000U
/* All that one read gives, as text. */
#define TEXT_MAX ((size_t)32 * 1024)
#define DATA_MAX 512
#define NUMBER_MAX 24
#define USE_SHIFT 32

struct stream {
	struct web_events *all;
	struct stream *next, **back;     /* in order of the last beat; *back == this */
	uint64_t number;                 /* at the store */
	struct http_request *request;    /* until the stream begins */
	struct http_stream *http;        /* NULL before, and when it is over */
	struct ipc_client_call *call;    /* the read under way */
	uint64_t link;                   /* over which it went */
	uint64_t after;                  /* the client has all up to here; 0: it has said nothing */
	uint64_t beat_ms;
	bool is_wanted;                  /* to read again as soon as it can */
	bool is_over;                    /* the client has gone */
	uint8_t session[WEB_SESSION_BYTES];
	uint8_t address[16];
};

struct web_events {
	struct web *web;
	struct stream *first, **last;
	struct event_timer *timer;       /* while there are streams */
	bool is_timing;
	bool is_stopping;
	uint32_t count, max;
	uint32_t uses;
	struct stream **table;
};

/* --- the list and the table */

static void
append(struct web_events *e, struct stream *s)
{
	s->next = NULL;
	s->back = e->last;
	*e->last = s;
	e->last = &s->next;
}

static void
take_out(struct web_events *e, struct stream *s)
{
	*s->back = s->next;
	if (s->next != NULL)
		s->next->back = s->back;
	else
		e->last = s->back;
}

static struct stream *
find(const struct web_events *e, uint64_t number)
{
	uint32_t place = (uint32_t)number;
	struct stream *s = place < e->max ? e->table[place] : NULL;
	return s != NULL && s->number == number ? s : NULL;
}

/* NULL: there are as many as there may be. */
static struct stream *
stream_new(struct web_events *e)
{
	uint32_t place = 0;
	if (e->count == e->max)
		return NULL;
	while (e->table[place] != NULL)
		place++;
	struct stream *s = mem_alloc(sizeof(*s));
	s->all = e;
	s->number = (uint64_t)++e->uses << USE_SHIFT | place;
	s->beat_ms = event_loop_now_ms(e->web->loop);
	e->table[place] = s;
	e->count++;
	append(e, s);
	return s;
}

static void
stream_free(struct stream *s)
{
	struct web_events *e = s->all;
	ipc_client_cancel(&s->call);
	http_stream_end(&s->http);
	take_out(e, s);
	e->table[(uint32_t)s->number] = NULL;
	e->count--;
	secret_wipe(s->session, sizeof(s->session));
	mem_free(&s);
}

/* The store forgets it too; not while a read may make it known there. */
static void
leave(struct stream *s)
{
	Provision__EventLeave m = PROVISION__EVENT_LEAVE__INIT;
	m.listener = s->number;
	int err = ipc_client_tell(s->all->web->store, IPC_EVENT_LEAVE, &m.base);
	if (err != 0)        /* a link that is gone takes its listeners with it */
		log_event(LOG_DEBUG, "event-leave-not-sent", LOG_ERR(err));
	stream_free(s);
}

/* --- sending */

static int
put_event(struct buf *out, const Provision__EventRow *row)
{
	char id[NUMBER_MAX], name[REST_JSON_NAME_MAX];
	const ProtobufCFieldDescriptor *kind = protobuf_c_message_descriptor_get_field_by_name(row->base.descriptor, "kind");
	struct buf data;
	struct http_json_write w;
	buf_init(&data, DATA_MAX);
	w = http_json_write_to(&data);
	http_json_write_object(&w, NULL);
	rest_json_write_members(&w, &row->base, NULL);
	http_json_write_close(&w);
	int err = http_json_write_end(&w);
	snprintf(id, sizeof(id), "%" PRIu64, row->number);
	rest_json_enum_name(kind, (size_t)row->kind, name);
	struct http_sse_event e = { .id = view_str(id), .name = view_str(name), .data = buf_view(&data) };
	if (err == 0)
		err = http_sse_write(out, &e);
	buf_deinit(&data);
	return err;
}

/* At first how long to wait after a break, and where the stream begins. */
static int
put_beginning(struct buf *out, uint64_t number)
{
	char id[NUMBER_MAX];
	snprintf(id, sizeof(id), "%" PRIu64, number);
	struct http_sse_event e = { .id = view_str(id) };
	int err = http_sse_write_retry(out, RETRY_MS);
	return err == 0 ? http_sse_write(out, &e) : err;
}

static int
send_events(struct stream *s, const Provision__EventReadReply *reply, bool is_first)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	int err = is_first ? put_beginning(&out, s->after == 0 ? reply->next : s->after) : 0;
	for (size_t i = 0; err == 0 && i < reply->n_items; i++)
		err = put_event(&out, reply->items[i]);
	if (err == 0)
		err = http_stream_write(s->http, buf_view(&out));
	buf_deinit(&out);
	return err;
}

/* --- reading */

static void read_answered(void *arg, int err, const ProtobufCMessage *m, const int *fds);

/* Reads when nothing is under way in either direction, else later. */
static void
read_on(struct stream *s)
{
	struct web *web = s->all->web;
	s->is_wanted = true;
	if (s->call != NULL || s->is_over || (s->http != NULL && !http_stream_is_drained(s->http)))
		return;
	Provision__Caller caller = PROVISION__CALLER__INIT;
	Provision__EventRead m = PROVISION__EVENT_READ__INIT;
	caller.session = (ProtobufCBinaryData){ .len = sizeof(s->session), .data = s->session };
	caller.address = (ProtobufCBinaryData){ .len = sizeof(s->address), .data = s->address };
	m.caller = &caller;
	m.listener = s->number;
	m.after = s->after;
	s->is_wanted = false;
	s->link = web->store_link;
	s->call = ipc_client_call(web->store, IPC_EVENT_READ, &m.base, NULL, web->store_timeout_ms, read_answered, s);
}

static void
on_drained(void *arg)
{
	struct stream *s = arg;
	if (s->is_wanted)
		read_on(s);
}

static void
on_closed(void *arg, int err)
{
	struct stream *s = arg;
	(void)err;
	http_stream_end(&s->http);
	s->is_over = true;
	if (s->call == NULL)
		leave(s);
}

static const struct http_stream_handler HANDLER = { on_drained, on_closed };

/* Another link, or a passing failure: the stream stays and tries again at once over a new link, else with the next beat. */
static void
read_failed(struct stream *s, int err)
{
	struct web *web = s->all->web;
	bool is_passing = err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_BUSY || err == ERR_IO;
	if (s->http == NULL) {
		struct http_request *r = s->request;
		s->request = NULL;
		http_response_send_problem(r, err, NULL, NULL);
		leave(s);
	} else if (!is_passing) {
		leave(s);
	} else {
		s->is_wanted = true;
		if (s->link != web->store_link && ipc_client_is_attached(web->store))
			read_on(s);
	}
}

static void
begin(struct stream *s)
{
	struct http_request *r = s->request;
	s->is_over = http_request_head(r)->method == HTTP_HEAD;
	s->request = NULL;
	http_response_add(r, "X-Accel-Buffering", "no");         /* a proxy is to pass events on as they come */
	s->http = http_stream_start(r, HTTP_SSE_TYPE, &HANDLER, s);
}

static void
read_answered(void *arg, int err, const ProtobufCMessage *m, const int *fds)
{
	struct stream *s = arg;
	const Provision__EventReadReply *reply = (const void *)m;
	bool is_first = s->http == NULL && !s->is_over;
	(void)fds;
	s->call = NULL;
	if (is_first && err == 0 && s->all->is_stopping)
		err = ERR_UNAVAILABLE;
	if (err != 0 && !s->is_over) {
		read_failed(s, err);
		return;
	}
	if (is_first)
		begin(s);
	if (s->is_over || send_events(s, reply, is_first) != 0) {
		leave(s);
		return;
	}
	s->after = reply->next;
	s->beat_ms = event_loop_now_ms(s->all->web->loop);
	take_out(s->all, s);
	append(s->all, s);
	if (reply->is_more || s->is_wanted)
		read_on(s);
}

/* --- beats */

static void
beat(struct stream *s, uint64_t now)
{
	s->beat_ms = now;
	take_out(s->all, s);
	append(s->all, s);
	if (s->http == NULL)
		return;
	/* what does not take the last beat is the minimum rate's */
	if (http_stream_is_drained(s->http) && http_stream_write(s->http, VIEW_LIT(HTTP_SSE_HEARTBEAT)) != 0)
		s->is_over = true;
	if (s->is_over && s->call == NULL)
		leave(s);
	else if (s->is_wanted)
		read_on(s);
}

static void
on_tick(void *arg)
{
	struct web_events *e = arg;
	uint64_t now = event_loop_now_ms(e->web->loop);
	while (e->first != NULL && e->first->beat_ms + BEAT_MS <= now)
		beat(e->first, now);
	e->is_timing = e->first != NULL;
	if (e->is_timing)
		event_timer_again(e->timer, TICK_MS);
}

static void
start_timing(struct web_events *e)
{
	if (e->is_timing)
		return;
	e->is_timing = true;
	if (e->timer == NULL)
		e->timer = event_timer_start(e->web->loop, TICK_MS, on_tick, e);
	else
		event_timer_again(e->timer, TICK_MS);
}

/* --- requests */

/* The field wins: a browser that connects again asks with the parameter of its first time. ERR_SYNTAX: no number. */
static int
find_after(struct http_request *r, uint64_t *after_r)
{
	struct view text = http_request_field(r, "last-event-id");
	int err = 0;
	*after_r = 0;
	if (text.len == 0)
		err = http_request_query(r, "after", &text);
	if (err != 0 || text.len == 0)
		return err;
	return text_u64(text, INT64_MAX, after_r) == 0 ? 0 : ERR_SYNTAX;
}

void
web_events_handle(struct http_request *r, void *arg)
{
	struct web *web = arg;
	struct web_events *e = web->events;
	const struct event_address *peer = http_request_peer(r);
	struct view session;
	uint64_t after = 0;
	int err = web_session_token(r, http_request_arena(r), &session);
	if (err == 0)
		err = find_after(r, &after);
	struct stream *s = err != 0 || e->is_stopping ? NULL : stream_new(e);
	if (s == NULL) {
		http_response_send_problem(r, err != 0 ? err : e->is_stopping ? ERR_UNAVAILABLE : ERR_BUSY, NULL,
		    err == ERR_SYNTAX ? "after" : NULL);
		return;
	}
	require(session.len == sizeof(s->session));      /* the gate has seen it */
	memcpy(s->session, session.data, sizeof(s->session));
	memcpy(s->address, peer->ip, sizeof(s->address));
	s->request = r;
	s->after = after;
	start_timing(e);
	read_on(s);
}

void
web_events_wake(struct web_events *e, uint64_t listener)
{
	struct stream *s = find(e, listener);
	if (s != NULL)
		read_on(s);
}

void
web_events_attached(struct web_events *e)
{
	for (struct stream *s = e->first; s != NULL; s = s->next)
		if (s->http != NULL)
			read_on(s);
}

/* --- life */

struct web_events *
web_events_new(struct web *web, uint32_t streams_max)
{
	struct web_events *e = mem_alloc(sizeof(*e));
	e->web = web;
	e->max = streams_max;
	e->last = &e->first;
	e->table = mem_alloc(streams_max * sizeof(*e->table));
	return e;
}

void
web_events_stop(struct web_events *e)
{
	e->is_stopping = true;
	for (struct stream *s = e->first, *next; s != NULL; s = next) {
		next = s->next;
		/* one that has not begun is answered by the read under way, which ends it */
		if (s->http == NULL)
			continue;
		http_stream_end(&s->http);
		s->is_over = true;
		if (s->call == NULL)
			leave(s);
	}
}

void
web_events_free(struct web_events **e_at)
{
	struct web_events *e = *e_at;
	if (e == NULL)
		return;
	while (e->first != NULL) {
		if (e->first->request != NULL)
			http_response_send_problem(e->first->request, ERR_UNAVAILABLE, NULL, NULL);
		stream_free(e->first);
	}
	event_timer_cancel(&e->timer);
	mem_free(&e->table);
	mem_free(e_at);
}

uint32_t
web_events_count(const struct web_events *e)
{
	return e->count;
}
