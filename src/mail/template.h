/* SPDX-License-Identifier: MIT */
/*
 * The words of the service's own mails, German and English: subject, plain text and HTML. One source a language gives
 * all three; they stand in conf/mail and are compiled in (template_table.awk has their grammar), so that the courier needs
 * no file. A new mail is two files, a word in mail/Makefile.inc, a MailKind in record/courier.proto and its rows in
 * courier/job.c and store/notice.c. Every field is cleaned and escaped for the place it stands in: no value can add a line, a tag, an
 * attribute or a direction change. What somebody wrote in a conversation keeps its lines and characters: in plain text each line is
 * indented, so that it cannot look like one of ours, and a line of its own ends what its bidirectional controls do; in HTML it is an
 * element with a direction of its own. Nothing here blocks or keeps anything.
 */
#ifndef MAIL_TEMPLATE_H
#define MAIL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/* The most that the texts of a mail have together, and that a rendered part can have, bytes. */
#define MAIL_TEMPLATE_TEXT_MAX ((size_t)64 * 1024)
#define MAIL_TEMPLATE_PART_MAX (6 * MAIL_TEMPLATE_TEXT_MAX + 64 * 1024)

/* One mail in all languages, found by the name of its files. */
struct mail_template;

enum mail_locale { MAIL_LOCALE_DE, MAIL_LOCALE_EN, MAIL_LOCALE_COUNT };

/* One text that somebody wrote. */
struct mail_said {
	struct view author;    /* for the other side; empty: not known any more */
	struct view when;      /* as mail_when_minute() writes it */
	struct view text;      /* any Unicode on any lines */
};

/* All borrowed, UTF-8, empty when not given. */
struct mail_fields {
	struct view name;      /* who is addressed; left out unless mail_template_shows_name() */
	struct view peer;      /* the other side */
	struct view link;      /* absolute https URL */
	struct view code;      /* letters, digits, spaces, hyphens */
	struct view service;   /* name of the service */
	struct view until;     /* a day, as mail_when_day() writes it */
	struct view unsubscribe;   /* as link: where these mails can be turned off */
	const struct mail_said *said;  /* for "{texts}" */
	size_t said_count;
	struct view receipt;       /* of an erasure, as words (trust/FORMAT.md) */
};

struct mail_text {
	struct buf subject;    /* one line of UTF-8, no line end */
	struct buf text;       /* lines end in LF, filled to 72 columns */
	struct buf html;       /* a whole document, lines end in LF */
};

/* "de" or "en"; ERR_UNSUPPORTED else. */
int mail_locale_parse(struct view text, enum mail_locale *l_r) ERR_CHECK;
const char *mail_locale_name(enum mail_locale l);

void mail_text_init(struct mail_text *t);
void mail_text_deinit(struct mail_text *t);
/* "package"; NULL: there is none of that name. Static. */
const struct mail_template *mail_template_find(struct view name);
/* How many there are, and the name of the nth, for tests. */
size_t mail_template_count(void);
const char *mail_template_name(size_t n);
/*
 * Where nobody has confirmed the address yet ("Names: plain"), the name comes from whoever filled in a form, perhaps with
 * another person's address, and must not make us carry advertisements there: false when it holds a link, an address or
 * digits, or has more than 80 bytes.
 */
bool mail_template_shows_name(const struct mail_template *t, struct view name);
/*
 * Fills t (cleared first).
 * ERR_SYNTAX: a field that the template needs is empty, not UTF-8, or a link or code is not of the shape above.
 * ERR_LIMIT: the result is larger than MAIL_TEMPLATE_PART_MAX, or a text than MAIL_TEMPLATE_TEXT_MAX.
 */
int mail_template_render(const struct mail_template *which, enum mail_locale locale, const struct mail_fields *fields,
    struct mail_text *t) ERR_CHECK;

#endif
