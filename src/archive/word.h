/* SPDX-License-Identifier: MIT */
/*
 * What archives say to people, German and English.
 */
#ifndef ARCHIVE_WORD_H
#define ARCHIVE_WORD_H

#include "mail/template.h"

enum archive_word {
	ARCHIVE_WORD_FORMER_MEMBER,
	ARCHIVE_WORD_PACKAGE,        /* subject of its letter */
	ARCHIVE_WORD_MORE_FILES,     /* what its letter leaves out */
	ARCHIVE_WORD_README_COMPANY,
	ARCHIVE_WORD_README_PERSON,
	ARCHIVE_WORD_README_COMMON,  /* behind either */
	ARCHIVE_WORD_COUNT
};

/* Static. */
const char *archive_word(enum mail_locale locale, enum archive_word word);

#endif
