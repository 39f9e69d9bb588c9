/* SPDX-License-Identifier: MIT */
/*
 * Writes the OpenAPI 3.1 description: walks rest/operation.h for the paths; what travels there rest/schema.c describes. The
 * committed src/rest/openapi.json is its output (tests/rest compares).
 */
#include "rest/document.h"

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "http/json_write.h"
#include "http/problem.h"
#include "http/response.h"
#include "http/sse.h"
#include "rest/json.h"
#include "rest/operation.h"
#include "rest/schema.h"

struct document {
	struct http_json_write w;
	struct rest_schema_list schemas;     /* the messages that answers and bodies consist of */
};

/* web/session.h */
static void
write_cookie_scheme(struct http_json_write *w)
{
	http_json_write_object(w, "cookie");
	http_json_write_str(w, "type", "apiKey");
	http_json_write_str(w, "in", "cookie");
	http_json_write_str(w, "name", REST_DOCUMENT_COOKIE);
	http_json_write_str(w, "description", "For browsers: set when a session is opened with the field Provision-Session: cookie; the "
	    "answer's session is then an anti-forgery token. What writes must bring it in Provision-CSRF and come from the "
	    "service's own pages; answers to what reads bring it anew.");
	http_json_write_close(w);
}

static void
write_components(struct document *d)
{
	struct http_json_write *w = &d->w;
	http_json_write_object(w, "components");
	http_json_write_object(w, "securitySchemes");
	http_json_write_object(w, "session");
	http_json_write_str(w, "type", "http");
	http_json_write_str(w, "scheme", "bearer");
	http_json_write_close(w);
	write_cookie_scheme(w);
	http_json_write_close(w);
	rest_schema_write_all(w, &d->schemas);
	http_json_write_close(w);
}

/* --- operations */

static void
write_parameter(struct http_json_write *w, const char *where, const char *name, bool is_needed)
{
	http_json_write_object(w, NULL);
	http_json_write_str(w, "name", name);
	http_json_write_str(w, "in", where);
	http_json_write_bool(w, "required", is_needed);
	http_json_write_object(w, "schema");
	http_json_write_str(w, "type", "string");
	http_json_write_close(w);
	http_json_write_close(w);
}

/* One that fills a field of the request's message: what fits the field, in a path or query, where a truth is 0 or 1. */
static void
write_field_parameter(struct http_json_write *w, const char *where, const char *name, const struct rest_operation *op, const char *field)
{
	const ProtobufCMessageDescriptor *m = ipc_message_find(op->request)->descriptor;
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m, field);
	http_json_write_object(w, NULL);
	http_json_write_str(w, "name", name);
	http_json_write_str(w, "in", where);
	rest_schema_write_description(w, m, f);
	http_json_write_bool(w, "required", strcmp(where, "path") == 0);
	http_json_write_object(w, "schema");
	if (f->type == PROTOBUF_C_TYPE_BOOL) {
		http_json_write_str(w, "type", "integer");
		http_json_write_u64(w, "minimum", 0);
		http_json_write_u64(w, "maximum", 1);
	} else {
		rest_schema_write_type(w, m, f);
	}
	if (strcmp(name, "limit") == 0)
		http_json_write_u64(w, "default", REST_DOCUMENT_LIMIT);
	http_json_write_close(w);
	http_json_write_close(w);
}

/* The pattern with its holes named after the fields they fill; parameters are written when w is not NULL. */
static void
name_holes(const struct rest_operation *op, char *out, size_t size, struct http_json_write *w)
{
	size_t n = 0, hole = 0;
	for (const char *p = op->pattern; *p != '\0'; p++) {
		require(n + REST_JSON_NAME_MAX < size);
		out[n++] = *p;
		if (*p != '{')
			continue;
		size_t len = strcspn(p, "}") - 1;
		char name[REST_JSON_NAME_MAX];
		if (op->params[hole] != NULL)
			snprintf(name, sizeof(name), "%s", op->params[hole]);
		else
			snprintf(name, sizeof(name), "%.*s", (int)len, p + 1);
		hole++;
		n += (size_t)snprintf(out + n, size - n, "%s", name);
		p += len;
		if (w != NULL && op->params[hole - 1] != NULL)
			write_field_parameter(w, "path", name, op, name);
		else if (w != NULL)
			write_parameter(w, "path", name, true);
	}
	out[n] = '\0';
}

static void
write_parameters(struct http_json_write *w, const struct rest_operation *op)
{
	char path[256];
	http_json_write_array(w, "parameters");
	name_holes(op, path, sizeof(path), w);
	for (const struct rest_query *q = op->query; q->name != NULL; q++)
		write_field_parameter(w, "query", q->name, op, q->field);
	if (op->media == REST_MEDIA_TUS && op->method != HTTP_OPTIONS)
		write_parameter(w, "header", "Tus-Resumable", true);
	if (op->media == REST_MEDIA_TUS && op->method == HTTP_POST) {
		write_parameter(w, "header", "Upload-Length", true);
		write_parameter(w, "header", "Upload-Metadata", true);
	}
	if (op->method == HTTP_PATCH)
		write_parameter(w, "header", "Upload-Offset", true);
	if (op->repeat == REST_REPEAT_KEY)
		write_parameter(w, "header", REST_DOCUMENT_IDEMPOTENCY_KEY, false);
	if (op->media == REST_MEDIA_BYTES) {
		write_parameter(w, "header", "Range", false);
		write_parameter(w, "header", "If-Range", false);
	}
	if (op->media == REST_MEDIA_EVENTS)
		write_parameter(w, "header", "Last-Event-ID", false);
	http_json_write_close(w);
}

