/* SPDX-License-Identifier: MIT */
/*
 * Time. Wall time is milliseconds since 1970-01-01 UTC (uint64_t, name ends in _ms) or seconds (_s).
 * Tests may set an offset; nothing else in the tree calls clock_gettime() or time().
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define CLOCK_RFC3339_LEN 24       /* 2026-01-31T23:59:59.123Z */
#define CLOCK_DAY_MS (86400ULL * 1000)

uint64_t clock_wall_ms(void);
/* CLOCK_MONOTONIC, for time-outs. */
uint64_t clock_mono_ms(void);
/* The same in microseconds, for measuring. */
uint64_t clock_mono_us(void);
/* CLOCK_BOOTTIME, which goes on while the machine sleeps. */
uint64_t clock_boot_ms(void);
/* Blocks for so long; less when a signal handler ran. */
void clock_sleep_ms(uint32_t duration_ms);
/* True when the kernel says the clock is synchronised (adjtimex). */
bool clock_is_synchronised(void);
/* Moves wall time of this process, for tests; negative goes back. */
void clock_set_offset_ms(int64_t offset_ms);
/* Days since 1970-01-01 UTC. */
uint32_t clock_day(uint64_t wall_ms);
/* RFC 3339 with milliseconds, UTC; out holds CLOCK_RFC3339_LEN + 1 bytes. Nothing is later than the year 9999. */
void clock_rfc3339(uint64_t wall_ms, char *out);
/*
 * RFC 3339 with upper-case T, up to nine digits of a second (cut to milliseconds), Z or an offset.
 * ERR_SYNTAX also for dates that do not exist, leap seconds (Unix time has none) and times before 1970.
 */
int clock_parse_rfc3339(struct view text, uint64_t *wall_ms_r) ERR_CHECK;

#endif
