/* SPDX-License-Identifier: MIT */
/*
 * A reader over a view with a sticky error: after the first short read every further one gives zero or
 * the empty view, and cursor_end() reports it once. Integers are big-endian.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>

#include "base/err.h"
#include "base/view.h"

struct cursor {
	struct view rest;   /* what has not been read */
	int err;            /* 0 or ERR_SYNTAX, sticky */
};

struct cursor cursor_of(struct view v);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
/* The next n bytes, borrowed from the view under the cursor. */
struct view cursor_bytes(struct cursor *c, size_t n);
/* Copies exactly n bytes to out; zeroes out on error. */
void cursor_copy(struct cursor *c, void *out, size_t n);
/* u32 length and that many bytes; a length above max is the sticky error. */
struct view cursor_block(struct cursor *c, size_t max);
/* Reads and requires these exact bytes (magic numbers). */
void cursor_expect(struct cursor *c, struct view literal);
/* Marks the input as malformed. */
void cursor_fail(struct cursor *c);
bool cursor_is_empty(const struct cursor *c);
/* 0 when everything was read and nothing was short; else ERR_SYNTAX. */
int cursor_end(const struct cursor *c) ERR_CHECK;

#endif
