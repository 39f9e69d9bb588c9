/* SPDX-License-Identifier: MIT */
/*
 * A packed message there and back.
 */
#include "fuzz/message.h"

#include <stdlib.h>

#include "base/fatal.h"
#include "ipc/check.h"

void
message_try(const struct ipc_message *row, struct view packed)
{
	const struct ProtobufCMessage *first, *second;
	struct arena *arena = arena_new(2 * (size_t)row->arena_max);
	if (ipc_message_unpack(row, packed, arena, &first) == 0) {
		struct buf once, twice;
		buf_init(&once, row->bytes_max);
		buf_init(&twice, row->bytes_max);
		require(ipc_check(first, NULL) == 0);
		require(ipc_message_pack(row, first, &once) == 0);
		require(once.len <= packed.len);
		require(ipc_message_unpack(row, buf_view(&once), arena, &second) == 0);
		require(ipc_message_pack(row, second, &twice) == 0);
		require(view_equal(buf_view(&once), buf_view(&twice)));
		ipc_message_wipe(first);
		buf_deinit(&once);
		buf_deinit(&twice);
	}
	arena_free(&arena);
}
