/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a package after it was sent or received, so that it can be proved which files it had. In the profile's folder:
 *
 *   package-PACKAGE   "PVcp" ‖ u16 1 ‖ package[16] ‖ block(box(own account's X25519 key, package key)) ‖
 *                     block(record(derive(package key, "provision/1/local-package", package), all before, content root[32]))
 *
 * The package key opens nothing any more once the service has removed the package. Removed after 366 days, as the history is.
 */
#ifndef CLI_KEEPING_H
#define CLI_KEEPING_H

#include "base/err.h"
#include "base/id.h"
#include "cli/session.h"
#include "crypt/hash.h"
#include "crypt/secret.h"

/* Not told. */
int cli_keeping_put(struct cli_session *s, const struct id *package, const struct secret *key, const struct hash *root) ERR_CHECK;
/* ERR_NOT_FOUND: nothing is kept. ERR_CRYPTO, ERR_SYNTAX, ERR_VERSION: not this person's, or damaged. Not told. *key_r owned. */
int cli_keeping_get(struct cli_session *s, const struct id *package, struct secret **key_r, struct hash *root_r) ERR_CHECK;

#endif
