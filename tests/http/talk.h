/* SPDX-License-Identifier: MIT */
/*
 * A client for tests that says exactly what it is told and reads answers apart. Any surprise stops the program.
 */
#ifndef TESTS_HTTP_TALK_H
#define TESTS_HTTP_TALK_H

#include "event/harness.h"
#include "event/stream.h"
#include "http/site.h"

struct talk {
	struct event_loop *loop;
	struct site site;
	struct event_limiter *limiter;
	struct event_tls_credentials *trust;
	struct event_stream *s;        /* the connection that talk_open() made */
	int fd;
	uint16_t port;
	bool is_tls;
	bool is_answer_to_head;        /* no body follows */
	int status;                    /* of the last answer */
	char head[4096];
	char body[65536];
	size_t body_len;
	bool is_closed;                /* Connection: close was said */
};

/* The site on a loopback port. */
void talk_init(struct talk *t, bool is_tls, struct http_server_options o);
void talk_deinit(struct talk *t);
/* Runs a client against it (event/harness.h). */
void talk_run(struct talk *t, void (*client)(void *arg));

/* In the client's thread. */
void talk_open(struct talk *t);
void talk_close(struct talk *t);
void talk_say(struct talk *t, const char *text);
void talk_say_bytes(struct talk *t, struct view v);
/* Reads one answer whole; returns its status. */
int talk_hear(struct talk *t);
/* talk_say() and talk_hear(). */
int talk_ask(struct talk *t, const char *text);
/* Value of a field of the last answer, "" when there is none. Valid until the next call. */
const char *talk_field(struct talk *t, const char *name);
/* The server has closed; nothing more comes. */
bool talk_is_over(struct talk *t);

#endif
