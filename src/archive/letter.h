/* SPDX-License-Identifier: MIT */
/*
 * A message or package as a mail that ordinary mail programs open: from its author to the other side, at addresses that are none, with
 * a Message-ID that is the same in every archive.
 */
#ifndef ARCHIVE_LETTER_H
#define ARCHIVE_LETTER_H

#include "archive/conversation.h"

/* The name of an entry's letter, or NULL: it has none. In the arena. */
const char *archive_letter_name(const struct archive_conversation *c, const Provision__ConversationEntry *e, struct arena *arena);
/* Makes the letter a member. ERR_SYNTAX: slug or number are none. */
int archive_letter_put(struct archive *a, const struct archive_conversation *c, const Provision__ConversationEntry *e) ERR_CHECK;

#endif
