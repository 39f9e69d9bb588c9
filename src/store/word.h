/* SPDX-License-Identifier: MIT */
/*
 * What a package's record holds for the people's clients rather than for us: what was signed at its end, what a person left there for
 * itself, and for the uploader alone where it was sent from.
 */
#ifndef STORE_WORD_H
#define STORE_WORD_H

#include "base/err.h"
#include "record/package.pb-c.h"
#include "store/access.h"
#include "store/call.h"

/* In c's arena. ERR_LIMIT: that is full. */
int store_word_show(struct store_call *c, const struct store_who *who, const struct store_package_access *a,
    Provision__PackageWord **word_r) ERR_CHECK;
/* Address and program, to the author, as long as they are kept. */
int store_word_provenance(struct store_call *c, const struct store_who *who, const struct store_package_access *a,
    Provision__InboxRow *row) ERR_CHECK;

#endif
