/* SPDX-License-Identifier: MIT */
/*
 * The literal client of the tests of http/.
 */
#include "http/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fatal.h"

void
talk_init(struct talk *t, bool is_tls, struct http_server_options o)
{
	struct event_tls_credentials *c = NULL;
	memset(t, 0, sizeof(*t));
	t->is_tls = is_tls;
	t->loop = event_loop_new();
	t->fd = harness_listen(&t->port);
	t->limiter = event_limiter_new(1000, 1000);
	site_init(&t->site, t->loop, o);
	require(event_tls_credentials_new_client(certs_cert(harness_authority()), &t->trust) == 0);
	require(event_tls_credentials_new_server(certs_cert(harness_leaf()), certs_key(harness_leaf()), &c) == 0);
	http_server_set_credentials(t->site.server, c);
	event_tls_credentials_free(&c);
	http_server_add_listener(t->site.server, t->fd, is_tls, t->limiter);
}

void
talk_deinit(struct talk *t)
{
	event_stream_free(&t->s);
	site_deinit(&t->site);
	require(event_limiter_count(t->limiter) == 0);
	event_limiter_free(&t->limiter);
	event_tls_credentials_free(&t->trust);
	event_loop_free(&t->loop);
	close(t->fd);
}

void
talk_run(struct talk *t, void (*client)(void *arg))
{
	harness_run(t->loop, client, t);
}

void
talk_open(struct talk *t)
{
	struct event_address a = harness_address(t->port);
	talk_close(t);
	require(event_stream_connect(&a, 10000, &t->s) == 0);
	if (t->is_tls)
		require(event_stream_start_tls(t->s, t->trust, "server.example") == 0);
}

void
talk_close(struct talk *t)
{
	event_stream_free(&t->s);
}

void
talk_say_bytes(struct talk *t, struct view v)
{
	/* A server that refuses may have closed already: the answer tells. */
	int err = event_stream_write(t->s, v);
	require(err == 0 || err == ERR_CLOSED);
}

void
talk_say(struct talk *t, const char *text)
{
	talk_say_bytes(t, view_str(text));
}

static void
hear_head(struct talk *t)
{
	size_t n = 0;
	while (n < 4 || memcmp(t->head + n - 4, "\r\n\r\n", 4) != 0) {
		size_t k = 0;
		require(n + 1 < sizeof(t->head));
		int err = event_stream_read(t->s, t->head + n, 1, &k);
		if (err != 0)
			panic("no answer: %s after \"%.*s\"", err_name(err), (int)n, t->head);
		n += k;
	}
	t->head[n] = '\0';
}

const char *
talk_field(struct talk *t, const char *name)
{
	static char value[1024];
	size_t len = strlen(name);
	value[0] = '\0';
	for (const char *line = strstr(t->head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
			const char *from = line + 2 + len + 2;
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(from, "\r"), from);
			break;
		}
	}
	return value;
}

int
talk_hear(struct talk *t)
{
	hear_head(t);
	require(strncmp(t->head, "HTTP/1.1 ", 9) == 0);
	t->status = (int)strtol(t->head + 9, NULL, 10);
	t->body_len = strtoul(talk_field(t, "Content-Length"), NULL, 10);
	if (t->is_answer_to_head || t->status == 204 || t->status == 304 || t->status == 100)
		t->body_len = 0;
	require(t->body_len < sizeof(t->body));
	harness_read(t->s, (uint8_t *)t->body, t->body_len);
	t->body[t->body_len] = '\0';
	t->is_closed = strcmp(talk_field(t, "Connection"), "close") == 0;
	return t->status;
}

int
talk_ask(struct talk *t, const char *text)
{
	talk_say(t, text);
	return talk_hear(t);
}

bool
talk_is_over(struct talk *t)
{
	char byte;
	size_t n = 0;
	return event_stream_read(t->s, &byte, 1, &n) != 0;
}
