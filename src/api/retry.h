/* SPDX-License-Identifier: MIT */
/*
 * When to try again, and how long to wait before: inside api/ only. Back-off from 100 ms to 5 s, doubled each
 * time, half of it random; the server's Retry-After is a lower bound. Progress starts the patience anew.
 */
#ifndef API_RETRY_H
#define API_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "api/transfer.h"

struct api_retry {
	const struct api_patience *patience;
	uint64_t end_ms;        /* monotonic time at which the patience ends */
	uint32_t delay_ms;      /* before the next try */
	uint64_t tell_ms;       /* monotonic time from which patience->waits is called */
	bool is_told;           /* it was */
};

/* How a client waits; constant. */
struct api_patience {
	uint32_t patience_ms;
	uint32_t quiet_ms;
	bool (*is_stopped)(void);
	void (*waits)(void *arg, const char *reason);
	void *arg;
};

/* patience is borrowed as long as the operation lasts. */
struct api_retry api_retry_start(const struct api_patience *patience);
/* Something moved since the last try: the patience begins again. */
void api_retry_progress(struct api_retry *r);
/*
 * True after waiting, if the answer is one that may be tried again, the patience has not ended and nobody stops. Who stops while there is
 * something to wait for gets ERR_CLOSED as the answer's error, whatever it was. Blocks.
 */
bool api_retry_wait(struct api_retry *r, struct api_answer *a);

#endif
