/* SPDX-License-Identifier: MIT */
/*
 * The first members of every archive: what is in it, for people and for programmers.
 */
#ifndef ARCHIVE_README_H
#define ARCHIVE_README_H

#include "archive/archive.h"
#include "archive/word.h"

/* about: the words of this kind of archive. */
int archive_readme_put(struct archive *a, enum mail_locale locale, enum archive_word about) ERR_CHECK;

#endif
