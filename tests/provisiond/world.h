/* SPDX-License-Identifier: MIT */
/*
 * A provisiond with dummy roles in a folder of its own, its log as text, and a line to its store.
 */
#ifndef TESTS_PROVISIOND_WORLD_H
#define TESTS_PROVISIOND_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/view.h"

/* Room for a path in the folder. */
#define WORLD_PATH 160

struct world {
	char folder[64];
	char conf_path[WORLD_PATH];
	char socket_path[WORLD_PATH];
	unsigned port;
	pid_t pid;               /* 0: not running */
	int out;                 /* what it says */
	char *said;              /* so far, NUL-terminated */
	size_t said_len;
	int notify;              /* -1, or the socket it notifies */
};

/* Folder, certificate, master key, programs, configuration (with these lines added). */
void world_make(struct world *w, const char *more);
void world_remove(struct world *w);
/* Writes the configuration anew. */
void world_configure(struct world *w, const char *more);
void world_write(struct world *w, const char *name, struct view content, mode_t mode);
/* A new certificate and key under these names' files; long ones have a longer chain. */
void world_make_certificate(struct world *w, bool is_long);

/* A socket for notifications; before start. */
void world_listen_for_notices(struct world *w);
/* Starts it with this one more argument (or NULL) and, if is_given, a listening socket named https. */
void world_start(struct world *w, const char *argument, bool is_given);
/* Starts and waits for "ready". */
void world_start_ready(struct world *w);
/* Waits until text has been said count times in all; fails the test after 5 s. */
void world_expect(struct world *w, const char *text, unsigned count);
/* How often text has been said so far. */
unsigned world_count(struct world *w, const char *text);
/* Takes what is said for so long. */
void world_listen(struct world *w, uint32_t ms);
/* Process id in the last "process-start process=NAME child=N". */
pid_t world_child(struct world *w, const char *name);
/* Waits for its end; its exit code or 1000 + signal. */
int world_end(struct world *w);
/* SIGTERM, then world_end(). */
int world_stop(struct world *w);
/* One notice that has come, "" if none within 5 s. */
void world_notice(struct world *w, char out[512]);

/* As provisionctl: an order to the dummy store; a counter of its status. ERR_*: not connected. */
int world_order(struct world *w, const char *slug);
int world_order_type(struct world *w, unsigned type);
uint64_t world_counter(struct world *w, const char *name);

#endif
