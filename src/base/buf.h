/* SPDX-License-Identifier: MIT */
/*
 * A growable run of bytes that was born with a maximum. Integers are appended big-endian (network order).
 * After an append has failed with ERR_LIMIT the buffer is unchanged. Not for secrets.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

struct buf {
	uint8_t *data;  /* NULL until something was appended */
	size_t len;
	size_t cap;     /* allocated bytes, never above max */
	size_t max;     /* the limit the buffer was born with, bytes */
};

/* Caller's memory; deinit frees what was allocated and leaves an empty buffer with the same max. */
void buf_init(struct buf *b, size_t max);
void buf_deinit(struct buf *b);
/* Empties without giving memory back. */
void buf_clear(struct buf *b);
/* Empties and overwrites the bytes. */
void buf_wipe(struct buf *b);
/* Gives back unused memory (idle connections). */
void buf_shrink(struct buf *b);
/* All bytes; valid until the next change of the buffer. */
struct view buf_view(const struct buf *b);
/* Room for n more bytes at *space_r, to be filled and then announced with buf_commit(). */
int buf_reserve(struct buf *b, size_t n, uint8_t **space_r) ERR_CHECK;
void buf_commit(struct buf *b, size_t n);
int buf_append(struct buf *b, const void *p, size_t n) ERR_CHECK;
int buf_append_view(struct buf *b, struct view v) ERR_CHECK;
int buf_append_str(struct buf *b, const char *s) ERR_CHECK;
int buf_append_u8(struct buf *b, uint8_t v) ERR_CHECK;
int buf_append_u16(struct buf *b, uint16_t v) ERR_CHECK;
int buf_append_u32(struct buf *b, uint32_t v) ERR_CHECK;
int buf_append_u64(struct buf *b, uint64_t v) ERR_CHECK;
/* u32 length, then the bytes: the counterpart of cursor_block(). */
int buf_append_block(struct buf *b, struct view v) ERR_CHECK;
int buf_printf(struct buf *b, const char *fmt, ...) ERR_CHECK __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *fmt, va_list ap) ERR_CHECK __attribute__((format(printf, 2, 0)));
/* Drops the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);

#endif