static void
write_body(struct http_json_write *w, const struct rest_operation *op)
{
	const char *type = op->body == HTTP_BODY_JSON ? HTTP_TYPE_JSON : "application/offset+octet-stream";
	if (op->body == HTTP_BODY_NONE)
		return;
	http_json_write_object(w, "requestBody");
	http_json_write_bool(w, "required", true);
	http_json_write_object(w, "content");
	http_json_write_object(w, type);
	if (op->body == HTTP_BODY_JSON) {
		http_json_write_object(w, "schema");
		rest_schema_write_object(w, ipc_message_find(op->request)->descriptor, op);
		http_json_write_close(w);
	}
	http_json_write_close(w);
	http_json_write_close(w);
	http_json_write_close(w);
}

static const char *
answer_type(const struct rest_operation *op)
{
	if (op->media == REST_MEDIA_JSON)
		return HTTP_TYPE_JSON;
	if (op->media == REST_MEDIA_BYTES)
		return HTTP_TYPE_BYTES;
	if (op->media == REST_MEDIA_DOCUMENT)
		return HTTP_TYPE_JSON;
	if (op->media == REST_MEDIA_EVENTS)
		return HTTP_SSE_TYPE;
	return NULL;
}

static void
write_media(struct http_json_write *w, const char *type)
{
	http_json_write_object(w, "content");
	http_json_write_object(w, type);
}

static void
write_plain_status(struct http_json_write *w, const char *status, const char *description, const char *type)
{
	http_json_write_object(w, status);
	http_json_write_str(w, "description", description);
	if (type != NULL) {
		write_media(w, type);
		http_json_write_close(w);
		http_json_write_close(w);
	}
	http_json_write_close(w);
}

/* A stream is text; what stands in its data fields is said beside. */
static void
write_events_schema(struct document *d, const ProtobufCMessageDescriptor *reply)
{
	const ProtobufCFieldDescriptor *items = protobuf_c_message_descriptor_get_field_by_name(reply, "items");
	rest_schema_add(&d->schemas, items->descriptor);
	http_json_write_object(&d->w, "schema");
	http_json_write_str(&d->w, "type", "string");
	http_json_write_object(&d->w, "x-data");
	rest_schema_write_ref(&d->w, items->descriptor);
	http_json_write_close(&d->w);
	http_json_write_close(&d->w);
}

static void
write_success(struct document *d, const struct rest_operation *op)
{
	struct http_json_write *w = &d->w;
	const struct ipc_message *request = op->request == IPC_NONE ? NULL : ipc_message_find(op->request);
	const ProtobufCMessageDescriptor *reply = op->media != REST_MEDIA_JSON || request == NULL ? NULL : ipc_message_find(request->reply)->descriptor;
	char status[8];
	snprintf(status, sizeof(status), "%d", op->status);
	http_json_write_object(w, status);
	http_json_write_str(w, "description", op->status == 204 ? "Done." : "The answer.");
	if (answer_type(op) != NULL && op->status != 204) {
		write_media(w, answer_type(op));
		if (reply != NULL) {
			rest_schema_add(&d->schemas, reply);
			http_json_write_object(w, "schema");
			rest_schema_write_ref(w, reply);
			http_json_write_close(w);
		}
		if (op->media == REST_MEDIA_EVENTS)
			write_events_schema(d, ipc_message_find(request->reply)->descriptor);
		http_json_write_close(w);
		http_json_write_close(w);
	}
	http_json_write_close(w);
	if (op->media == REST_MEDIA_BYTES) {
		write_plain_status(w, "206", "The range that was asked for.", HTTP_TYPE_BYTES);
		write_plain_status(w, "304", "What If-None-Match names.", NULL);
	}
}

/* Those refusals that share the status of the first. */
static void
write_refusals(struct http_json_write *w, const struct rest_refusal *first)
{
	char status[8], text[512] = "";
	snprintf(status, sizeof(status), "%d", first->status);
	http_json_write_object(w, status);
	for (const struct rest_refusal *r = first; r->err != 0; r++)
		if (r->status == first->status)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s: %s", text[0] == '\0' ? "" : "; ",
			    err_name(r->err), err_text(r->err));
	http_json_write_str(w, "description", text);
	write_media(w, HTTP_TYPE_PROBLEM);
	http_json_write_object(w, "schema");
	http_json_write_str(w, "$ref", "#/components/schemas/Problem");
	http_json_write_object(w, "properties");
	http_json_write_object(w, "type");
	http_json_write_array(w, "enum");
	for (const struct rest_refusal *r = first; r->err != 0; r++) {
		if (r->status != first->status)
			continue;
		snprintf(text, sizeof(text), "%s%s", HTTP_PROBLEM_URN, err_name(r->err));
		http_json_write_str(w, NULL, text);
	}
	for (int i = 0; i < 7; i++)      /* enum, type, properties, schema, media type, content, status */
		http_json_write_close(w);
}

