/* SPDX-License-Identifier: MIT */
/*
 * Owns how a message and its fields are described: walks protobuf-c's descriptors with record/limits.h, by the same naming
 * rules as rest/json.c. Knows no path; rest/document.c calls it.
 */
#include "rest/schema.h"

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/text.h"
#include "record/limits.h"
#include "rest/json.h"

#define REF_MAX 96

void
rest_schema_add(struct rest_schema_list *list, const ProtobufCMessageDescriptor *m)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i] == m)
			return;
	require(list->n < REST_SCHEMA_MAX);
	list->at[list->n++] = m;
	for (unsigned i = 0; i < m->n_fields; i++)
		if (m->fields[i].type == PROTOBUF_C_TYPE_MESSAGE && strcmp(m->fields[i].name, "caller") != 0)
			rest_schema_add(list, m->fields[i].descriptor);
}

void
rest_schema_write_ref(struct http_json_write *w, const ProtobufCMessageDescriptor *m)
{
	char ref[REF_MAX];
	snprintf(ref, sizeof(ref), "#/components/schemas/%s", m->short_name);
	http_json_write_str(w, "$ref", ref);
}

static const struct limits_field *
limits_of(const ProtobufCMessageDescriptor *m, const ProtobufCFieldDescriptor *f)
{
	const struct limits_message *lm = limits_find(m->name);
	const struct limits_field *l = lm == NULL ? NULL : limits_field_find(lm, f->id);
	require(l != NULL);
	return l;
}

static bool
is_time(const ProtobufCFieldDescriptor *f)
{
	size_t n = strlen(f->name);
	return f->type == PROTOBUF_C_TYPE_UINT64 && n > 3 && strcmp(f->name + n - 3, "_ms") == 0;
}

static void
write_bytes_type(struct http_json_write *w, const struct limits_field *l)
{
	http_json_write_str(w, "type", "string");
	if (l->is_id) {
		http_json_write_str(w, "pattern", "^[a-z2-7]{26}$");
	} else if (l->kind == LIMITS_UTF8 || l->kind == LIMITS_TEXT || l->kind == LIMITS_UNICODE) {
		if (l->min > 0)
			http_json_write_u64(w, "minLength", 1);
		http_json_write_u64(w, "maxLength", l->max);
	} else {
		http_json_write_str(w, "contentEncoding", "base64url");
		if (l->kind != LIMITS_OPTIONAL_BYTES && l->min > 0)
			http_json_write_u64(w, "minLength", TEXT_BASE64URL_LEN(l->min));
		http_json_write_u64(w, "maxLength", TEXT_BASE64URL_LEN(l->max));
	}
}

static void
write_integer_type(struct http_json_write *w, const struct limits_field *l, const ProtobufCFieldDescriptor *f)
{
	http_json_write_str(w, "type", "integer");
	http_json_write_u64(w, "minimum", l->kind == LIMITS_VALUE ? l->min : 0);
	/* JSON's integers are signed here */
	uint64_t widest = f->type == PROTOBUF_C_TYPE_UINT64 ? INT64_MAX : UINT32_MAX;
	http_json_write_u64(w, "maximum", l->kind == LIMITS_VALUE ? l->max : widest);
}

static void
write_enum_type(struct http_json_write *w, const struct limits_field *l, const ProtobufCFieldDescriptor *f)
{
	const ProtobufCEnumDescriptor *e = f->descriptor;
	http_json_write_str(w, "type", "string");
	http_json_write_array(w, "enum");
	for (unsigned i = 0; i < e->n_values; i++) {
		char name[REST_JSON_NAME_MAX];
		if ((uint64_t)e->values[i].value < l->min || (uint64_t)e->values[i].value > l->max)
			continue;
		rest_json_enum_name(f, i, name);
		http_json_write_str(w, NULL, name);
	}
	http_json_write_close(w);
}

void
rest_schema_write_description(struct http_json_write *w, const ProtobufCMessageDescriptor *m, const ProtobufCFieldDescriptor *f)
{
	const struct limits_field *l = limits_of(m, f);
	if (l->text[0] != '\0')
		http_json_write_str(w, "description", l->text);
}

void
rest_schema_write_type(struct http_json_write *w, const ProtobufCMessageDescriptor *m, const ProtobufCFieldDescriptor *f)
{
	const struct limits_field *l = limits_of(m, f);
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		rest_schema_write_ref(w, f->descriptor);
	} else if (f->type == PROTOBUF_C_TYPE_BYTES) {
		write_bytes_type(w, l);
	} else if (f->type == PROTOBUF_C_TYPE_ENUM) {
		write_enum_type(w, l, f);
	} else if (f->type == PROTOBUF_C_TYPE_BOOL) {
		http_json_write_str(w, "type", "boolean");
	} else if (is_time(f)) {
		http_json_write_str(w, "type", "string");
		http_json_write_str(w, "format", "date-time");
	} else {
		write_integer_type(w, l, f);
	}
}

