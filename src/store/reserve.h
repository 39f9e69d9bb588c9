/* SPDX-License-Identifier: MIT */
/*
 * Room on the disk. Berkeley DB cannot recover on a full disk, so a ballast file (two logs and the cache) lies in the
 * state directory, is dropped before recovery and made anew after it; and intake stops while less than the
 * reserve is free. Thread-safe.
 */
#ifndef STORE_RESERVE_H
#define STORE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct store_reserve;

/* state_fd: the state directory; borrowed. reserve_bytes: below that much free space intake stops. Returns owned. */
struct store_reserve *store_reserve_new(int state_fd, uint64_t reserve_bytes, uint64_t ballast_bytes);
void store_reserve_free(struct store_reserve **reserve);
/* Before recovery. */
int store_reserve_drop_ballast(struct store_reserve *reserve) ERR_CHECK;
/* After recovery. ERR_FULL: no room; the store may run, intake is stopped. */
int store_reserve_make_ballast(struct store_reserve *reserve) ERR_CHECK;
/* Another reserve from now on, and a look at the disk. In the thread that calls store_reserve_check(). */
void store_reserve_set(struct store_reserve *reserve, uint64_t reserve_bytes);
/* Looks at the disk; every few seconds. */
void store_reserve_check(struct store_reserve *reserve);
/* As they were at the last look. */
uint64_t store_reserve_free_bytes(const struct store_reserve *reserve);
uint64_t store_reserve_bytes(const struct store_reserve *reserve);
/* False: nothing that needs room may be acknowledged (ERR_FULL). */
bool store_reserve_is_accepting(const struct store_reserve *reserve);

#endif
