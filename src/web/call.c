/* SPDX-License-Identifier: MIT */
/*
 * From an HTTP request to a message of the store and back, driven by rest/operation.h. Decides nothing about
 * rights: the store does. Called by http/server.h as the handler of the rows without one of their own.
 */
#include "web/call.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/json.h"
#include "http/json_write.h"
#include "http/response.h"
#include "ipc/check.h"
#include "rest/document.h"
#include "rest/json.h"
#include "record/common.pb-c.h"
#include "web/route.h"
#include "web/session.h"
#include "web/web.h"

#define USER_AGENT_MAX 256
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define LIMIT_DEFAULT TEXT(REST_DOCUMENT_LIMIT)
#define IDEMPOTENCY_KEY REST_DOCUMENT_IDEMPOTENCY_KEY
#define IDEMPOTENCY_KEY_MAX 64
#define ANSWER_MAX ((size_t)2 * 1024 * 1024)

struct web_call {
	struct web *web;
	struct http_request *request;
	const struct rest_operation *operation;
	struct arena *arena;             /* message and what it points to */
	struct http_json *document;      /* of the body; strings of the message point into it */
};

static void
call_free(struct web_call **call)
{
	http_json_free(&(*call)->document);
	arena_free(&(*call)->arena);
	mem_free(call);
}

/* --- who asks */

/* The user agent as it may be recorded: printable ASCII, anything else becomes '?'. */
static struct view
user_agent(struct http_request *r, struct arena *arena)
{
	struct view sent = view_slice(http_request_field(r, "user-agent"), 0, USER_AGENT_MAX);
	if (sent.len == 0)
		return (struct view){ NULL, 0 };
	uint8_t *out = arena_alloc(arena, sent.len);
	for (size_t i = 0; i < sent.len; i++)
		out[i] = sent.data[i] >= 0x20 && sent.data[i] < 0x7f ? sent.data[i] : '?';
	return view_of(out, sent.len);
}

static ProtobufCBinaryData
binary(struct view v)
{
	return (ProtobufCBinaryData){ .len = v.len, .data = (uint8_t *)(uintptr_t)v.data };
}

int
web_call_identify(struct http_request *r, ProtobufCMessage *m, struct arena *arena)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "caller");
	if (f == NULL)
		return 0;
	struct view token = { NULL, 0 };
	bool is_asked = (http_request_route(r)->flags & HTTP_ROUTE_LOGIN) != 0;
	int err = is_asked ? web_session_token(r, arena, &token) : 0;
	if (err != 0)
		return err;
	Provision__Caller *caller = arena_alloc(arena, sizeof(*caller));
	provision__caller__init(caller);
	const struct event_address *peer = http_request_peer(r);
	caller->session = binary(token);
	caller->address = binary(arena_dup(arena, view_of(peer->ip, sizeof(peer->ip))));
	caller->user_agent = binary(user_agent(r, arena));
	*(Provision__Caller **)((char *)m + f->offset) = caller;
	return 0;
}

/*
 * A key, quoted as the draft has it (draft-ietf-httpapi-idempotency-key-header) or bare as many clients send it: 1 to 64
 * visible characters without quotes and backslashes. ERR_SYNTAX.
 */
static int
idempotency_key(const struct http_request *r, struct view *key_r)
{
	struct view v = http_request_field(r, IDEMPOTENCY_KEY);
	bool is_quoted = v.len >= 2 && v.data[0] == '"' && v.data[v.len - 1] == '"';
	*key_r = is_quoted ? view_slice(v, 1, v.len - 2) : v;
	for (size_t i = 0; i < key_r->len; i++)
		if (key_r->data[i] <= 0x20 || key_r->data[i] >= 0x7f || key_r->data[i] == '"' || key_r->data[i] == '\\')
			return ERR_SYNTAX;
	if (v.data != NULL && key_r->len == 0)
		return ERR_SYNTAX;
	return key_r->len <= IDEMPOTENCY_KEY_MAX ? 0 : ERR_SYNTAX;
}