static void
write_errors(struct http_json_write *w, const struct rest_operation *op)
{
	struct rest_refusal all[REST_OPERATION_REFUSALS_MAX];
	bool done[600] = { false };
	rest_operation_refusals(op, all);
	for (const struct rest_refusal *r = all; r->err != 0; r++) {
		if (!done[r->status])
			write_refusals(w, r);
		done[r->status] = true;
	}
}

static const char repeat_key[] =
    "The same request again with the same Idempotency-Key (1 to 64 visible characters, quoted or bare, best a UUID) gets the same "
    "answer for 24 hours, and nothing more happens; a repetition that overtakes the answer waits for it. Without a key it is "
    "refused, or done once more. Another request with a key that was used is refused with 422. What was refused may be tried again "
    "with the same key.";

/* What the same request, sent again after its answer was lost, comes to. */
static const char *
repeat_text(enum rest_repeat repeat)
{
	static const char *const texts[] = {
		[REST_REPEAT_SAME] = "The same request again gets the same answer, and nothing more happens.",
		[REST_REPEAT_KEY] = repeat_key,
		[REST_REPEAT_NEW] = "The same request again makes another one, which ends by itself.",
		[REST_REPEAT_ONCE] = "The same request again is refused: what it was given is used up, or what it ended is gone.",
	};
	return (size_t)repeat < sizeof(texts) / sizeof(texts[0]) ? texts[repeat] : NULL;
}

static void
write_operation(struct document *d, const struct rest_operation *op)
{
	struct http_json_write *w = &d->w;
	char method[16];
	snprintf(method, sizeof(method), "%s", http_head_method_name(op->method));
	for (char *p = method; *p != '\0'; p++)
		*p = (char)(*p + ('a' - 'A'));
	http_json_write_object(w, method);
	http_json_write_str(w, "operationId", op->name);
	http_json_write_str(w, "summary", op->summary);
	if (repeat_text(op->repeat) != NULL)
		http_json_write_str(w, "description", repeat_text(op->repeat));
	if (op->needs_session) {
		http_json_write_array(w, "security");
		http_json_write_object(w, NULL);
		http_json_write_array(w, "session");
		http_json_write_close(w);
		http_json_write_close(w);
		http_json_write_object(w, NULL);
		http_json_write_array(w, "cookie");
		http_json_write_close(w);
		http_json_write_close(w);
		http_json_write_close(w);
	}
	write_parameters(w, op);
	write_body(w, op);
	if (op->body == HTTP_BODY_JSON)
		for (unsigned i = 0; i < ipc_message_find(op->request)->descriptor->n_fields; i++) {
			const ProtobufCFieldDescriptor *f = &ipc_message_find(op->request)->descriptor->fields[i];
			if (f->type == PROTOBUF_C_TYPE_MESSAGE && !rest_schema_is_bound(op, f))
				rest_schema_add(&d->schemas, f->descriptor);
		}
	http_json_write_object(w, "responses");
	write_success(d, op);
	write_errors(w, op);
	http_json_write_close(w);
	http_json_write_close(w);
}

static bool
is_first_of_path(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(rest_operation_at(k)->pattern, rest_operation_at(i)->pattern) == 0)
			return false;
	return true;
}

static void
write_paths(struct document *d)
{
	http_json_write_object(&d->w, "paths");
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		char path[256];
		if (!is_first_of_path(i))
			continue;
		name_holes(op, path, sizeof(path), NULL);
		http_json_write_object(&d->w, path);
		for (size_t k = i; k < rest_operation_count(); k++)
			if (strcmp(rest_operation_at(k)->pattern, op->pattern) == 0)
				write_operation(d, rest_operation_at(k));
		http_json_write_close(&d->w);
	}
	http_json_write_close(&d->w);
}

int
rest_document_write(struct buf *out)
{
	struct document d = { .w = http_json_write_to(out) };
	http_json_write_object(&d.w, NULL);
	http_json_write_str(&d.w, "openapi", "3.1.0");
	http_json_write_object(&d.w, "info");
	http_json_write_str(&d.w, "title", "Provision");
	http_json_write_str(&d.w, "version", "1");
	http_json_write_str(&d.w, "description",
	    "Ids are 26 characters of base32, other bytes base64url without padding, times RFC 3339 in UTC. "
	    "GET answers HEAD too; another method is refused with 405 and Allow, an unknown path with 404. Statements, certificates, sealed keys, headers and receipts are made and checked by clients.");
	http_json_write_close(&d.w);
	http_json_write_array(&d.w, "servers");
	http_json_write_object(&d.w, NULL);
	http_json_write_str(&d.w, "url", REST_OPERATION_BASE);
	http_json_write_close(&d.w);
	http_json_write_close(&d.w);
	write_paths(&d);
	write_components(&d);
	http_json_write_close(&d.w);
	return http_json_write_end(&d.w);
}
