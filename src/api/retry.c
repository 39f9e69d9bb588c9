/* SPDX-License-Identifier: MIT */
/*
 * Patience. Called between the exchanges of one operation; knows no operation.
 */
#include "api/retry.h"

#include <time.h>

#include "base/clock.h"
#include "crypt/random.h"

#define DELAY_FIRST_MS 100
#define DELAY_MAX_MS 5000

struct api_retry
api_retry_start(uint32_t patience_ms)
{
	return (struct api_retry){ .patience_ms = patience_ms, .delay_ms = DELAY_FIRST_MS,
		.end_ms = clock_mono_ms() + patience_ms };
}

void
api_retry_progress(struct api_retry *r)
{
	*r = api_retry_start(r->patience_ms);
}

static bool
is_passing(const struct api_answer *a)
{
	static const int statuses[] = { 429, 502, 503, 504 };
	if (a->err != 0)
		return a->err == ERR_UNAVAILABLE;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (a->status == statuses[i])
			return true;
	return false;
}

bool
api_retry_wait(struct api_retry *r, const struct api_answer *a)
{
	uint32_t delay = r->delay_ms / 2 + crypt_random_below(r->delay_ms / 2 + 1);
	if (delay < a->retry_after_ms)
		delay = a->retry_after_ms;
	if (!is_passing(a) || clock_mono_ms() + delay > r->end_ms)
		return false;
	struct timespec t = { .tv_sec = delay / 1000, .tv_nsec = (long)(delay % 1000) * 1000000 };
	while (nanosleep(&t, &t) != 0)
		;
	r->delay_ms = r->delay_ms * 2 > DELAY_MAX_MS ? DELAY_MAX_MS : r->delay_ms * 2;
	return true;
}
