/* SPDX-License-Identifier: MIT */
/*
 * Dates of HTTP: IMF-fixdate (RFC 9110 section 5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT".
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdint.h>

#define HTTP_DATE_LEN 29

/* out holds HTTP_DATE_LEN + 1 bytes. Independent of locale. */
void http_date(uint64_t wall_ms, char *out);

#endif
