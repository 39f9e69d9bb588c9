/* SPDX-License-Identifier: MIT */
/*
 * Range and If-Range (RFC 9110 sections 13 and 14), single byte ranges. What is malformed, of another unit or more
 * than one range is ignored (the whole is sent), as the RFC allows.
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum http_range_kind { HTTP_RANGE_WHOLE, HTTP_RANGE_PART, HTTP_RANGE_UNSATISFIABLE };

struct http_range {
	enum http_range_kind kind;
	uint64_t offset;
	uint64_t length;
};

/* Fields as received (data NULL: not sent); etag: the strong tag of the representation, quoted. */
struct http_range http_range_of(struct view range, struct view if_range, struct view etag, uint64_t size);
/* True when an If-None-Match field names the tag (weak comparison) or is "*". */
bool http_range_is_match(struct view if_none_match, struct view etag);

#endif
