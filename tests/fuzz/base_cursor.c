/* SPDX-License-Identifier: MIT */
/*
 * base/cursor.h against base/encoder.h: a byte says what is read next from the rest; what was read is written again and must
 * be the bytes that were consumed.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "fuzz/fuzz.h"

#define BLOCK_MAX 4096

static void
step(struct cursor *c, struct encoder *e, uint8_t how)
{
	uint8_t copy[8];
	switch (how % 7) {
	case 0: encoder_u8(e, cursor_u8(c)); break;
	case 1: encoder_u16(e, cursor_u16(c)); break;
	case 2: encoder_u32(e, cursor_u32(c)); break;
	case 3: encoder_u64(e, cursor_u64(c)); break;
	case 4: encoder_view(e, cursor_bytes(c, how)); break;
	case 5: encoder_block(e, cursor_block(c, BLOCK_MAX)); break;
	default:
		cursor_copy(c, copy, sizeof(copy));
		encoder_bytes(e, copy, sizeof(copy));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(view_of(data, size));
	struct buf out;
	buf_init(&out, size + 16);
	for (;;) {
		uint8_t how = cursor_u8(&c);
		struct view before = c.rest;
		if (c.err != 0)
			break;
		struct encoder e = encoder_of(&out);
		buf_clear(&out);
		step(&c, &e, how);
		if (c.err != 0)
			break;
		require(encoder_end(&e) == 0);
		require(view_equal(buf_view(&out), view_slice(before, 0, before.len - c.rest.len)));
	}
	require(c.err == ERR_SYNTAX && cursor_end(&c) == ERR_SYNTAX);
	require(cursor_u64(&c) == 0 && cursor_bytes(&c, 1).len == 0);
	buf_deinit(&out);
	return 0;
}
