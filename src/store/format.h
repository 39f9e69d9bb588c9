/* SPDX-License-Identifier: MIT */
/*
 * Constants of the format on disk that more than one file needs; normative text: spool/README.md.
 */
#ifndef STORE_FORMAT_H
#define STORE_FORMAT_H

#include "state/format.h"

#define STORE_FORMAT_VERSION_KEY "format"

/* Size of one log file of the index; the ballast is two of them and the cache. */
#define STORE_FORMAT_LOG_BYTES (16U * 1024 * 1024)

#endif
