/* SPDX-License-Identifier: MIT */
/*
 * What the verbs archive and export have in common.
 */
#ifndef CLI_ARCHIVE_H
#define CLI_ARCHIVE_H

#include "archive/source.h"
#include "base/err.h"
#include "cli/session.h"
#include "mail/template.h"

/* Asks the session's server. */
struct archive_source cli_archive_source(struct cli_session *s);
/* The person's language. Errors are told. */
int cli_archive_locale(struct cli_session *s, enum mail_locale *locale_r) ERR_CHECK;

#endif
