/* SPDX-License-Identifier: MIT */
/*
 * Makes a mail of ours (RFC 5322, 2045 to 2049, 2369, 3834, 8058) of checked parts: plain text and HTML of the same
 * content, UTF-8, sent as 7-bit. The same parts give the same bytes. Lines end in CRLF and have at most 76
 * characters, except where an address, a link or a message id is longer.
 */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "mail/address.h"
#include "mail/template.h"

/* Texts of MAIL_TEMPLATE_TEXT_MAX bytes that are all written as "=XX" or as entities, in both parts, and what stands around them. */
#define MAIL_COMPOSE_MAX ((size_t)1024 * 1024)
#define MAIL_COMPOSE_ID_LEN 200

/* All borrowed. Names are cleaned here; what is left of them may be empty: then the address stands alone. */
struct mail_parts {
	struct view from_name;
	const struct mail_address *from;
	struct view to_name;
	const struct mail_address *to;
	struct view message_id;     /* left@right, RFC 5322 dot-atoms, without <> */
	uint64_t date_ms;           /* wall time */
	int32_t zone_s;             /* of the recipient at that time, seconds east of UTC */
	struct view unsubscribe;    /* https URL that takes RFC 8058's POST, checked by mail_template_render(); empty: none */
	enum mail_locale locale;
	const struct mail_text *content;
};

/* What somebody has written, as a mail of its own in an archive: plain text alone. All borrowed; names and subject are cleaned here. */
struct mail_letter {
	struct view from_name;
	const struct mail_address *from;
	struct view to_name;
	const struct mail_address *to;
	struct view subject;
	struct view message_id;     /* as above */
	uint64_t date_ms;           /* wall time, shown in UTC */
	struct view text;           /* UTF-8, lines end in LF; an end of the last line is added where it has none */
};
/* The most a letter of n bytes of text can have. */
#define MAIL_LETTER_MAX(n) ((size_t)4 * (n) + 4096)

/* Appends the whole mail. ERR_SYNTAX: message_id is none, a name is not UTF-8. ERR_LIMIT: out is full, or message_id too long. */
int mail_compose(const struct mail_parts *m, struct buf *out) ERR_CHECK;
/* Likewise. */
int mail_compose_letter(const struct mail_letter *m, struct buf *out) ERR_CHECK;

#endif
