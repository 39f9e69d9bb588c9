/* SPDX-License-Identifier: MIT */
/*
 * A company's customers, all of them at once, to be found by number or by the company's own reference: for one WHOM or for
 * many. Rows live in the call's arena, and so does the directory.
 */
#ifndef CLI_DIRECTORY_H
#define CLI_DIRECTORY_H

#include "base/err.h"
#include "cli/session.h"
#include "record/company.pb-c.h"

struct cli_directory;

/* Errors are told. */
int cli_directory_load(struct cli_session *s, const Provision__MembershipRow *membership, struct cli_directory **d_r) ERR_CHECK;
/*
 * The customer with that number, an active one before others; else the only active one with that reference. typed: as it came.
 * ERR_NOT_FOUND; ERR_USAGE: several have the reference. Both told.
 */
int cli_directory_find(struct cli_session *s, const struct cli_directory *d, const char *typed,
    const Provision__SubscriptionRow **row_r) ERR_CHECK;

#endif
