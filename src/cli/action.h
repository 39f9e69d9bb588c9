/* SPDX-License-Identifier: MIT */
/*
 * Requests that cannot be undone are signed by the person's own key over a nonce of the store.
 */
#ifndef CLI_ACTION_H
#define CLI_ACTION_H

#include "base/err.h"
#include "base/id.h"
#include "cli/session.h"

struct cli_action {
	ProtobufCBinaryData nonce, signature;   /* in the call's arena */
};

/* Fetches a nonce for action about subject and signs it; where the second factor is on its code is asked for. Errors are told. */
int cli_action_sign(struct cli_session *s, const char *action, const struct id *subject, struct cli_action *a_r) ERR_CHECK;

#endif
