/* SPDX-License-Identifier: MIT */
/*
 * What a state directory is called and consists of; normative text: spool/README.md.
 */
#ifndef STATE_FORMAT_H
#define STATE_FORMAT_H

/* Version of the whole directory. A program refuses a higher one. */
#define STATE_FORMAT_VERSION 1U

#define STATE_LOCK_NAME "lock"
#define STATE_BALLAST_NAME "ballast"
#define STATE_INDEX_NAME "index"
#define STATE_KEYS_NAME "keys"
#define STATE_PACKAGES_NAME "packages"
/* An empty file: a restore has not come to its end, no store may start here. */
#define STATE_RESTORING_NAME "restoring"

#endif