static void
write_property(struct http_json_write *w, const ProtobufCMessageDescriptor *m, const ProtobufCFieldDescriptor *f)
{
	const struct limits_field *l = limits_of(m, f);
	char name[REST_JSON_NAME_MAX];
	rest_json_name(f, name);
	http_json_write_object(w, name);
	rest_schema_write_description(w, m, f);
	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		http_json_write_str(w, "type", "array");
		http_json_write_u64(w, "minItems", l->items_min);
		http_json_write_u64(w, "maxItems", l->items_max);
		http_json_write_object(w, "items");
		rest_schema_write_type(w, m, f);
		http_json_write_close(w);
	} else {
		rest_schema_write_type(w, m, f);
	}
	http_json_write_close(w);
}

/* What is always there: rest/json.c leaves out empty bytes, absent messages and times of 0. */
static bool
is_required(const struct limits_field *l, const ProtobufCFieldDescriptor *f)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return true;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return l->kind == LIMITS_REQUIRED;
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return l->kind != LIMITS_OPTIONAL_BYTES && l->min > 0;
	return !is_time(f);
}

bool
rest_schema_is_bound(const struct rest_operation *op, const ProtobufCFieldDescriptor *f)
{
	if (strcmp(f->name, "caller") == 0)
		return true;
	if (op == NULL)
		return false;
	for (size_t i = 0; i < HTTP_ROUTE_PARAMS_MAX && op->params[i] != NULL; i++)
		if (strcmp(op->params[i], f->name) == 0)
			return true;
	for (const struct rest_query *q = op->query; q->name != NULL; q++)
		if (strcmp(q->field, f->name) == 0)
			return true;
	return false;
}

void
rest_schema_write_object(struct http_json_write *w, const ProtobufCMessageDescriptor *m, const struct rest_operation *op)
{
	http_json_write_str(w, "type", "object");
	http_json_write_array(w, "required");
	for (unsigned i = 0; i < m->n_fields; i++) {
		char name[REST_JSON_NAME_MAX];
		if (rest_schema_is_bound(op, &m->fields[i]) || !is_required(limits_of(m, &m->fields[i]), &m->fields[i]))
			continue;
		rest_json_name(&m->fields[i], name);
		http_json_write_str(w, NULL, name);
	}
	http_json_write_close(w);
	http_json_write_object(w, "properties");
	for (unsigned i = 0; i < m->n_fields; i++)
		if (!rest_schema_is_bound(op, &m->fields[i]))
			write_property(w, m, &m->fields[i]);
	http_json_write_close(w);
}

static void
write_problem_schema(struct http_json_write *w)
{
	static const char *const members[][2] = {
		{ "type", "urn:provision:problem: and the problem's name" },
		{ "title", "What kind of problem, one English sentence." },
		{ "detail", "What went wrong this time." },
		{ "field", "The member of the input that was wrong, or the quota that is full: quota_bytes, quota_packages." },
	};
	static const char *const numbers[][2] = {
		{ "status", "The HTTP status." },
		{ "limit", "What that quota allows." },
		{ "used", "What of it is used." },
	};
	http_json_write_object(w, "Problem");
	http_json_write_str(w, "description", "RFC 9457.");
	http_json_write_str(w, "type", "object");
	http_json_write_array(w, "required");
	http_json_write_str(w, NULL, "type");
	http_json_write_str(w, NULL, "title");
	http_json_write_str(w, NULL, "status");
	http_json_write_close(w);
	http_json_write_object(w, "properties");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		http_json_write_object(w, members[i][0]);
		http_json_write_str(w, "type", "string");
		http_json_write_str(w, "description", members[i][1]);
		http_json_write_close(w);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		http_json_write_object(w, numbers[i][0]);
		http_json_write_str(w, "type", "integer");
		http_json_write_str(w, "description", numbers[i][1]);
		http_json_write_close(w);
	}
	http_json_write_close(w);
	http_json_write_close(w);
}

void
rest_schema_write_all(struct http_json_write *w, const struct rest_schema_list *list)
{
	http_json_write_object(w, "schemas");
	write_problem_schema(w);
	for (size_t i = 0; i < list->n; i++) {
		http_json_write_object(w, list->at[i]->short_name);
		rest_schema_write_object(w, list->at[i], NULL);
		http_json_write_close(w);
	}
	http_json_write_close(w);
}
