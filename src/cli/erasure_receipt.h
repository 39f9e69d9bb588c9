/* SPDX-License-Identifier: MIT */
/*
 * Receipts of erasures (trust/erasure.h): checked against the service's pinned key, kept in the profile and where the person says, shown;
 * and verified later from such a file.
 */
#ifndef CLI_ERASURE_RECEIPT_H
#define CLI_ERASURE_RECEIPT_H

#include "base/err.h"
#include "base/view.h"
#include "tool/newfile.h"
#include "cli/session.h"
#include "crypt/sign.h"

/* Before the request: what is needed for its receipt, since afterwards it could be too late to ask. */
struct cli_erasure_receipt {
	struct tool_newfile file;     /* of the option --output */
	struct sign_public key;      /* the service's, compared with the pinned one */
};

/* Errors are told. */
int cli_erasure_receipt_begin(struct cli_session *s, struct cli_erasure_receipt *r) ERR_CHECK;
/* The request failed. */
void cli_erasure_receipt_drop(struct cli_erasure_receipt *r);
/* The request's answer: is kept in any case, then checked and shown. Errors are told. */
int cli_erasure_receipt_take(struct cli_session *s, struct cli_erasure_receipt *r, struct view receipt) ERR_CHECK;
/* The verb verify-receipt, with the text of a file. Errors are told. */
int cli_erasure_receipt_verify(struct cli_session *s, struct view text) ERR_CHECK;

#endif
