/* SPDX-License-Identifier: MIT */
/*
 * Which time it is for the store. Wall time may be wrong; erasing by a wrong time cannot be undone. So the highest wall
 * time that was believed is kept durably and compared with CLOCK_BOOTTIME. Wall time that runs ahead of it by
 * more than a day (also across a restart of the machine) is doubted: erasure driven by time then follows the
 * believed time plus what has really passed, until the kernel has said "synchronised" for an hour or the operator
 * accepts. Backward, the mark counts. Thread-safe.
 */
#ifndef STORE_CLOCK_GUARD_H
#define STORE_CLOCK_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/index.h"
#include "store/store.h"

struct store_clock;

/* Where time comes from, for tests; NULL = base/clock.h and what _learn_boot() found. */
struct store_clock_source {
	uint64_t (*wall_ms)(void *arg);
	uint64_t (*boot_ms)(void *arg);
	bool (*is_synchronised)(void *arg);
	uint64_t (*boot_id)(void *arg);    /* another number after every boot of the machine; 0 = unknown */
	void *arg;
};

/* Reads from /proc which boot of the machine this is: before the jail. Without it every start counts as a new boot. */
void store_clock_guard_learn_boot(void);

/* Reads the mark from the index (makes it at the first start). Borrows source. Returns owned. */
struct store_clock *store_clock_guard_new(struct store_index *index, const struct store_clock_source *source);
void store_clock_guard_free(struct store_clock **clock);
/* Looks at the clocks; about once a minute, from any thread. True: the mark should be written (store_clock_guard_save). */
bool store_clock_guard_tick(struct store_clock *clock);
/* Writes the mark. */
void store_clock_guard_save(struct store_clock *clock, struct store_txn *tx);
/* Now, never before the mark: for records, sessions, mails, tokens. */
uint64_t store_clock_guard_now_ms(struct store_clock *clock);
/* Now as far as it is believed: for erasure driven by time. */
uint64_t store_clock_guard_erasure_ms(struct store_clock *clock);
/* Erasure driven by time waits (metric, alarm). */
bool store_clock_guard_is_held(struct store_clock *clock);
/* The operator says the wall clock is right. */
void store_clock_guard_accept(struct store_clock *clock, struct store_txn *tx);

#endif