/* Of an operation that takes one; elsewhere the field means nothing. */
static int
fill_idempotency_key(struct web_call *call, ProtobufCMessage *m, const char **field_r)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "caller");
	struct view key;
	if (call->operation->repeat != REST_REPEAT_KEY)
		return 0;
	int err = idempotency_key(call->request, &key);
	if (err != 0)
		*field_r = IDEMPOTENCY_KEY;
	else
		(*(Provision__Caller **)((char *)m + f->offset))->idempotency_key = binary(key);
	return err;
}

int
web_call_gate(struct http_request *r, void *web)
{
	return (http_request_route(r)->flags & HTTP_ROUTE_LOGIN) == 0 ? 0 : web_session_gate(r, web);
}

/* --- the message */

/* Fills the fields named by the path and the query; *field_r: which one is wrong. ERR_NOT_FOUND: no such path. */
static int
fill_from_target(struct web_call *call, ProtobufCMessage *m, const char **field_r)
{
	const struct rest_operation *op = call->operation;
	int err = 0;
	for (size_t i = 0; i < HTTP_ROUTE_PARAMS_MAX && op->params[i] != NULL; i++)
		if (rest_json_set(m, op->params[i], http_request_param(call->request, i)->text, call->arena) != 0)
			return ERR_NOT_FOUND;
	for (const struct rest_query *q = op->query; q->name != NULL && err == 0; q++) {
		struct view value;
		*field_r = q->name;
		err = http_request_query(call->request, q->name, &value);
		if (err == 0 && value.data == NULL && strcmp(q->field, "limit") == 0)
			value = VIEW_LIT(LIMIT_DEFAULT);
		if (err == 0 && value.data != NULL)
			err = rest_json_set(m, q->field, value, call->arena);
	}
	if (err == 0)
		*field_r = NULL;
	return err;
}

static int
fill_from_body(struct web_call *call, ProtobufCMessage *m, const char **field_r)
{
	const char *bound[REST_OPERATION_BOUND_MAX];
	const struct rest_operation *op = call->operation;
	if (op->body != HTTP_BODY_JSON)
		return 0;
	rest_operation_bound(op, bound);
	int err = http_json_parse(http_request_body(call->request), op->body_max, &call->document);
	if (err == 0)
		err = rest_json_read(http_json_root(call->document), bound, REST_JSON_REFUSE, call->arena, m);
	if (err == 0)
		err = http_json_check(call->document);
	if (call->document != NULL)
		*field_r = http_json_field(call->document);
	return err;
}

static bool
is_of_path(const struct rest_operation *op, const char *field)
{
	for (size_t i = 0; i < HTTP_ROUTE_PARAMS_MAX && op->params[i] != NULL; i++)
		if (strcmp(op->params[i], field) == 0)
			return true;
	return false;
}

/* By the name that clients know. */
static bool
is_of_query(const struct rest_operation *op, const char *name)
{
	for (const struct rest_query *q = op->query; q->name != NULL && name != NULL; q++)
		if (strcmp(q->name, name) == 0)
			return true;
	return false;
}

/* What a client calls a field of the request's message; what is none (a part of a package) has its own name. */
static const char *
name_of(const struct rest_operation *op, const char *field, struct arena *arena)
{
	char name[REST_JSON_NAME_MAX];
	const ProtobufCMessageDescriptor *request = ipc_message_find(op->request)->descriptor;
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(request, field);
	for (const struct rest_query *q = op->query; q->name != NULL; q++)
		if (strcmp(q->field, field) == 0)
			return q->name;
	if (f == NULL)
		return field;
	rest_json_name(f, name);
	return arena_str(arena, view_str(name));
}

/* The limits that the store's link holds every message to, here, where the field can be told. */
static int
check_limits(struct web_call *call, const ProtobufCMessage *m, const char **field_r)
{
	struct ipc_check_fault fault;
	int err = ipc_check(m, &fault);
	if (err == 0)
		return 0;
	if (is_of_path(call->operation, fault.field))
		return ERR_NOT_FOUND;
	*field_r = name_of(call->operation, fault.field, call->arena);
	return err;
}

