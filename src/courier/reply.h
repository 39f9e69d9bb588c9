/* SPDX-License-Identifier: MIT */
/*
 * What a relay answered, as far as anybody may keep it: code, enhanced status, and its words on one line,
 * without controls and without the recipient's address (relays like to repeat it, and the queue holds none).
 */
#ifndef COURIER_REPLY_H
#define COURIER_REPLY_H

#include <stdint.h>

#include "base/view.h"
#include "mail/address.h"

#define REPLY_TEXT_LEN 256
#define REPLY_ENHANCED_LEN 16

struct reply {
	uint32_t code;          /* 200..599, 0: there was none */
	char enhanced[REPLY_ENHANCED_LEN + 1];   /* "4.2.0" or "" */
	char text[REPLY_TEXT_LEN + 1];           /* UTF-8; for code 0 our own words */
};

/*
 * From a code and the words of all its lines (LF between them). Words with "@" and the recipient's local
 * part (to may be NULL) become "(address)"; bytes that are not UTF-8 become "?". A code outside 200..599 becomes 0.
 */
struct reply reply_of(int code, struct view words, const struct mail_address *to);
/* No reply, but this to say about it (our own words, printable). */
struct reply reply_none(const char *text);

#endif
