/* SPDX-License-Identifier: MIT */
/*
 * For the harnesses of packed messages: unpacks by a row, and what came out must pack, unpack and pack to the same bytes.
 */
#ifndef TESTS_FUZZ_MESSAGE_H
#define TESTS_FUZZ_MESSAGE_H

#include "base/view.h"
#include "ipc/message.h"

void message_try(const struct ipc_message *row, struct view packed);

#endif
