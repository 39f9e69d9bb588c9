/* SPDX-License-Identifier: MIT */
/*
 * The HTTP API as data: one row an operation, between a request over HTTPS and a message to the store. The
 * server's routes (web/), the client's calls (api/) and the OpenAPI description (rest/document.h) are made from
 * these rows, so that they cannot differ. Source: RFC 9110, RFC 9457, tus 1.0.0.
 */
#ifndef REST_OPERATION_H
#define REST_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/route.h"
#include "ipc/message.h"

#define REST_OPERATION_BASE "/api/v1"
#define REST_OPERATION_ERRORS_MAX 12
#define REST_OPERATION_QUERY_MAX 10

/* ?name= fills this field of the message. */
struct rest_query {
	const char *name, *field;
};

/* What an operation takes and gives. */
enum rest_media {
	REST_MEDIA_JSON,      /* bodies are the images of the messages (rest/json.h) */
	REST_MEDIA_TUS,       /* tus header fields, bytes in PATCH */
	REST_MEDIA_BYTES,     /* the answer is bytes, by range */
	REST_MEDIA_DOCUMENT,  /* the answer is another JSON document */
	REST_MEDIA_EVENTS     /* the answer is a stream of events without an end (http/events.h); their data: the items of the reply */
};

/* What becomes of the same request when it comes again, because its answer was lost. */
enum rest_repeat {
	REST_REPEAT_UNSAID = 0,   /* of what only reads; every other operation says it */
	REST_REPEAT_READS,        /* a POST that changes nothing */
	REST_REPEAT_SAME,         /* the same answer, nothing more happens: by nature, or by a name that the client chose */
	REST_REPEAT_KEY,          /* the same if it brings the same Idempotency-Key; else refused, or done once more */
	REST_REPEAT_NEW,          /* makes another one; each is told to its maker alone and ends by itself */
	REST_REPEAT_ONCE          /* refused: what it was given is used up, or what it ended is gone */
};

struct rest_operation {
	const char *name;                /* operationId */
	enum http_method method;
	const char *pattern;             /* without REST_OPERATION_BASE; holes as in http/route.h */
	const char *summary;             /* one sentence */
	bool needs_session;
	enum http_body body;
	uint64_t body_max;               /* bytes */
	enum rest_media media;
	enum ipc_type request;           /* what is asked of the store; IPC_NONE: nothing */
	int status;                      /* of success */
	const char *params[HTTP_ROUTE_PARAMS_MAX];      /* fields filled from the pattern's holes, in order */
	struct rest_query query[REST_OPERATION_QUERY_MAX];   /* ends with NULL */
	int part;                        /* enum PackagePart of a download */
	enum rest_repeat repeat;
	/* Errors of the operation's own; ends with 0. What follows from its form comes on top: rest_operation_refusals(). */
	int errors[REST_OPERATION_ERRORS_MAX];
};

/* A way in which an operation can fail. */
struct rest_refusal {
	int status, err;
};
#define REST_OPERATION_REFUSALS_MAX (REST_OPERATION_ERRORS_MAX + 12)

/* Enough for rest_operation_bound(). */
#define REST_OPERATION_BOUND_MAX (HTTP_ROUTE_PARAMS_MAX + REST_OPERATION_QUERY_MAX + 1)

size_t rest_operation_count(void);
/* The i-th row; static. */
const struct rest_operation *rest_operation_at(size_t i);
/* By operationId; panics when there is none. */
const struct rest_operation *rest_operation_find(const char *name);
/* All refusals of an operation: those that follow from what it takes and gives, then its own. Ends with err 0. */
void rest_operation_refusals(const struct rest_operation *op, struct rest_refusal out[REST_OPERATION_REFUSALS_MAX]);
/* The fields that travel in path and query, as rest_json_read() and rest_json_write_members() want them. */
void rest_operation_bound(const struct rest_operation *op, const char *bound[REST_OPERATION_BOUND_MAX]);

#endif
