/* SPDX-License-Identifier: MIT */
/*
 * How long to wait before a process that died is started again. A plain value.
 */
#ifndef PROVISIOND_BACKOFF_H
#define PROVISIOND_BACKOFF_H

#include <stdint.h>

#include "provisiond/table.h"

struct backoff {
	unsigned early;          /* early deaths in a row */
};

/* It died after lived_ms; how long to wait, 0: not at all. */
uint32_t backoff_after(struct backoff *b, const struct role_timing *t, uint64_t lived_ms);

#endif
