/* SPDX-License-Identifier: MIT */
/*
 * The JSON image of a message, made from its protobuf descriptor and its limits (record/limits.h), both
 * ways: one rule for the HTTP API and for --json, none written by hand for a message.
 *
 *   name     the field's name without a leading "is_" and a trailing "_ms"
 *   {id}     26 characters of base32; {utf8}, {text} strings; other bytes base64url without padding
 *   *_ms     RFC 3339 in UTC; 0 is left out
 *   enum     the value's name in lower case, without the enum's own prefix: PACKAGE_STATE_WAITING "waiting"
 *   bool, integers: as they are; empty bytes and missing messages are left out; repeated: arrays
 *
 * "bound" lists names of proto fields that travel elsewhere (path, query) or are filled by the reader itself; it ends
 * with NULL and may be NULL. "caller" is always bound.
 */
#ifndef REST_JSON_H
#define REST_JSON_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "http/json.h"
#include "http/json_write.h"

struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct ProtobufCFieldDescriptor;

/* Longest JSON name of a field, NUL included (panics beyond: a bug of ours). */
#define REST_JSON_NAME_MAX 48

/* JSON name of a field; out holds REST_JSON_NAME_MAX bytes. */
void rest_json_name(const struct ProtobufCFieldDescriptor *f, char *out);
/* Name of an enum value as JSON has it, i-th value of the enum; out holds REST_JSON_NAME_MAX bytes. */
void rest_json_enum_name(const struct ProtobufCFieldDescriptor *f, size_t i, char *out);

/* A new empty message in the arena. */
struct ProtobufCMessage *rest_json_message(const struct ProtobufCMessageDescriptor *d, struct arena *arena);
/* What to do with members that the message has not. */
enum rest_json_unknown {
	REST_JSON_REFUSE,    /* a server: an error */
	REST_JSON_IGNORE     /* a client: the server may be newer */
};

/*
 * Fills m (from rest_json_message()) from the object; bytes are copied into the arena. What is wrong sticks to the
 * document (http_json_check()). ERR_LIMIT: the arena is full.
 */
int rest_json_read(struct http_json_at object, const char *const *bound, enum rest_json_unknown unknown, struct arena *arena,
    struct ProtobufCMessage *m) ERR_CHECK;
/*
 * Sets one field from text (a path segment or query parameter) by the same rules. ERR_SYNTAX: not of the field's
 * form; ERR_LIMIT: beyond its limits. The field must exist (panic).
 */
int rest_json_set(struct ProtobufCMessage *m, const char *field, struct view text, struct arena *arena) ERR_CHECK;
/* The reverse: appends the field's text. ERR_LIMIT: out is full. */
int rest_json_get(const struct ProtobufCMessage *m, const char *field, struct buf *out) ERR_CHECK;
/* Writes the members of m into the object that is open. */
void rest_json_write_members(struct http_json_write *w, const struct ProtobufCMessage *m, const char *const *bound);

#endif
