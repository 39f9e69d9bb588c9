/* SPDX-License-Identifier: MIT */
/*
 * A control socket in a folder of its own with a fake store behind, and a tool of the operator (TOOL) run as a child against it.
 */
#ifndef TESTS_CTL_DAEMON_H
#define TESTS_CTL_DAEMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>

#include "event/loop.h"
#include "ipc/server.h"

struct daemon {
	char folder[64], socket[96], conf[96];
	struct event_loop *loop;
	struct ipc_server *store;
	struct event_watch *watch;
	int fd;
	uint64_t link;           /* of the last connection */
	unsigned connected, asked;
	/* The store's answer; NULL: the test expects no request. */
	void (*answer)(struct daemon *d, struct ipc_request *r);
	/* A connection, instead of the store; owns fd. */
	void (*accepted)(struct daemon *d, int fd);
	void *arg;
	int err;                 /* for daemon_refuse() */
	unsigned long user;      /* the child changes to it; 0: stays */
	/* The last run. */
	int code;
	char out[65536], said[65536];
};

/* For cmocka: *state is the daemon. */
int daemon_setup(void **state);
int daemon_teardown(void **state);
/* Stops listening; the socket's file stays. */
void daemon_stop(struct daemon *d);
/* Writes the configuration file; these lines are added to what is required. */
void daemon_configure(struct daemon *d, const char *lines);
/* Runs the tool with these words, up to NULL; returns its exit code. --socket comes first unless a word is "-c". */
int daemon_run(struct daemon *d, const char *const *words);
#define RUN(d, ...) daemon_run(d, (const char *const[]){ __VA_ARGS__, NULL })
/* Answers everything with d->err. */
void daemon_refuse(struct daemon *d, struct ipc_request *r);

#endif
