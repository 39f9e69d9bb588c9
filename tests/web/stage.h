/* SPDX-License-Identifier: MIT */
/*
 * The whole web process but for its jail, in one loop with a client in front and a fake store behind. Nothing
 * happens between two calls, so a test sees every step; whatever takes longer than 5 s fails the test.
 */
#ifndef TESTS_WEB_STAGE_H
#define TESTS_WEB_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"
#include "event/loop.h"
#include "ipc/server.h"
#include "web/role.h"
#include "web/web.h"

/* A session token of 32 bytes 0x01, and the field that brings it. */
#define STAGE_TOKEN "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
#define STAGE_LOGIN "Authorization: Bearer " STAGE_TOKEN "\r\n"
#define STAGE_H " HTTP/1.1\r\nHost: provision.example\r\n"
#define STAGE_ID "aeaqcaibaeaqcaibaeaqcaibae"      /* 16 bytes 0x01 */

/* One connection and the last answer on it. */
struct stage_client {
	int fd;
	struct event_watch *watch;
	struct buf in;
	bool is_over;            /* the server has closed */
	int status;
	char head[4096];
	struct buf body;
};

struct stage {
	struct event_loop *loop;
	struct role role;
	struct web *web;
	struct ipc_server *store;
	uint64_t link;           /* 0: none */
	/* The store's answer to a request; NULL: it stays with stage.asked until stage_answer(). */
	void (*answer)(struct stage *s, struct ipc_request *r);
	struct ipc_request *asked;
	unsigned asked_count;    /* without reports, which are answered at once */
	unsigned reports;
	bool is_full;            /* what reports are answered */
	/* What web said unasked; NULL: nothing is expected. */
	void (*told)(struct stage *s, enum ipc_type type, const ProtobufCMessage *m);
	void *arg;               /* the test's */
	struct stage_client client;
	struct event_timer *patience;
	bool is_late;
};

/* Started, with a link to the store and a client. For cmocka: *state is the stage. */
int stage_setup(void **state);
int stage_teardown(void **state);
/* The link breaks, as when the store dies; and a new one. */
void stage_unlink(struct stage *s);
void stage_link(struct stage *s);
/* The servers cut what is slower than a few bytes in 100 ms. */
void stage_hurry(struct stage *s);
/* Rounds of the loop until nothing happens any more. */
void stage_settle(struct stage *s);

/* A new connection, over the last one; metrics: to that server. */
void stage_connect(struct stage *s, bool is_metrics);
void stage_disconnect(struct stage *s);
void stage_say(struct stage *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void stage_say_bytes(struct stage *s, struct view v);
/* Waits for one answer; returns its status. is_head: of HEAD, no body follows. 0: the connection is over. */
int stage_hear(struct stage *s, bool is_head);
/* Both. */
int stage_ask(struct stage *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Value of a field of the last answer, "" when there is none. */
const char *stage_field(const struct stage *s, const char *name);
/* The last body as a string. */
const char *stage_body(const struct stage *s);
/* The last answer is a problem of this error (err_name()), about this field; NULL: about none. */
void stage_expect_problem(const struct stage *s, int status, const char *name, const char *field);

/* Waits until the store is asked this; the message. */
const ProtobufCMessage *stage_wait_asked(struct stage *s, enum ipc_type type);
/* Answers what is asked; fd -1: none comes with it. */
void stage_answer(struct stage *s, int err, const ProtobufCMessage *m, int fd);

#endif
