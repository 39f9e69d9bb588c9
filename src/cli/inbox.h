/* SPDX-License-Identifier: MIT */
/*
 * What other verbs show of a package as the verb inbox does.
 */
#ifndef CLI_INBOX_H
#define CLI_INBOX_H

#include "record/package.pb-c.h"
#include "tool/print.h"

/* The first files of a package as the list "files", for JSON. */
void cli_inbox_print_files(struct tool_print *p, const Provision__PackageRow *row);

#endif
