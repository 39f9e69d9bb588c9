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
	uint64_t end_ms;        /* monotonic time at which the patience ends */
	uint32_t patience_ms;
	uint32_t delay_ms;      /* before the next try */
};

struct api_retry api_retry_start(uint32_t patience_ms);
/* Something moved since the last try: the patience begins again. */
void api_retry_progress(struct api_retry *r);
/* True after waiting, if the answer is one that may be tried again and the patience has not ended. Blocks. */
bool api_retry_wait(struct api_retry *r, const struct api_answer *a);

#endif
