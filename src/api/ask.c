/* SPDX-License-Identifier: MIT */
/*
 * The client's half of the table of operations; web/call.c is the server's. Called by the tools for everything that is
 * not bytes (api/upload.c, api/download.c).
 */
#include "api/ask.h"

#include <stdio.h>
#include <string.h>

#include "api/internal.h"
#include "base/fatal.h"
#include "crypt/random.h"
#include "http/json_write.h"
#include "ipc/check.h"
#include "record/common.pb-c.h"
#include "rest/json.h"
#include "rest/operation.h"

#define BODY_MAX ((size_t)2 * 1024 * 1024)

/* Appends text with everything but unreserved characters (RFC 3986) percent-encoded. */
static int
append_encoded(struct buf *out, struct view v)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	int err = 0;
	for (size_t i = 0; i < v.len && err == 0; i++)
		err = v.data[i] != 0 && strchr(unreserved, v.data[i]) != NULL ? buf_append_u8(out, v.data[i]) :
		    buf_printf(out, "%%%02X", v.data[i]);
	return err;
}

static int
append_field(struct buf *out, const ProtobufCMessage *m, const char *field)
{
	struct buf text;
	buf_init(&text, API_PATH_MAX);
	int err = rest_json_get(m, field, &text);
	if (err == 0)
		err = append_encoded(out, buf_view(&text));
	buf_deinit(&text);
	return err;
}

/* The pattern with its holes filled from the message. */
static int
append_path(struct buf *out, const struct rest_operation *op, const ProtobufCMessage *m)
{
	size_t hole = 0;
	int err = 0;
	for (const char *p = op->pattern; *p != '\0' && err == 0; p++) {
		if (*p != '{') {
			err = buf_append_u8(out, (uint8_t)*p);
			continue;
		}
		err = append_field(out, m, op->params[hole++]);
		p += strcspn(p, "}");
	}
	return err;
}

/* A query parameter is left out when its field is empty or zero. */
static bool
is_given(const ProtobufCMessage *m, const char *field)
{
	struct buf text;
	buf_init(&text, API_PATH_MAX);
	bool given = rest_json_get(m, field, &text) == 0 && text.len > 0 && !view_equal_str(buf_view(&text), "0");
	buf_deinit(&text);
	return given;
}

static int
append_query(struct buf *out, const struct rest_operation *op, const ProtobufCMessage *m)
{
	char separator = '?';
	int err = 0;
	for (const struct rest_query *q = op->query; q->name != NULL && err == 0; q++) {
		if (!is_given(m, q->field))
			continue;
		err = buf_printf(out, "%c%s=", separator, q->name);
		if (err == 0)
			err = append_field(out, m, q->field);
		separator = '&';
	}
	return err;
}

static int
write_body(struct buf *out, const struct rest_operation *op, const ProtobufCMessage *m)
{
	const char *bound[REST_OPERATION_BOUND_MAX];
	struct http_json_write w = http_json_write_to(out);
	if (op->body != HTTP_BODY_JSON)
		return 0;
	rest_operation_bound(op, bound);
	http_json_write_object(&w, NULL);
	rest_json_write_members(&w, m, bound);
	http_json_write_close(&w);
	return http_json_write_end(&w);
}

static int
read_reply(struct api_client *c, const struct rest_operation *op, struct http_json *answer, struct arena *arena,
    const ProtobufCMessage **reply_r)
{
	const struct ipc_message *row = ipc_message_find(ipc_message_find(op->request)->reply);
	ProtobufCMessage *m = rest_json_message(row->descriptor, arena);
	int err = m == NULL ? ERR_LIMIT : 0;
	if (err == 0 && answer != NULL) {
		err = rest_json_read(http_json_root(answer), NULL, REST_JSON_IGNORE, arena, m);
		if (err == 0)
			err = http_json_check(answer);
		if (err == 0)
			err = ipc_check(m, NULL);
	}
	if (err != 0) {
		c->problem.err = err;
		snprintf(c->problem.field, sizeof(c->problem.field), "%s", answer == NULL ? "" : http_json_field(answer));
		snprintf(c->problem.detail, sizeof(c->problem.detail), "the server's answer to %s is malformed", op->name);
	}
	*reply_r = m;
	return err;
}

int
api_ask(struct api_client *c, const char *operation, const ProtobufCMessage *request, struct arena *arena,
    const ProtobufCMessage **reply_r)
{
	const struct rest_operation *op = rest_operation_find(operation);
	struct http_json *answer = NULL;
	struct id key = id_random();
	struct buf path, body;
	require(op->media == REST_MEDIA_JSON && ipc_message_find(op->request)->descriptor == request->descriptor);
	memset(&c->problem, 0, sizeof(c->problem));
	buf_init(&path, API_PATH_MAX);
	buf_init(&body, BODY_MAX);
	int err = append_path(&path, op, request);
	if (err == 0)
		err = append_query(&path, op, request);
	if (err == 0)
		err = buf_append_u8(&path, 0);
	if (err == 0)
		err = write_body(&body, op, request);
	if (err == 0)
		err = api_client_call(c, op->method, (const char *)path.data, buf_view(&body),
		    op->repeat == REST_REPEAT_KEY ? id_text(&key).s : NULL, reply_r == NULL ? NULL : &answer);
	if (err == 0 && reply_r != NULL)
		err = read_reply(c, op, answer, arena, reply_r);
	http_json_free(&answer);
	buf_wipe(&body);
	buf_deinit(&body);
	buf_deinit(&path);
	return err;
}
