/* SPDX-License-Identifier: MIT */
/*
 * Everything that is held about a person (A12), as the service tells the person itself, or the operator for that person. What only the
 * person's own keys open is added by whoever has them.
 */
#ifndef ARCHIVE_PERSON_H
#define ARCHIVE_PERSON_H

#include "archive/archive.h"
#include "archive/conversation.h"
#include "archive/source.h"

/* package: as in struct archive_conversation; arg is its. Errors of the source are told, others are not. */
int archive_person_put(struct archive *a, const struct archive_source *s, enum mail_locale locale, archive_conversation_package *package,
    void *arg) ERR_CHECK;

#endif
