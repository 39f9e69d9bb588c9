/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a package on the service after it was sent or received (package/kept.h), sealed to the logged-in account.
 */
#ifndef CLI_KEEPING_H
#define CLI_KEEPING_H

#include "base/err.h"
#include "base/id.h"
#include "cli/session.h"
#include "package/kept.h"
#include "package/seal.h"

/* Of a package with this key and seal. *kept_r in the call's arena. Errors are told. */
int cli_keeping_seal(struct cli_session *s, const struct secret *key, const struct package_seal *seal, ProtobufCBinaryData *kept_r) ERR_CHECK;
/* ERR_NOT_FOUND: nothing is kept. ERR_CRYPTO and others: not with this account's present keys, or damaged. Not told. The caller frees k_r->key. */
int cli_keeping_open(struct cli_session *s, const struct id *package, ProtobufCBinaryData kept, struct package_kept *k_r) ERR_CHECK;

#endif
