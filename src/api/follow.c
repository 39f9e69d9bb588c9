/* SPDX-License-Identifier: MIT */
/*
 * One request after the other, each behind the last event that was taken (Last-Event-ID). A stream that ends in good order is asked
 * for again like one that broke: a server process has stopped, or a session has, which the next answer says.
 */
#include "api/follow.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/internal.h"
#include "base/arena.h"
#include "http/sse.h"
#include "ipc/check.h"
#include "rest/json.h"
#include "rest/operation.h"

#define EVENT_ARENA_MAX 4096

struct follow {
	const struct api_follow_handler *handler;
	void *arg;
	struct http_sse_reader *reader;
	bool is_connected;        /* this exchange has brought something */
	int err;                  /* of the handler, or of what it was given */
};

static int
read_row(struct view data, struct arena *arena, const Provision__EventRow **row_r)
{
	ProtobufCMessage *m = rest_json_message(&provision__event_row__descriptor, arena);
	struct http_json *json = NULL;
	int err = m == NULL ? ERR_LIMIT : http_json_parse(data, HTTP_SSE_DATA_MAX, &json);
	if (err == 0)
		err = rest_json_read(http_json_root(json), NULL, REST_JSON_IGNORE, arena, m);
	if (err == 0)
		err = http_json_check(json);
	if (err == 0)
		err = ipc_check(m, NULL);
	http_json_free(&json);
	*row_r = (const Provision__EventRow *)(const void *)m;
	return err;
}

static int
on_event(void *arg, const struct http_sse_event *e)
{
	struct follow *f = arg;
	struct arena *arena = arena_new(EVENT_ARENA_MAX);
	const Provision__EventRow *row;
	int err = read_row(e->data, arena, &row);
	if (err == 0)
		err = f->handler->event(f->arg, row);
	arena_free(&arena);
	return err;
}

static int
take(void *arg, struct view bytes)
{
	struct follow *f = arg;
	bool is_first = !f->is_connected;
	f->is_connected = true;
	if (is_first && f->handler->connected != NULL)
		f->err = f->handler->connected(f->arg);
	if (f->err == 0)
		f->err = http_sse_reader_feed(f->reader, bytes);
	return f->err;
}

static void
exchange(struct follow *f, struct api_client *c, struct api_answer *a_r)
{
	char path[API_PATH_MAX], last_id[HTTP_SSE_ID_MAX + 32];
	const char *fields[] = { "Accept: " HTTP_SSE_TYPE, NULL, NULL };
	struct view id = http_sse_reader_last_id(f->reader);
	snprintf(path, sizeof(path), REST_OPERATION_BASE "%s", rest_operation_find("followEvents")->pattern);
	snprintf(last_id, sizeof(last_id), "Last-Event-ID: %.*s", VIEW_FMT(id));
	if (id.len > 0)
		fields[1] = last_id;
	struct api_request r = { .method = HTTP_GET, .path = path, .fields = fields, .stream = take, .arg = f };
	http_sse_reader_restart(f->reader);
	f->is_connected = false;
	api_transport_exchange(c->transport, &r, a_r);
	if (a_r->err == 0 && a_r->status == 200) {
		a_r->err = ERR_UNAVAILABLE;
		snprintf(a_r->reason, sizeof(a_r->reason), "the server has ended the stream");
	}
}

/* As if it had been read: where the first stream goes on. */
static int
begin_behind(struct follow *f, uint64_t after)
{
	char text[64];
	if (after == 0)
		return 0;
	snprintf(text, sizeof(text), "id: %" PRIu64 "\n\n", after);
	return http_sse_reader_feed(f->reader, view_str(text));
}

int
api_follow(struct api_client *c, uint64_t after, const struct api_follow_handler *handler, void *arg)
{
	static const struct http_sse_reader_handler READER = { on_event, NULL };
	struct follow f = { .handler = handler, .arg = arg };
	struct api_retry retry = api_retry_start(&c->patience);
	f.reader = http_sse_reader_new(&READER, &f);
	int err = begin_behind(&f, after);
	while (err == 0) {
		struct api_answer a;
		exchange(&f, c, &a);
		if (f.is_connected)
			retry = api_retry_start(&c->patience);
		if (f.err != 0)
			err = f.err;
		else if (!api_retry_wait(&retry, &a))
			err = api_internal_fail(c, &a);
		api_answer_deinit(&a);
	}
	http_sse_reader_free(&f.reader);
	return err;
}
