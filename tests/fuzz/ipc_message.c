/* SPDX-License-Identifier: MIT */
/*
 * ipc/message.h: what a role may send over its link. The first byte chooses the row of the table.
 */
#include "fuzz/fuzz.h"
#include "fuzz/message.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ipc_message *row = size == 0 ? NULL : ipc_message_find(data[0] % IPC_TYPE_COUNT);
	if (row != NULL)
		message_try(row, view_of(data + 1, size - 1));
	return 0;
}
