/* SPDX-License-Identifier: MIT */
/*
 * One HTTP exchange through libcurl, without retries: inside api/ only. The retrying callers are in client.c, upload.c and
 * download.c.
 */
#ifndef API_TRANSFER_H
#define API_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/client.h"
#include "base/buf.h"

#define API_FIELD_MAX 512
/* A stream says something every 25 seconds (web/events.c). */
#define API_SILENCE_MS 60000U

struct api_transport;

/* What goes out. */
struct api_request {
	enum http_method method;
	const char *path;                /* with "/api/v1" */
	const char *content_type;        /* NULL: no body */
	struct view body;                /* used when read is NULL */
	int (*read)(void *arg, void *out, size_t max, size_t *n_r);
	uint64_t length;                 /* of what read gives */
	/* Gets the body of a 206 that begins at range_first; a 200 is ERR_TRUST then. NULL: into answer->body. */
	int (*write)(void *arg, struct view bytes);
	uint64_t range_first;
	/* Gets the body of a 200 as it comes, without an end; broken when nothing comes for API_SILENCE_MS. NULL: an ordinary answer. */
	int (*stream)(void *arg, struct view bytes);
	void *arg;                       /* of read, write and stream */
	const char *const *fields;       /* further header fields "Name: value", ends with NULL; may be NULL */
};

/* What came back. */
struct api_answer {
	int status;                      /* 0: no answer */
	int err;                         /* 0; or why there is none: ERR_UNAVAILABLE (try again), ERR_TRUST, ERR_LIMIT, callback's error */
	struct buf body;                 /* of everything that did not go to write */
	uint32_t retry_after_ms;         /* 0: not told */
	char location[API_FIELD_MAX];
	char etag[API_FIELD_MAX];
	uint64_t upload_offset;
	bool has_upload_offset;
	uint64_t range_first;            /* of Content-Range */
	bool has_range;
	char reason[API_FIELD_MAX];      /* what TLS or the network said */
};

int api_transport_new(const struct api_options *o, struct api_transport **t_r) ERR_CHECK;
void api_transport_free(struct api_transport **t);
void api_transport_set_session(struct api_transport *t, const struct secret *token);
/* Blocks. Everything that went wrong is in the answer, which the caller frees with api_answer_deinit(). */
void api_transport_exchange(struct api_transport *t, const struct api_request *r, struct api_answer *a_r);
void api_answer_deinit(struct api_answer *a);

#endif
