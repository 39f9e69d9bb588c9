/* SPDX-License-Identifier: MIT */
/*
 * What the verbs that make archives have in common.
 */
#ifndef CLI_ARCHIVE_H
#define CLI_ARCHIVE_H

#include "archive/archive.h"
#include "archive/source.h"
#include "base/err.h"
#include "cli/session.h"
#include "mail/template.h"

/* Asks the session's server. */
struct archive_source cli_archive_source(struct cli_session *s);

/* Puts everything into the archive, in the person's language. */
typedef int cli_archive_fill(struct cli_session *s, struct archive *a, enum mail_locale locale, void *arg);
/*
 * Makes the archive that --output names, whole or not at all, and prints what is in it. kind: as in archive_begin(); name: of the file, where
 * --output is a folder. Errors are told.
 */
int cli_archive_make(struct cli_session *s, const char *kind, const char *name, cli_archive_fill *fill, void *arg) ERR_CHECK;

#endif
