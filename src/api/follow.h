/* SPDX-License-Identifier: MIT */
/*
 * The person's live events (rest/operation.h, followEvents), as messages: over breaks, restarts and replaced servers, each event
 * once and in order.
 */
#ifndef API_FOLLOW_H
#define API_FOLLOW_H

#include <stdint.h>

#include "api/client.h"
#include "base/err.h"
#include "record/event.pb-c.h"

/* Both may return another value than 0, which ends the following. They must not use the client that follows. */
struct api_follow_handler {
	/* The stream stands, again after every break: from here on whatever happens comes as an event. May be NULL. */
	int (*connected)(void *arg);
	/* The next one; with kind RESYNC what came between is not known any more. Borrowed. */
	int (*event)(void *arg, const Provision__EventRow *row);
};

/*
 * Blocks as long as it goes well, and over breaks as long as the client's patience lasts, which begins anew when the stream stands again.
 * after: number of the last event that was taken; 0: from now on. What the handler returned, or the errors of api/client.h; ERR_LOGIN: the
 * session has ended.
 */
int api_follow(struct api_client *c, uint64_t after, const struct api_follow_handler *handler, void *arg) ERR_CHECK;

#endif
