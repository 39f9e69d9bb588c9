/* SPDX-License-Identifier: MIT */
/*
 * Heads that must be refused, each for one reason, and some that must pass. Judged alone by test_head and over
 * a connection (400, or 431 where it is too large, then closed) by test_refusals.
 */
#ifndef TESTS_HTTP_HEADS_H
#define TESTS_HTTP_HEADS_H

#include "base/view.h"

struct head_case {
	const char *why;
	struct view bytes;
};

extern const struct head_case HEADS_BAD[];
extern const size_t HEADS_BAD_COUNT;
extern const struct head_case HEADS_GOOD[];
extern const size_t HEADS_GOOD_COUNT;

#endif