/* --- the answer */

static void
answer_message(struct web_call *call, const ProtobufCMessage *reply)
{
	const struct rest_operation *op = call->operation;
	struct buf body;
	buf_init(&body, ANSWER_MAX);
	struct http_json_write w = http_json_write_to(&body);
	http_json_write_object(&w, NULL);
	rest_json_write_members(&w, reply, NULL);
	http_json_write_close(&w);
	int err = http_json_write_end(&w);
	if (err != 0)
		http_response_send_problem(call->request, err, "The answer does not fit; ask for fewer items.", NULL);
	else
		http_response_send(call->request, op->status, HTTP_TYPE_JSON, buf_view(&body));
	buf_wipe(&body);
	buf_deinit(&body);
}

/* The field of the message that the header field of a key fills. */
static bool
is_key(const char *field)
{
	return strcmp(field, "idempotency_key") == 0;
}

/* What a quota's name as the blamed field means, or a key's. NULL: the error says enough. */
static const char *
detail_of(int err, const char *field)
{
	if (is_key(field))
		return "This key was used for another request.";
	if (err != ERR_FULL || *field == '\0')
		return NULL;
	if (strcmp(field, "quota_bytes") == 0)
		return "With it the sender would have more bytes waiting for recipients than is allowed.";
	return "The sender has as many packages waiting for recipients as are allowed.";
}

struct http_problem_says
web_call_says(const struct web *web, const struct rest_operation *op, int err, struct arena *arena)
{
	const struct ipc_blame *blame = ipc_client_blame(web->store);
	return (struct http_problem_says){ .detail = detail_of(err, blame->field),
		.field = is_key(blame->field) ? IDEMPOTENCY_KEY : name_of(op, blame->field, arena),
		.limit = blame->limit, .used = blame->used };
}

static void
refused(struct web_call *call, int err)
{
	struct http_problem_says says = web_call_says(call->web, call->operation, err, call->arena);
	int status = err == ERR_CONFLICT && is_key(ipc_client_blame(call->web->store)->field) ? 422 : err_http_status(err);
	http_response_send_problem_saying(call->request, status, err, &says);
}

static void
answered(void *arg, int err, const ProtobufCMessage *reply, const int *fds)
{
	(void)fds;
	struct web_call *call = arg;
	if (err == 0)
		reply = web_session_answer(call->request, call->operation, reply, call->arena);
	if (err != 0)
		refused(call, err);
	else if (reply->descriptor->n_fields == 0)
		http_response_send_empty(call->request, call->operation->status);
	else
		answer_message(call, reply);
	call_free(&call);
}

void
web_call_handle(struct http_request *r, void *arg)
{
	struct web *web = arg;
	const struct rest_operation *op = web_route_operation(web, r);
	const struct ipc_message *row = ipc_message_find(op->request);
	struct web_call *call = mem_alloc(sizeof(*call));
	*call = (struct web_call){ .web = web, .request = r, .operation = op };
	call->arena = arena_new((size_t)row->arena_max + op->body_max);
	ProtobufCMessage *m = rest_json_message(row->descriptor, call->arena);
	const char *field = NULL;
	int err = m == NULL ? ERR_LIMIT : web_call_identify(r, m, call->arena);
	if (err == 0)
		err = fill_idempotency_key(call, m, &field);
	if (err == 0)
		err = fill_from_target(call, m, &field);
	if (err == 0)
		err = fill_from_body(call, m, &field);
	if (err == 0)
		err = check_limits(call, m, &field);
	if (err != 0) {
		int status = err == ERR_LIMIT && is_of_query(op, field) ? 400 : err_http_status(err);
		http_response_send_problem_status(r, status, err, NULL, field == NULL || *field == '\0' ? NULL : field);
		call_free(&call);
		return;
	}
	ipc_client_call(web->store, op->request, m, NULL, web->store_timeout_ms, answered, call);
}
