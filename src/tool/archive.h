/* SPDX-License-Identifier: MIT */
/*
 * What the verbs that make archives have in common: where the archive goes, that it is whole or not there, what is said of it.
 */
#ifndef TOOL_ARCHIVE_H
#define TOOL_ARCHIVE_H

#include "archive/archive.h"
#include "base/err.h"
#include "tool/verb.h"

/* Puts everything into the archive. */
typedef int tool_archive_fill(struct tool_call *c, struct archive *a, void *arg);
/*
 * Makes the archive that the verb's option --output names and prints what is in it. kind, host: as in archive_begin(); name: of the file,
 * where --output is a folder. Errors are told.
 */
int tool_archive_make(struct tool_call *c, const char *kind, const char *host, const char *name, tool_archive_fill *fill, void *arg) ERR_CHECK;

#endif
