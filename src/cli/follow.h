/* SPDX-License-Identifier: MIT */
/*
 * Verbs that stay to see what comes (--follow): they show what is new each time that something has happened, until Ctrl-C.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "base/err.h"
#include "base/id.h"
#include "cli/pages.h"
#include "cli/session.h"
#include "record/event.pb-c.h"

/*
 * Shows what is new since it was last called. event: what has happened; NULL: perhaps much, as after a break. Other returns than 0 end
 * the following; failures are told.
 */
typedef int cli_follow_look(struct cli_session *s, const Provision__EventRow *event, void *arg);

/*
 * Calls look as soon as nothing can be missed any more, then whenever something has happened in a subscription (NULL: in any of the
 * person's). During a call the call's arena is one that lives no longer. Returns only with an error, which was told; after Ctrl-C
 * ERR_CLOSED without a word.
 */
int cli_follow(struct cli_session *s, const struct id *subscription, cli_follow_look *look, void *arg) ERR_CHECK;
/* Prints a row at once, by itself: lines of text and an empty one, or one line of JSON. ERR_IO: told. */
int cli_follow_print(struct cli_session *s, cli_pages_row *print, const ProtobufCMessage *row, void *arg) ERR_CHECK;

#endif
