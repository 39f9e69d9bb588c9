/* SPDX-License-Identifier: MIT */
/*
 * JSON calls with patience. Knows HTTP's statuses and problem documents, no operation of the API by name: those are
 * made by api/ask.c from their rows.
 */
#include "api/client.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/internal.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"

#define SCHEME "https://"

/* host[:port] of an URL with nothing behind it. ERR_SYNTAX else. */
static int
parse_host(const char *url, char **host_r)
{
	size_t scheme = sizeof(SCHEME) - 1;
	if (strncmp(url, SCHEME, scheme) != 0)
		return ERR_SYNTAX;
	size_t len = strlen(url + scheme);
	if (len > 0 && url[scheme + len - 1] == '/')
		len--;
	if (len == 0 || len > 261)
		return ERR_SYNTAX;
	char *host = mem_alloc(len + 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)url[scheme + i];
		if (!isalnum(ch) && strchr("-.:[]", ch) == NULL) {
			mem_free(&host);
			return ERR_SYNTAX;
		}
		host[i] = (char)tolower(ch);
	}
	*host_r = host;
	return 0;
}

int
api_client_new(const struct api_options *o, struct api_client **c_r)
{
	char *host = NULL;
	*c_r = NULL;
	int err = parse_host(o->url, &host);
	if (err != 0)
		return err;
	if (o->ca_file != NULL && access(o->ca_file, R_OK) != 0) {
		mem_free(&host);
		return ERR_NOT_FOUND;
	}
	struct api_client *c = mem_alloc(sizeof(*c));
	char *url = mem_printf(SCHEME "%s", host);
	struct api_options transport = *o;
	transport.url = url;
	c->host = host;
	c->patience = (struct api_patience){ .patience_ms = o->patience_ms, .quiet_ms = o->quiet_ms, .is_stopped = o->is_stopped, .waits = o->waits,
		.arg = o->arg };
	err = api_transport_new(&transport, &c->transport);
	mem_free(&url);
	if (err != 0)
		api_client_free(&c);
	*c_r = c;
	return err;
}

void
api_client_free(struct api_client **c)
{
	if (*c == NULL)
		return;
	api_transport_free(&(*c)->transport);
	mem_free(&(*c)->host);
	mem_free(c);
}

void
api_client_set_session(struct api_client *c, const struct secret *token)
{
	require(token == NULL || secret_len(token) == API_SESSION_BYTES);
	api_transport_set_session(c->transport, token);
}

void
api_client_set_patience(struct api_client *c, uint32_t patience_ms, uint32_t quiet_ms)
{
	c->patience.patience_ms = patience_ms;
	c->patience.quiet_ms = quiet_ms;
}

const char *
api_client_host(const struct api_client *c)
{
	return c->host;
}

const struct http_problem *
api_client_problem(const struct api_client *c)
{
	return &c->problem;
}

int
api_internal_fail(struct api_client *c, const struct api_answer *a)
{
	memset(&c->problem, 0, sizeof(c->problem));
	if (a->err != 0) {
		c->problem.err = a->err;
		snprintf(c->problem.detail, sizeof(c->problem.detail), "%s", a->reason);
		return a->err;
	}
	if (a->status >= 200 && a->status < 300) {
		c->problem.err = ERR_SYNTAX;
		snprintf(c->problem.detail, sizeof(c->problem.detail), "the server's answer (status %d) is not the one that was promised",
		    a->status);
		return ERR_SYNTAX;
	}
	if (http_problem_parse(buf_view(&a->body), a->status, &c->problem) != 0 && c->problem.detail[0] == '\0')
		snprintf(c->problem.detail, sizeof(c->problem.detail), "the server answered %d without an explanation", a->status);
	require(c->problem.err != 0);
	return c->problem.err;
}

static int
take_answer(struct api_client *c, const struct api_answer *a, struct http_json **answer_r)
{
	if (a->err != 0 || a->status < 200 || a->status > 299)
		return api_internal_fail(c, a);
	if (answer_r == NULL || a->body.len == 0)
		return 0;
	int err = http_json_parse(buf_view(&a->body), API_ANSWER_MAX, answer_r);
	if (err == 0)
		return 0;
	err = api_internal_fail(c, a);
	if (*answer_r != NULL)
		snprintf(c->problem.field, sizeof(c->problem.field), "%s", http_json_field(*answer_r));
	http_json_free(answer_r);
	return err;
}

int
api_client_call(struct api_client *c, enum http_method method, const char *path, struct view body, const char *key,
    struct http_json **answer_r)
{
	char full[API_PATH_MAX], key_field[API_FIELD_MAX];
	const char *fields[] = { key == NULL ? NULL : key_field, NULL };
	struct api_answer a;
	struct api_retry retry = api_retry_start(&c->patience);
	struct api_request r = { .method = method, .path = full, .body = body,
		.content_type = body.len > 0 ? "application/json" : NULL, .fields = fields };
	if (key != NULL)
		require((size_t)snprintf(key_field, sizeof(key_field), "Idempotency-Key: \"%s\"", key) < sizeof(key_field));
	require((size_t)snprintf(full, sizeof(full), API_BASE "%s", path) < sizeof(full));
	if (answer_r != NULL)
		*answer_r = NULL;
	for (;;) {
		api_transport_exchange(c->transport, &r, &a);
		if (!api_retry_wait(&retry, &a))
			break;
		api_answer_deinit(&a);
	}
	int err = take_answer(c, &a, answer_r);
	api_answer_deinit(&a);
	return err;
}
