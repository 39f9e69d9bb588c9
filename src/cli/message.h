/* SPDX-License-Identifier: MIT */
/*
 * Writing one text message; what the verb say and a batch of messages share.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "cli/session.h"
#include "cli/whom.h"

/* Tells who can read text messages (D1). */
void cli_message_warn(struct tool_call *c);
/* Writes text, UTF-8 of at most 64 KiB. id: chosen by the caller; the same one again, with the same text, is the same message. Errors are told. */
int cli_message_create(struct cli_session *s, const struct cli_whom *whom, const struct id *id, struct view text, uint64_t *sequence_r,
    uint64_t *time_ms_r) ERR_CHECK;

#endif
