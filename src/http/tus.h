/* SPDX-License-Identifier: MIT */
/*
 * The header fields of resumable uploads, tus 1.0.0: core, creation, termination, expiration. Reads what a
 * client sent, writes what the server answers; what an upload is belongs to the caller.
 */
#ifndef HTTP_TUS_H
#define HTTP_TUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "http/problem.h"
#include "http/request.h"

#define HTTP_TUS_VERSION "1.0.0"
#define HTTP_TUS_EXTENSIONS "creation,termination,expiration"
#define HTTP_TUS_TYPE "application/offset+octet-stream"
#define HTTP_TUS_METADATA_MAX 16
#define HTTP_TUS_METADATA_BYTES_MAX 4096

struct http_tus_pair {
	struct view key;
	struct view value;    /* decoded; may be any bytes */
};

struct http_tus_creation {
	uint64_t length;
	size_t n_pairs;
	struct http_tus_pair pairs[HTTP_TUS_METADATA_MAX];
};

/*
 * True when the request says Tus-Resumable: 1.0.0. False: it has been answered with 412 and Tus-Version, r is gone.
 * Not for OPTIONS.
 */
bool http_tus_accept(struct http_request *r);
/*
 * POST: Upload-Length (deferred length is ERR_UNSUPPORTED) and Upload-Metadata, values in the request's arena.
 * ERR_SYNTAX; ERR_LIMIT: length above max_bytes (413). *field_r names the field.
 */
int http_tus_read_creation(struct http_request *r, uint64_t max_bytes, struct http_tus_creation *c_r, const char **field_r) ERR_CHECK;
/* Value of a metadata key; data NULL when there is none. */
struct view http_tus_metadata(const struct http_tus_creation *c, const char *key);
/* PATCH: Content-Type and Upload-Offset. ERR_UNSUPPORTED: other type (415). ERR_SYNTAX. */
int http_tus_read_patch(struct http_request *r, uint64_t *offset_r, const char **field_r) ERR_CHECK;

/* Takes r. 204 of OPTIONS. max_bytes 0: no maximum is told. */
void http_tus_send_options(struct http_request *r, uint64_t max_bytes);
/* Takes r. 201 with Location; expires_ms 0: none. */
void http_tus_send_created(struct http_request *r, const char *location, uint64_t expires_ms);
/* Takes r. 200 of HEAD. */
void http_tus_send_state(struct http_request *r, uint64_t offset, uint64_t length, uint64_t expires_ms);
/* Takes r. 204 of PATCH. */
void http_tus_send_offset(struct http_request *r, uint64_t offset, uint64_t expires_ms);
/* Takes r. 204 of DELETE. */
void http_tus_send_deleted(struct http_request *r);
/* Takes r. A problem with Tus-Resumable; ERR_CONFLICT (409): wrong offset. */
void http_tus_send_problem(struct http_request *r, int err, const struct http_problem_says *says);

#endif
