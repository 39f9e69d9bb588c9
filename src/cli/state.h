/* SPDX-License-Identifier: MIT */
/*
 * A package's state as the person is told of it: what the other side must have signed is checked before it is said, and the service's
 * word alone is called so.
 */
#ifndef CLI_STATE_H
#define CLI_STATE_H

#include "base/err.h"
#include "cli/judge.h"
#include "record/package.pb-c.h"
#include "tool/verb.h"

/*
 * A receipt of what we sent, a withdrawal of what was sent to us; verdict 0 where nothing had to be signed. word NULL: there is none. Errors
 * are told; the caller calls cli_judge_deinit(), also after an error.
 */
int cli_state_judge(struct cli_judge *judge, const Provision__PackageRow *row, const Provision__PackageWord *word, bool is_staff,
    struct cli_judgement *judgement_r) ERR_CHECK;
/* "waiting", "received", "received, not proved"; in the call's arena. */
const char *cli_state_text(struct tool_call *c, const Provision__PackageRow *row, const struct cli_judgement *judgement);
/* Whether the service has said what is not signed so: told, ERR_TRUST. */
int cli_state_check(struct cli_session *s, const Provision__PackageRow *row, const struct cli_judgement *judgement) ERR_CHECK;
/* Members "state" and "proof", into the open object, for JSON. */
void cli_state_print(struct tool_call *c, const Provision__PackageRow *row, const struct cli_judgement *judgement);
/* Members "received" and "received_by": of what was sent to us as the service says, else as it is signed. For JSON. */
void cli_state_print_received(struct tool_call *c, const Provision__PackageRow *row, const struct cli_judgement *judgement);

#endif
