/* SPDX-License-Identifier: MIT */
/*
 * The words of the service's own mails, German and English: subject, plain text and HTML. The templates
 * stand in conf/mail and are compiled in (template_table.awk has their grammar), so that the courier needs
 * no file. Every field is cleaned and escaped for the place it stands in: no value can add a line, a tag, an
 * attribute or a direction change. Nothing here blocks or keeps anything.
 */
#ifndef MAIL_TEMPLATE_H
#define MAIL_TEMPLATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

/* The most that a rendered part can have, bytes. */
#define MAIL_TEMPLATE_PART_MAX 16384

enum mail_template {
	MAIL_TEMPLATE_VERIFY,
	MAIL_TEMPLATE_ACCOUNT_EXISTS,
	MAIL_TEMPLATE_PACKAGE,
	MAIL_TEMPLATE_ASKED,
	MAIL_TEMPLATE_ACCEPTED,
	MAIL_TEMPLATE_DECLINED,
	MAIL_TEMPLATE_ENDED,
	MAIL_TEMPLATE_PASSWORD_CHANGED,
	MAIL_TEMPLATE_MEMBER_REMOVED,
	MAIL_TEMPLATE_MEMBER_LEFT,
	MAIL_TEMPLATE_REDEEMED,
	MAIL_TEMPLATE_LOST_PASSWORD,
	MAIL_TEMPLATE_NEW_KEYS,
	MAIL_TEMPLATE_SEND_AGAIN,
	MAIL_TEMPLATE_REMINDER,
	MAIL_TEMPLATE_EXPIRED,
	MAIL_TEMPLATE_NEW_ADDRESS,
	MAIL_TEMPLATE_ADDRESS_CHANGED,
	MAIL_TEMPLATE_TOTP_ON,
	MAIL_TEMPLATE_TOTP_OFF,
	MAIL_TEMPLATE_BACKUP_CODE_USED,
	MAIL_TEMPLATE_APP_PASSWORD,
	MAIL_TEMPLATE_ACCOUNT_LOCKED,
	MAIL_TEMPLATE_ACCOUNT_UNLOCKED,
	MAIL_TEMPLATE_COUNT
};

enum mail_locale { MAIL_LOCALE_DE, MAIL_LOCALE_EN, MAIL_LOCALE_COUNT };

/* All borrowed, UTF-8, empty when not given. */
struct mail_fields {
	struct view name;      /* who is addressed; left out when mail_template_shows_name() says so */
	struct view peer;      /* the other side */
	struct view link;      /* absolute https URL */
	struct view code;      /* letters, digits, spaces, hyphens */
	struct view service;   /* name of the service */
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
/*
 * The name in MAIL_TEMPLATE_VERIFY comes from whoever filled in a form, perhaps with another person's address, and
 * must not make us carry advertisements there: false when it holds a link, an address or digits, or has more than 80 bytes.
 */
bool mail_template_shows_name(enum mail_template which, struct view name);
/*
 * Fills t (cleared first).
 * ERR_SYNTAX: a field that the template needs is empty, not UTF-8, or a link or code is not of the shape above.
 * ERR_LIMIT: the result is larger than MAIL_TEMPLATE_PART_MAX.
 */
int mail_template_render(enum mail_template which, enum mail_locale locale, const struct mail_fields *fields,
    struct mail_text *t) ERR_CHECK;

#endif
