/* SPDX-License-Identifier: MIT */
/*
 * Canonical encodings, appended with one check at the end. Knows nothing of what is written; the formats of trust/ and
 * package/ are made with it.
 */
#include "base/encoder.h"

struct encoder
encoder_of(struct buf *out)
{
	return (struct encoder){ .out = out, .start = out->len };
}

void
encoder_bytes(struct encoder *e, const void *p, size_t n)
{
	if (e->err == 0 && n > 0)
		e->err = buf_append(e->out, p, n);
}

void
encoder_u8(struct encoder *e, uint8_t v)
{
	if (e->err == 0)
		e->err = buf_append_u8(e->out, v);
}

void
encoder_u16(struct encoder *e, uint16_t v)
{
	if (e->err == 0)
		e->err = buf_append_u16(e->out, v);
}

void
encoder_u32(struct encoder *e, uint32_t v)
{
	if (e->err == 0)
		e->err = buf_append_u32(e->out, v);
}

void
encoder_u64(struct encoder *e, uint64_t v)
{
	if (e->err == 0)
		e->err = buf_append_u64(e->out, v);
}

void
encoder_view(struct encoder *e, struct view v)
{
	encoder_bytes(e, v.data, v.len);
}

void
encoder_block(struct encoder *e, struct view v)
{
	if (e->err == 0)
		e->err = buf_append_block(e->out, v);
}

struct view
encoder_so_far(const struct encoder *e)
{
	return view_slice(buf_view(e->out), e->start, e->out->len - e->start);
}

void
encoder_fail(struct encoder *e, int err)
{
	if (e->err == 0)
		e->err = err;
}

int
encoder_end(struct encoder *e)
{
	if (e->err != 0)
		e->out->len = e->start;
	return e->err;
}
