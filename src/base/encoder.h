/* SPDX-License-Identifier: MIT */
/*
 * A writer onto a buf with a sticky error, the counterpart of base/cursor.h: after the first append that did not fit
 * every further one does nothing, and encoder_end() reports it once. Integers are big-endian.
 */
#ifndef BASE_ENCODER_H
#define BASE_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

struct encoder {
	struct buf *out;
	size_t start;    /* length of out before the first append */
	int err;         /* 0 or ERR_LIMIT, sticky */
};

/* Appends to out, which the caller leaves alone until encoder_end(). */
struct encoder encoder_of(struct buf *out);
void encoder_u8(struct encoder *e, uint8_t v);
void encoder_u16(struct encoder *e, uint16_t v);
void encoder_u32(struct encoder *e, uint32_t v);
void encoder_u64(struct encoder *e, uint64_t v);
void encoder_bytes(struct encoder *e, const void *p, size_t n);
void encoder_view(struct encoder *e, struct view v);
/* u32 length, then the bytes. */
void encoder_block(struct encoder *e, struct view v);
/* What was appended so far; valid until the next append. */
struct view encoder_so_far(const struct encoder *e);
/* Another function's error becomes this one's. */
void encoder_fail(struct encoder *e, int err);
/* 0, or the first error, and then out is as it was before. */
int encoder_end(struct encoder *e) ERR_CHECK;

#endif
