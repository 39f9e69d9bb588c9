/* SPDX-License-Identifier: MIT */
/*
 * Heads of the stream: fixed in size, so that nobody has to look ahead. Who reads and writes is told by the pipe's ends.
 */
#include "state/stream.h"

#include <string.h>

#include "base/cursor.h"
#include "base/fatal.h"

#define MARK 'P'

void
state_stream_head_encode(const char *name, uint64_t bytes, uint8_t out[STATE_STREAM_HEAD_BYTES])
{
	struct view v = view_str(name);
	require(v.len <= STATE_STREAM_NAME_MAX);
	memset(out, 0, STATE_STREAM_HEAD_BYTES);
	out[0] = MARK;
	out[1] = (uint8_t)v.len;
	memcpy(out + 2, v.data, v.len);
	for (int i = 0; i < 8; i++)
		out[2 + STATE_STREAM_NAME_MAX + i] = (uint8_t)(bytes >> (56 - 8 * i));
}

int
state_stream_head_decode(const uint8_t in[STATE_STREAM_HEAD_BYTES], struct state_stream_head *head_r)
{
	struct cursor c = cursor_of(view_of(in, STATE_STREAM_HEAD_BYTES));
	uint8_t mark = cursor_u8(&c), len = cursor_u8(&c);
	struct view name = cursor_bytes(&c, STATE_STREAM_NAME_MAX);
	head_r->bytes = cursor_u64(&c);
	if (c.err != 0 || mark != MARK || len > STATE_STREAM_NAME_MAX)
		return ERR_SYNTAX;
	memcpy(head_r->name, name.data, len);
	head_r->name[len] = '\0';
	return strlen(head_r->name) == len ? 0 : ERR_SYNTAX;
}
