/* SPDX-License-Identifier: MIT */
/*
 * README.txt and FORMAT.md. Called by archive/company.c and archive/person.c.
 */
#include "archive/readme.h"

#define README_MAX 8192

/* This folder's FORMAT.md. */
static const char format[] =
#include "archive/format_text.h"
;

int
archive_readme_put(struct archive *a, enum mail_locale locale, enum archive_word about)
{
	struct buf text;
	buf_init(&text, README_MAX);
	int err = buf_append_str(&text, archive_word(locale, about));
	if (err == 0)
		err = buf_append_str(&text, archive_word(locale, ARCHIVE_WORD_README_COMMON));
	if (err == 0)
		err = archive_put(a, "README.txt", buf_view(&text), archive_made_ms(a));
	buf_deinit(&text);
	return err == 0 ? archive_put(a, "FORMAT.md", view_str(format), archive_made_ms(a)) : err;
}
