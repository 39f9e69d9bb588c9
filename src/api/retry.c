/* SPDX-License-Identifier: MIT */
/*
 * Patience. Called between the exchanges of one operation; knows no operation.
 */
#include "api/retry.h"

#include <stdio.h>

#include "base/clock.h"
#include "crypt/random.h"

#define DELAY_FIRST_MS 100
#define DELAY_MAX_MS 5000

struct api_retry
api_retry_start(const struct api_patience *patience)
{
	uint64_t now = clock_mono_ms();
	return (struct api_retry){ .patience = patience, .delay_ms = DELAY_FIRST_MS, .end_ms = now + patience->patience_ms,
		.tell_ms = now + patience->quiet_ms };
}

void
api_retry_progress(struct api_retry *r)
{
	bool is_told = r->is_told;
	*r = api_retry_start(r->patience);
	r->is_told = is_told;
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

static void
tell(struct api_retry *r, const struct api_answer *a)
{
	char status[64];
	if (r->is_told || r->patience->waits == NULL || clock_mono_ms() < r->tell_ms)
		return;
	snprintf(status, sizeof(status), "the server answered %d", a->status);
	r->patience->waits(r->patience->arg, a->err != 0 ? a->reason : status);
	r->is_told = true;
}

static bool
is_stopped(const struct api_retry *r)
{
	return r->patience->is_stopped != NULL && r->patience->is_stopped();
}

bool
api_retry_wait(struct api_retry *r, struct api_answer *a)
{
	uint32_t delay = r->delay_ms / 2 + crypt_random_below(r->delay_ms / 2 + 1);
	if (delay < a->retry_after_ms)
		delay = a->retry_after_ms;
	uint64_t now = clock_mono_ms(), until = now + delay;
	if (!is_passing(a) || until > r->end_ms)
		return false;
	tell(r, a);
	for (; now < until && !is_stopped(r); now = clock_mono_ms())
		clock_sleep_ms((uint32_t)(until - now));
	r->delay_ms = r->delay_ms * 2 > DELAY_MAX_MS ? DELAY_MAX_MS : r->delay_ms * 2;
	if (is_stopped(r))
		a->err = ERR_CLOSED;
	return a->err != ERR_CLOSED;
}
