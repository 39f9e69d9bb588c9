/* SPDX-License-Identifier: MIT */
/*
 * JSON Schema of messages and fields, for the OpenAPI description. Only rest/document.c uses this. Each function writes into
 * what is open in w; what does not fit shows at http_json_write_end().
 */
#ifndef REST_SCHEMA_H
#define REST_SCHEMA_H

#include "http/json_write.h"
#include "rest/operation.h"

struct ProtobufCMessageDescriptor;
struct ProtobufCFieldDescriptor;

#define REST_SCHEMA_MAX 96

/* The messages that are described by name, each once. */
struct rest_schema_list {
	const struct ProtobufCMessageDescriptor *at[REST_SCHEMA_MAX];
	size_t n;
};

/* Adds the message and all that its fields consist of; panics where there are more than REST_SCHEMA_MAX. */
void rest_schema_add(struct rest_schema_list *list, const struct ProtobufCMessageDescriptor *m);
/* The object "schemas": that of problems, and each of the list by its name. */
void rest_schema_write_all(struct http_json_write *w, const struct rest_schema_list *list);
/* The member "$ref" that names a message's schema. */
void rest_schema_write_ref(struct http_json_write *w, const struct ProtobufCMessageDescriptor *m);
/* The members of an object; op: without the fields that are bound in this operation, NULL for all. */
void rest_schema_write_object(struct http_json_write *w, const struct ProtobufCMessageDescriptor *m, const struct rest_operation *op);
/* What the limits' table says of a field of m; nothing where it says nothing. */
void rest_schema_write_description(struct http_json_write *w, const struct ProtobufCMessageDescriptor *m,
    const struct ProtobufCFieldDescriptor *f);
/* The members that say what one value of a field of m may be. */
void rest_schema_write_type(struct http_json_write *w, const struct ProtobufCMessageDescriptor *m,
    const struct ProtobufCFieldDescriptor *f);
/* Is this field filled from the path, the query, or by web itself? op may be NULL. */
bool rest_schema_is_bound(const struct rest_operation *op, const struct ProtobufCFieldDescriptor *f);

#endif
