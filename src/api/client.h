/* SPDX-License-Identifier: MIT */
/*
 * A blocking client of one server's HTTP API: TLS 1.2 or later, host name and authority checked, no redirects,
 * no proxy unless asked for. Owns libcurl. One thread at a time uses a client.
 *
 * Broken connections, refused ones and answers 502, 503, 504 and 429 are tried again with back-off and jitter
 * until the patience ends: every operation of the API is idempotent, by nature, by an id that the client has chosen or by
 * an idempotency key (rest/operation.h), so a server process that dies is not noticed. Errors that every call may give: ERR_UNAVAILABLE: the
 * patience has ended; ERR_CLOSED: stopped by the caller; ERR_TRUST: the server's certificate; ERR_CONFIG: there are
 * no authorities in their file; ERR_LIMIT: an answer larger than allowed; ERR_SYNTAX: an answer that is not what the API
 * promises; and the enum err of the server's problem document.
 */
#ifndef API_CLIENT_H
#define API_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "http/head.h"
#include "http/json.h"
#include "http/problem.h"

#define API_SESSION_BYTES 32
#define API_PATIENCE_MS 60000
#define API_PATCH_MAX (UINT64_C(64) * 1024 * 1024)
/* Largest JSON answer that is taken. */
#define API_ANSWER_MAX ((size_t)4 * 1024 * 1024)

struct api_client;

struct api_options {
	const char *url;          /* https://host[:port] */
	const char *ca_file;      /* PEM; NULL: the system's authorities */
	const char *proxy;        /* NULL: none, whatever the environment says */
	uint32_t patience_ms;     /* how long to try again; 0: once */
	uint32_t quiet_ms;        /* how long waits is not called; 0: it is at once */
	/* Asked about once a second while something is going on; true: give up with ERR_CLOSED. May be NULL. */
	bool (*is_stopped)(void);
	/* Called once an operation that is to be tried again, with what the network said; of a stream once a break. May be NULL. */
	void (*waits)(void *arg, const char *reason);
	void *arg;                /* of waits */
};

/*
 * ERR_SYNTAX: the URL is not https://host[:port]. ERR_NOT_FOUND: the authority file cannot be read. ERR_CONFIG: the proxy is
 * not of the form [scheme://]host[:port]. *c_r owned.
 */
int api_client_new(const struct api_options *o, struct api_client **c_r) ERR_CHECK;
/* Takes *c, accepts NULL; the session token is wiped. */
void api_client_free(struct api_client **c);
/* The token of all further calls (API_SESSION_BYTES, copied); NULL: none. */
void api_client_set_session(struct api_client *c, const struct secret *token);
/* Another patience from now on (struct api_options). */
void api_client_set_patience(struct api_client *c, uint32_t patience_ms, uint32_t quiet_ms);
/* host[:port] in lower case, as in links. */
const char *api_client_host(const struct api_client *c);
/* What the server, TLS or the network said about the last failed call; detail may be "". Valid until the next call. */
const struct http_problem *api_client_problem(const struct api_client *c);

/*
 * One JSON call. path begins with '/', without "/api/v1" in front. body: JSON text, or empty for none. key: an idempotency key that every
 * try brings, NULL for none. *answer_r: the parsed answer, owned (http_json_free()), NULL if there was none; answer_r NULL: not wanted.
 */
int api_client_call(struct api_client *c, enum http_method method, const char *path, struct view body, const char *key,
    struct http_json **answer_r) ERR_CHECK;

/* Called now and then with how much of a transfer is done; not when NULL. */
struct api_progress {
	void (*moved)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/* Where the bytes of an upload come from. Errors end the upload with that error. */
struct api_source {
	/* The next bytes are wanted from this offset on; also called at the beginning. */
	int (*seek)(void *arg, uint64_t offset);
	/* Up to max bytes; *n_r = 0 only at the end. */
	int (*read)(void *arg, void *out, size_t max, size_t *n_r);
	void *arg;
};

/*
 * What an earlier process knew of the same upload, so that a server that lies about the offset is noticed after a restart too.
 * note keeps it: it is called before anything beyond sent goes out (sent is durable when it returns) and after the server
 * confirmed more.
 */
struct api_mark {
	uint64_t confirmed;       /* the server said it has so much: it cannot have less */
	uint64_t sent;            /* not more was ever sent: it cannot have more */
	int (*note)(void *arg, uint64_t confirmed, uint64_t sent);
	void *arg;
};

/*
 * Makes the upload of one part of a package ("manifest", "body" or "seal") and sends length bytes by tus; after a
 * break it goes on from the offset the server has kept. Returns when everything is durable on the server. No request carries more than
 * API_PATCH_MAX bytes: so much at most is sent again when the server's machine loses its power. mark NULL: nothing is known.
 * ERR_CONFLICT: the server lies about the offset, or takes nothing. ERR_CHANGED: the source ended early.
 */
int api_client_upload(struct api_client *c, const struct id *package, const char *part, uint64_t length,
    const struct api_source *source, struct api_mark *mark, const struct api_progress *progress) ERR_CHECK;

/* Where the bytes of a download go. Errors end the download with that error. */
struct api_sink {
	int (*write)(void *arg, struct view bytes);
	void *arg;
};

/*
 * Fetches bytes offset..size-1 of one part, in order and each once; after a break it goes on behind what was written. The
 * part must not have changed between tries (ERR_TRUST).
 */
int api_client_download(struct api_client *c, const struct id *package, const char *part, uint64_t offset, uint64_t size,
    const struct api_sink *sink, const struct api_progress *progress) ERR_CHECK;

#endif
