/* SPDX-License-Identifier: MIT */
/*
 * Constants of the format on disk that more than one file needs; normative text: spool/README.md.
 */
#ifndef STORE_FORMAT_H
#define STORE_FORMAT_H

/* Of the whole state directory. A program refuses a higher one. */
#define STORE_FORMAT_VERSION 1U
#define STORE_FORMAT_VERSION_KEY "format"

/* Size of one log file of the index; the ballast is two of them and the cache. */
#define STORE_FORMAT_LOG_BYTES (16U * 1024 * 1024)

#endif
