/* SPDX-License-Identifier: MIT */
/*
 * What a person, or a company's contact mailbox, wants to be told by mail, and when (F1).
 */
#ifndef CLI_NOTICES_H
#define CLI_NOTICES_H

#include "base/err.h"
#include "base/view.h"
#include "cli/session.h"
#include "record/account.pb-c.h"

/* For rows of options: NULL, or what the value must be. */
const char *cli_notices_check(struct view value);
const char *cli_notices_check_contact(struct view value);
const char *cli_notices_check_hours(struct view value);

/* What --notices and --quiet-hours say; what they do not say stays. ERR_SYNTAX: not after the checks above. */
int cli_notices_read(struct tool_call *c, Provision__NoticeChoice *choice, uint32_t *start, uint32_t *end) ERR_CHECK;

/* Puts what --notices and --quiet-hours say. present: as the server has it. Errors are told. */
int cli_notices_change(struct cli_session *s, const Provision__AccountGetReply *present) ERR_CHECK;
/* After subscribing: puts what --notices says, or asks somebody at a terminal who was never asked. Errors are told. */
int cli_notices_ask(struct cli_session *s) ERR_CHECK;
/* The fields notices and quiet_hours. */
void cli_notices_print(struct tool_call *c, Provision__NoticeChoice choice, uint32_t start, uint32_t end);

#endif
