/* SPDX-License-Identifier: MIT */
/*
 * The names, sizes and fingerprints of a package's files, as the service keeps them.
 */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "base/err.h"
#include "base/id.h"
#include "cli/session.h"
#include "package/writer.h"
#include "record/package.pb-c.h"

/* Sends them all; every leaf must be there. Errors are told. */
int cli_records_send(struct cli_session *s, const struct id *package, const struct package_writer *w) ERR_CHECK;

/* One file record of the service; an error ends the walk. */
typedef int cli_records_each(void *arg, uint32_t entry, const Provision__FileRecord *f);
/*
 * Asks for all file records, in order, and gives each to fn (may be NULL); then they must be those that root is over: else ERR_TRUST, told with what
 * did not happen therefore ("nothing was fetched"). Errors of the service are told, those of fn are not.
 */
int cli_records_check(struct cli_session *s, const struct id *package, uint32_t count, const struct hash *root, const char *therefore,
    cli_records_each *fn, void *arg) ERR_CHECK;

#endif
