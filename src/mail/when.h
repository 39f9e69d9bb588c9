/* SPDX-License-Identifier: MIT */
/*
 * Times as they stand in mails. Where the recipient's clock stands is the caller's knowledge.
 */
#ifndef MAIL_WHEN_H
#define MAIL_WHEN_H

#include <stdint.h>

#include "mail/template.h"

#define MAIL_WHEN_LEN 40

struct mail_when_text {
	char s[MAIL_WHEN_LEN + 1];
};

/* RFC 5322's date-time of wall_ms, in a zone so many seconds east of UTC (less than a day; its full minutes count). */
struct mail_when_text mail_when_date(uint64_t wall_ms, int32_t zone_s);
/* The day, for people: "5. März 2027", "5 March 2027". */
struct mail_when_text mail_when_day(uint64_t wall_ms, int32_t zone_s, enum mail_locale locale);

/* The same with the minute: "5. März 2027, 18:04", "5 March 2027, 18:04". */
struct mail_when_text mail_when_minute(uint64_t wall_ms, int32_t zone_s, enum mail_locale locale);

#endif
