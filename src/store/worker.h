/* SPDX-License-Identifier: MIT */
/*
 * Carries requests: from the links to worker threads, from there to the committer, and the answers back. Knows nothing
 * of what the messages mean: that is in the table of handlers.
 */
#ifndef STORE_WORKER_H
#define STORE_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include "ipc/server.h"
#include "store/call.h"
#include "store/store.h"

struct store_worker;

struct store_worker_options {
	const struct store_handler *handlers;   /* static table; order does not matter */
	size_t handler_count;
	uint32_t threads;                       /* 0 = number of cores, at least 2 */
	uint32_t max_calls;                     /* requests held at once, waiting ones included; 0 = 4096 */
};

/* Starts the threads. Returns owned; borrows s. The caller puts it into s->worker. */
struct store_worker *store_worker_new(struct store *s, const struct store_worker_options *options);
/* From now on nothing waits for a topic: what does is answered with ERR_UNAVAILABLE. Before a clean stop. */
void store_worker_quiesce(struct store_worker *w);
/* Takes *w, accepts NULL: quiesces, finishes what runs, ends the threads. */
void store_worker_free(struct store_worker **w);
/* From the loop's thread, as ipc_server's request callback: takes r and answers it, now or later, from any thread.
 * No handler: ERR_UNSUPPORTED. Not from this role: ERR_DENIED. Too many: ERR_BUSY. */
void store_worker_submit(struct store_worker *w, struct ipc_request *r);
/* From the loop's thread: the link is dead, and so is its process. Its waiting requests are answered into the void,
 * its leases on the spool and its listeners end. */
void store_worker_link_gone(struct store_worker *w, uint64_t link);
/* Runs again what waits for topic (call.h: store_wake()). Any thread. */
void store_worker_wake(struct store_worker *w, enum store_topic topic);
/* Requests held now. */
uint32_t store_worker_depth(struct store_worker *w);

#endif
