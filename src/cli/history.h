/* SPDX-License-Identifier: MIT */
/*
 * Entries of conversations as the command line shows them. In text every entry has a line of its own for who and when, then the
 * lines of what was written, indented; controls and bidirectional controls are shown as escapes.
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "base/err.h"
#include "base/view.h"
#include "cli/judge.h"
#include "cli/session.h"
#include "cli/whom.h"
#include "record/conversation.pb-c.h"

/* For the table of options. */
const char *cli_history_check_date(struct view value);
/* One conversation while entries of it are shown. */
struct cli_history_view {
	const struct cli_whom *whom;
	struct cli_judge *judge;       /* of the packages' states */
	int lie;                       /* 0, or that one was told: the rest is shown all the same */
};

/* One entry: into the open list as JSON, or as lines into the open object as text. Errors are told. */
int cli_history_print(struct cli_session *s, struct cli_history_view *view, const Provision__ConversationEntry *entry) ERR_CHECK;
/*
 * Shows the entries behind a number, each by itself (cli/follow.h), then every one that comes, until Ctrl-C. Returns only with an error,
 * which was told.
 */
int cli_history_follow(struct cli_session *s, const struct cli_whom *whom, uint64_t after) ERR_CHECK;
/* Tells the service that the person has read up to this entry. Errors are told. */
int cli_history_seen(struct cli_session *s, const struct cli_whom *whom, uint64_t sequence) ERR_CHECK;

#endif
