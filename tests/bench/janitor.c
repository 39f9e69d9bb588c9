/* SPDX-License-Identifier: MIT */
/*
 * What a janitor's run costs (E6): 10,000 days of conversations that are due, among few and among many that are not. A day is what it is
 * in the store: a data key in its slot (and in the mirror), its row, an entry, the row that finds it, and its item of "due".
 *
 *     janitor [FEW] [MANY]        100000 and 1000000; exit 1 when many take more than 1.5 times as long as few
 *
 * ROUNDS runs each, of which the median counts, with a page cache that holds neither.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/rig.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/random.h"
#include "store/entry_form.h"
#include "store/handlers.h"
#include "store/jobs.h"
#include "store/keys.h"
#include "store/rowkey.h"

#define DUE 10000U
#define ROUNDS 3U
#define BATCH 1000U
#define STEP 64U                /* as provision-janitor asks */
#define ENTRY_BYTES 120         /* a short text, sealed */
#define WANTED_RATIO 1.5

struct batch {
	struct rig *rig;
	uint32_t day, n;
	uint64_t at_ms;
};

static void
put_day(struct batch *b, struct store_txn *tx)
{
	struct store *s = b->rig->store;
	struct id subscription = id_random(), message = id_random();
	struct store_key_name name = { STORE_KEY_ENTRY_DAY, subscription, store_entry_first_key(b->day) };
	struct store_rowkey day = rowkey_of(id_view(&subscription), view_of(NULL, 0)), number = { .len = 0 };
	struct store_rowkey entry = store_entry_key(&subscription, 1), of = rowkey_ids(&subscription, &message);
	uint8_t value[ENTRY_BYTES];

	require(store_keys_create(s->keys, tx, &name) == 0);
	rowkey_add_number(&day, b->day, 4);
	rowkey_add_number(&number, 1, 8);
	store_index_put(tx, STORE_TABLE_ENTRY_DAY, rowkey_view(&day), rowkey_view(&number));
	crypt_random(value, sizeof(value));
	value[0] = 2;
	for (int i = 0; i < 4; i++)
		value[1 + i] = (uint8_t)(name.day >> (24 - 8 * i));
	store_index_put(tx, STORE_TABLE_ENTRY, rowkey_view(&entry), view_of(value, sizeof(value)));
	store_index_put(tx, STORE_TABLE_MESSAGE, rowkey_view(&of), rowkey_view(&number));
	store_jobs_put(s, tx, STORE_JOB_ENTRIES_END, b->at_ms, rowkey_view(&day));
}

static int
put_batch(void *arg, struct store_txn *tx)
{
	struct batch *b = arg;
	for (uint32_t i = 0; i < b->n; i++)
		put_day(b, tx);
	return 0;
}

/* So many days that end days_on days from now. */
static void
put(struct rig *r, uint32_t count, uint32_t days_on)
{
	uint32_t today = clock_day(r->wall_ms);
	for (uint32_t i = 0; i < count; i += BATCH) {
		struct batch b = { r, today + days_on - 365, BATCH, (today + days_on) * CLOCK_DAY_MS };
		require(RIG_RUN(r, put_batch, &b) == 0);
	}
}

static double
run(struct rig *r)
{
	uint64_t start = clock_mono_ms();
	uint32_t done, total = 0;
	while (store_due_step(r->store->due, STEP, &done) || done > 0)
		total += done;
	require(total >= DUE);
	return (double)(clock_mono_ms() - start) / 1000;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y ? 1 : 0;
}

/* Seconds of a run of what is due, among so many. */
static double
measure(uint32_t stored)
{
	struct rig *r = rig_new();
	double seconds[ROUNDS];
	r->options.due_kinds = store_handlers_due_kinds(&r->options.due_kind_count);
	rig_start(r);
	put(r, stored - ROUNDS * DUE, 100);
	for (uint32_t i = 0; i < ROUNDS; i++)
		put(r, DUE, 1 + i);
	rig_restart(r);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		rig_pass(r, CLOCK_DAY_MS);
		(void)store_clock_guard_tick(r->store->clock);
		seconds[i] = run(r);
		printf("%u due among %u: %.2f s\n", DUE, stored, seconds[i]);
	}
	rig_free(&r);
	qsort(seconds, ROUNDS, sizeof(seconds[0]), compare);
	return seconds[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
	uint32_t few = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000, many = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000000;
	log_init("bench", LOG_ERROR, false);
	if (few < (ROUNDS + 1) * DUE || many < few) {
		fprintf(stderr, "usage: janitor [FEW] [MANY]: %u at least\n", (ROUNDS + 1) * DUE);
		return 64;
	}
	double a = measure(few), b = measure(many);
	printf("median %.2f s among %u, %.2f s among %u: ratio %.2f, wanted at most %.1f\n", a, few, b, many, b / a, WANTED_RATIO);
	return b / a <= WANTED_RATIO ? 0 : 1;
}
