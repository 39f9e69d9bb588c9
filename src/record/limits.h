/* SPDX-License-Identifier: MIT */
/*
 * The limits of every field of every message, as annotated in the *.proto files (see record/README.md).
 * limits.awk generates the table into the build folder; ipc/check.c applies it.
 */
#ifndef RECORD_LIMITS_H
#define RECORD_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limits_kind {
	LIMITS_ANY,      /* integer or bool: no limit beyond the type's */
	LIMITS_VALUE,    /* integer or enum: min..max is the value */
	LIMITS_BYTES,    /* min..max is the length */
	LIMITS_OPTIONAL_BYTES,  /* empty, or exactly max bytes */
	LIMITS_UTF8,     /* length; valid UTF-8 without controls */
	LIMITS_TEXT,     /* length; valid UTF-8, of the controls only tab and newline */
	LIMITS_UNICODE,  /* length; valid UTF-8, any controls: whoever takes it leaves them out */
	LIMITS_REQUIRED, /* message that must be there */
	LIMITS_OPTIONAL, /* message that may be absent */
	LIMITS_LIST,     /* repeated: items_min..items_max; items of a bytes list min..max long */
};

struct limits_field {
	uint32_t number;     /* protobuf field number */
	enum limits_kind kind;
	uint64_t min, max;
	uint32_t items_min, items_max;
	bool is_id;          /* annotated {id} or {id?}: 16 bytes, shown as base32 (ipc/json.h) */
	const char *text;    /* the words behind the annotation, for the OpenAPI description; "" when there are none */
};

struct limits_message {
	const char *name;    /* full protobuf name: "provision.Caller" */
	const struct limits_field *fields;   /* ascending by number */
	size_t field_count;
};

/* NULL: no such message. */
const struct limits_message *limits_find(const char *name);
/* NULL: the message has no such field. */
const struct limits_field *limits_field_find(const struct limits_message *m, uint32_t number);

#endif
