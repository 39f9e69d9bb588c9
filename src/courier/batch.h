/* SPDX-License-Identifier: MIT */
/*
 * A batch: up to 100 mails sent one after the other over one connection (another one when that is lost), in a thread of its own, because sending blocks and the
 * process must answer its supervisor meanwhile. Results come one by one as mails are settled, so that a process that
 * dies in the middle leaves few mails to be sent twice.
 */
#ifndef COURIER_BATCH_H
#define COURIER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "courier/job.h"
#include "courier/relay.h"
#include "courier/settings.h"
#include "crypt/secret.h"
#include "event/loop.h"

#define BATCH_MAX 100

struct batch;

struct batch_options {
	const struct settings *settings;   /* copied */
	struct secret *password;           /* for settings' relay_user; taken; NULL: none */
	uint32_t time_ms;                  /* for all; mails that are not begun by then get no result */
	/* More results are there, or the batch is over. From the loop. */
	void (*progress)(void *arg);
	void *arg;
};

struct batch_result {
	struct id job;
	struct relay_result result;
};

/* A batch with room for n mails; fill its jobs, then start it. */
struct batch *batch_new(size_t n);
/* The nth job, to be filled. */
struct job *batch_job(struct batch *b, size_t n);
void batch_start(struct batch *b, struct event_loop *loop, const struct batch_options *o);
/* Finishes the mail in hand, then ends; those not begun get no result. */
void batch_stop(struct batch *b);
/* Settled, in order, from this number on: borrowed until batch_free(). How many in *n_r. */
const struct batch_result *batch_results(struct batch *b, size_t from, size_t *n_r);
/* No more results come. */
bool batch_is_over(struct batch *b);
/* Waits for the thread (after batch_stop(): for one mail at most); wipes. Takes *b, accepts NULL. */
void batch_free(struct batch **b);

#endif
