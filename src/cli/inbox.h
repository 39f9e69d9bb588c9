/* SPDX-License-Identifier: MIT */
/*
 * What other verbs show of a package as the verb inbox does.
 */
#ifndef CLI_INBOX_H
#define CLI_INBOX_H

#include <stdbool.h>

#include "record/package.pb-c.h"
#include "tool/print.h"

/* Whether the other side must have signed for the state that the service tells: a receipt, a withdrawal (judge.h). */
bool cli_inbox_needs_proof(const Provision__PackageRow *row);
/* The first files of a package as the list "files", for JSON. */
void cli_inbox_print_files(struct tool_print *p, const Provision__PackageRow *row);

#endif
