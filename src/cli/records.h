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

/* Sends them all; every leaf must be there. Errors are told. */
int cli_records_send(struct cli_session *s, const struct id *package, const struct package_writer *w) ERR_CHECK;

#endif
